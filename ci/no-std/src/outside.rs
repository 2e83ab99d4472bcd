//! What `std` would have brought along: memory, an end after a panic, an entry point.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::meet;

/// Bytes to be handed out, once each.
const HEAP_BYTES: usize = 16 << 20;

// The C library of the machine, for a program to begin and to end.
#[link(name = "c")]
unsafe extern "C" {
    fn _exit(code: c_int) -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: it may be called at any time and does not return.
    unsafe { _exit(101) }
}

// SAFETY: the symbol that the start-up code of the C library calls, with its signature.
#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    if meet() { 0 } else { 1 }
}

/// `core` and `alloc` refer to it although nothing unwinds.
// SAFETY: no other crate of this program defines it: that would be `std`.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Hands out memory from front to back and takes nothing back.
struct Heap {
    memory: UnsafeCell<[u8; HEAP_BYTES]>,
    used: AtomicUsize,
}

// SAFETY: no byte is handed out twice, because `used` only grows, atomically.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap {
    memory: UnsafeCell::new([0; HEAP_BYTES]),
    used: AtomicUsize::new(0),
};

// SAFETY: what is handed out is aligned, large enough, and nobody else's.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.memory.get() as usize;
        let mut from = 0;
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
                from = (start + used).next_multiple_of(layout.align()) - start;
                let end = from.checked_add(layout.size())?;
                (end <= HEAP_BYTES).then_some(end)
            });
        match taken {
            // SAFETY: `from` lies within the memory.
            Ok(_) => unsafe { self.memory.get().cast::<u8>().add(from) },
            Err(_) => core::ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _pointer: *mut u8, _layout: Layout) {}
}
