//! What is asked of the allocator is counted.

use benches::heap::{Counting, measure};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn what_is_kept_and_what_was_held_for_a_while_are_told_apart() {
    let (kept, heap) = measure(|| {
        let dropped: Vec<u8> = Vec::with_capacity(5_000);
        drop(dropped);
        let mut kept: Vec<u8> = Vec::with_capacity(1_000);
        kept.reserve_exact(2_000);
        kept
    });
    assert_eq!(kept.capacity(), 2_000);
    assert_eq!(heap.kept_bytes, 2_000);
    assert_eq!(heap.peak_bytes, 5_000);
    assert_eq!(heap.allocations, 3);
}

#[test]
fn nothing_else_is_counted() {
    let before = vec![1_u8; 100];
    let ((), heap) = measure(|| ());
    drop(before);
    assert_eq!(
        (heap.kept_bytes, heap.peak_bytes, heap.allocations),
        (0, 0, 0)
    );
}
