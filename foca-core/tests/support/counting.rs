//! An allocator that counts what the current thread asks of it.
//!
//! Not part of `mod support`: the tests that measure include it by path and make it theirs.
#![allow(
    unsafe_code,
    reason = "an allocator cannot be written without; this one only counts and passes on"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

pub(crate) struct Counting;

thread_local! {
    static LIVE_BYTES: Cell<isize> = const { Cell::new(0) };
    static PEAK_BYTES: Cell<isize> = const { Cell::new(0) };
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// What the current thread did between two moments.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Heap {
    /// Bytes that it holds beyond those at the beginning.
    pub(crate) kept_bytes: isize,
    /// The most that it held at any time beyond those at the beginning.
    pub(crate) peak_bytes: isize,
    /// How often it asked for memory.
    pub(crate) allocations: u64,
}

/// Runs `work` and measures what it does to the heap.
pub(crate) fn measure<R>(work: impl FnOnce() -> R) -> (R, Heap) {
    let (live, allocations) = (LIVE_BYTES.get(), ALLOCATIONS.get());
    PEAK_BYTES.set(live);
    let result = work();
    let heap = Heap {
        kept_bytes: LIVE_BYTES.get() - live,
        peak_bytes: PEAK_BYTES.get() - live,
        allocations: ALLOCATIONS.get() - allocations,
    };
    (result, heap)
}

fn count(bytes: isize) {
    // Threads free memory while they end, after their variables are gone.
    let _ = LIVE_BYTES.try_with(|live| live.set(live.get() + bytes));
    let _ = PEAK_BYTES.try_with(|peak| peak.set(peak.get().max(LIVE_BYTES.get())));
    if bytes > 0 {
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
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
