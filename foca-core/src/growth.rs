//! How tables grow and shrink: in small steps, so that what is reserved stays close to what is used.

use alloc::vec::Vec;

/// Elements that a table may have room for however few it holds.
const SPARE_MAX: usize = 32;

/// Elements from which on a table is large.
const LARGE: usize = 1_024;

/// Makes room for one more element, if there is none, and for an eighth of what is there already, a
/// sixteenth in a large table.
///
/// Doubling would leave up to half of a large table unused. Each element is moved sixteen times on
/// average while a table grows, so adding one is still O(1), amortised.
pub(crate) fn make_room<T>(elements: &mut Vec<T>) {
    make_room_for(elements, 1);
}

/// Makes room for `more` elements, or for that part of what is there already if that is more.
pub(crate) fn make_room_for<T>(elements: &mut Vec<T>, more: usize) {
    if elements.capacity() - elements.len() < more {
        let part = if elements.len() < LARGE { 8 } else { 16 };
        elements.reserve_exact((elements.len() / part).max(4).max(more));
    }
}

/// Gives back half of the room or more once less than a quarter is used.
///
/// The distance to both the next growth and the next shrinking is then proportional to the size:
/// removing one is O(1), amortised.
pub(crate) fn give_back<T>(elements: &mut Vec<T>) {
    if elements.capacity() > SPARE_MAX && elements.len() < elements.capacity() / 4 {
        elements.shrink_to((elements.len() * 2).max(SPARE_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_stays_within_an_eighth_and_moves_are_amortised() {
        let (mut elements, mut moved) = (Vec::new(), 0);
        for n in 0..100_000_usize {
            let before = elements.capacity();
            make_room(&mut elements);
            if elements.capacity() != before {
                moved += n;
            }
            elements.push(n);
            assert!(elements.capacity() <= (n + n / 8).max(n + 4), "{n}");
        }
        assert!(moved <= 17 * elements.len(), "{moved}");
    }

    #[test]
    fn room_is_given_back_as_elements_go() {
        let mut elements: Vec<u8> = Vec::with_capacity(4_096);
        elements.resize(1_024, 0);
        give_back(&mut elements);
        assert_eq!(elements.capacity(), 4_096, "a quarter is used");
        elements.pop();
        give_back(&mut elements);
        assert_eq!(elements.capacity(), 2_046);
        elements.clear();
        give_back(&mut elements);
        assert_eq!(elements.capacity(), SPARE_MAX);
    }
}
