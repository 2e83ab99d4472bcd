//! An allocator that counts what the current thread asks of it while somebody looks.
#![allow(
    unsafe_code,
    reason = "an allocator cannot be written without; this one only counts and passes on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The allocator of the system, with a counter. A program that wants figures makes it its own with
/// `#[global_allocator]`; in any other, every figure is zero.
#[derive(Debug)]
pub struct Counting;

thread_local! {
    static COUNTS: Cell<bool> = const { Cell::new(false) };
    static LIVE_BYTES: Cell<isize> = const { Cell::new(0) };
    static PEAK_BYTES: Cell<isize> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// What the current thread did during some work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Heap {
    /// Bytes that it holds beyond those at the beginning.
    pub kept_bytes: isize,
    /// The most that it held at any time beyond those at the beginning.
    pub peak_bytes: isize,
    /// How often it asked for memory.
    pub allocations: u64,
}

/// Runs `work` and counts what it does to the heap. Must not be nested.
pub fn measure<R>(work: impl FnOnce() -> R) -> (R, Heap) {
    LIVE_BYTES.set(0);
    PEAK_BYTES.set(0);
    ALLOCATIONS.set(0);
    COUNTS.set(true);
    let result = work();
    let heap = so_far();
    COUNTS.set(false);
    (result, heap)
}

/// What the work that is being measured has done until now.
#[must_use]
pub fn so_far() -> Heap {
    Heap {
        kept_bytes: LIVE_BYTES.get(),
        peak_bytes: PEAK_BYTES.get(),
        allocations: ALLOCATIONS.get(),
    }
}

fn count(bytes: isize) {
    // Threads free memory while they end, after their variables are gone.
    if !COUNTS.try_with(Cell::get).unwrap_or(false) {
        return;
    }
    LIVE_BYTES.set(LIVE_BYTES.get() + bytes);
    PEAK_BYTES.set(PEAK_BYTES.get().max(LIVE_BYTES.get()));
    if bytes > 0 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    }
}

// SAFETY: every call is passed on unchanged to the allocator of the system.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's obligations are those of this function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // The old block lives until the new one is filled.
        count(new_size as isize);
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}
