//! A table that grows without moving what is in it: pieces of equal length, the last one in steps.

use alloc::vec::Vec;
use core::ops::{Index, IndexMut};

use crate::growth::give_back;

/// Elements of a piece: few enough that the last one leaves little of a large table unused, many enough
/// that finding a piece stays cheap.
const PIECE: usize = 512;

/// Room is made for this part of what is there already.
const STEP_PART: usize = 8;

/// The fewest elements to make room for.
const STEP_MIN: usize = 4;

/// Elements by number. Adding one moves those of the last piece at most, and none of them once a step of
/// growth is a whole piece.
///
/// Many large tables that grow side by side would otherwise each be copied a dozen times over, through
/// holes in the heap that fit nobody.
pub(crate) struct Chunks<T> {
    /// All but the last are full.
    pieces: Vec<Vec<T>>,
}

impl<T> Chunks<T> {
    pub(crate) const fn new() -> Self {
        Self { pieces: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        match self.pieces.last() {
            Some(last) => (self.pieces.len() - 1) * PIECE + last.len(),
            None => 0,
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        self.pieces.get(index / PIECE)?.get(index % PIECE)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.pieces.get_mut(index / PIECE)?.get_mut(index % PIECE)
    }

    pub(crate) fn push(&mut self, element: T) {
        let len = self.len();
        if self.pieces.len() * PIECE == len {
            self.pieces.reserve_exact(1);
            self.pieces.push(Vec::new());
        }
        let Some(last) = self.pieces.last_mut() else {
            return;
        };
        if last.len() == last.capacity() {
            let step = (len / STEP_PART).max(STEP_MIN);
            last.reserve_exact(step.min(PIECE - last.len()));
        }
        last.push(element);
    }

    /// Drops all elements, and most of the room.
    pub(crate) fn clear(&mut self) {
        self.pieces.truncate(1);
        self.pieces.shrink_to_fit();
        if let Some(first) = self.pieces.first_mut() {
            first.clear();
            give_back(first);
        }
    }

    /// Elements for which there is room.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.pieces.iter().map(Vec::capacity).sum()
    }
}

impl<T: Clone> Chunks<T> {
    /// Adds copies of `element` until there are `len`.
    pub(crate) fn fill_to(&mut self, len: usize, element: &T) {
        while self.len() < len {
            self.push(element.clone());
        }
    }
}

impl<T> Index<usize> for Chunks<T> {
    type Output = T;

    #[inline]
    fn index(&self, index: usize) -> &T {
        &self.pieces[index / PIECE][index % PIECE]
    }
}

impl<T> IndexMut<usize> for Chunks<T> {
    #[inline]
    fn index_mut(&mut self, index: usize) -> &mut T {
        &mut self.pieces[index / PIECE][index % PIECE]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_numbers() {
        let mut chunks = Chunks::new();
        for n in 0..3 * PIECE + 7 {
            assert_eq!((chunks.len(), chunks.get(n)), (n, None));
            chunks.push(n);
        }
        for n in 0..3 * PIECE + 7 {
            assert_eq!((chunks.get(n), chunks[n]), (Some(&n), n));
            chunks[n] += 1;
            assert_eq!(chunks.get_mut(n), Some(&mut (n + 1)));
        }
        chunks.fill_to(4 * PIECE, &5);
        assert_eq!((chunks.len(), chunks[4 * PIECE - 1]), (4 * PIECE, 5));
        chunks.fill_to(1, &6);
        assert_eq!(chunks.len(), 4 * PIECE);
    }

    #[test]
    fn room_stays_within_an_eighth_and_nothing_moves_once_steps_are_pieces() {
        let mut chunks = Chunks::new();
        let mut places = Vec::new();
        for n in 0..20 * PIECE {
            chunks.push(n);
            assert!(chunks.capacity() <= (n + n / 8).max(n + 4), "{n}");
            if n >= STEP_PART * PIECE {
                places.push(&raw const chunks[n]);
            }
        }
        for (place, n) in places.into_iter().zip(STEP_PART * PIECE..) {
            assert_eq!(place, &raw const chunks[n], "{n}");
        }
    }

    #[test]
    fn clearing_gives_the_room_back() {
        let mut chunks = Chunks::new();
        chunks.fill_to(5 * PIECE, &1_u8);
        chunks.clear();
        assert_eq!((chunks.len(), chunks.get(0)), (0, None));
        assert!(chunks.capacity() < PIECE);
        chunks.push(3);
        assert_eq!(chunks.get(0), Some(&3));
    }
}
