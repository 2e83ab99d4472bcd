//! A value behind a lock, and the tasks that wait for it to change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Locks, whether or not another thread panicked while it held the lock.
///
/// What is kept under these locks is consistent between any two statements of ours. Only a policy of
/// the application can panic in there, and one failed call of it should not end the membership.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value that tasks can wait on. Wakers are foreign code: they run and drop without the lock.
pub(crate) struct Watched<T>(Mutex<Inner<T>>);

struct Inner<T> {
    value: T,
    /// One entry per waiting [`Watch`], so it is bounded by the watches that exist.
    waiting: Vec<(u64, Waker)>,
    watches_made: u64,
}

impl<T> Inner<T> {
    /// Returns a waker that is not needed any more.
    fn enlist(&mut self, id: u64, waker: &Waker) -> Option<Waker> {
        match self.waiting.iter_mut().find(|(waiting, _)| *waiting == id) {
            Some((_, known)) if known.will_wake(waker) => None,
            Some((_, known)) => Some(std::mem::replace(known, waker.clone())),
            None => {
                self.waiting.push((id, waker.clone()));
                None
            }
        }
    }
}

impl<T> Watched<T> {
    pub(crate) fn new(value: T) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inner {
            value,
            waiting: Vec::new(),
            watches_made: 0,
        })))
    }

    /// Reads or takes something without telling anybody.
    pub(crate) fn with<R>(&self, access: impl FnOnce(&mut T) -> R) -> R {
        access(&mut lock(&self.0).value)
    }

    /// Changes the value, then wakes everybody who waits for it.
    pub(crate) fn change(&self, change: impl FnOnce(&mut T)) {
        let waiting = {
            let mut inner = lock(&self.0);
            change(&mut inner.value);
            std::mem::take(&mut inner.waiting)
        };
        for (_, waker) in waiting {
            waker.wake();
        }
    }

    pub(crate) fn watch(self: &Arc<Self>) -> Watch<T> {
        let mut inner = lock(&self.0);
        inner.watches_made += 1;
        Watch {
            watched: Arc::clone(self),
            id: inner.watches_made,
        }
    }
}

/// One task's place among those that wait.
pub(crate) struct Watch<T> {
    watched: Arc<Watched<T>>,
    id: u64,
}

impl<T> Watch<T> {
    /// Asks `check`, and asks to be woken by the next change if it is `Pending`.
    pub(crate) fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        check: impl FnOnce(&mut T) -> Poll<R>,
    ) -> Poll<R> {
        let mut inner = lock(&self.watched.0);
        let outcome = check(&mut inner.value);
        let replaced = if outcome.is_pending() {
            inner.enlist(self.id, cx.waker())
        } else {
            None
        };
        drop(inner);
        drop(replaced);
        outcome
    }

    pub(crate) fn with<R>(&self, access: impl FnOnce(&mut T) -> R) -> R {
        self.watched.with(access)
    }

    pub(crate) fn another(&self) -> Self {
        self.watched.watch()
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        let mut inner = lock(&self.watched.0);
        let place = inner.waiting.iter().position(|(id, _)| *id == self.id);
        let left = place.map(|place| inner.waiting.swap_remove(place));
        drop(inner);
        drop(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_change_wakes_everybody_who_waits_once() {
        let watched = Watched::new(0);
        let count = Arc::new(Count(AtomicUsize::new(0)));
        let waker = Waker::from(Arc::clone(&count));
        let mut cx = Context::from_waker(&waker);
        let positive = |value: &mut i32| {
            if *value > 0 {
                Poll::Ready(*value)
            } else {
                Poll::Pending
            }
        };

        let (first, second) = (watched.watch(), watched.watch());
        assert!(first.poll(&mut cx, positive).is_pending());
        assert!(first.poll(&mut cx, positive).is_pending());
        assert!(second.poll(&mut cx, positive).is_pending());
        watched.change(|value| *value = 5);
        watched.change(|value| *value = 6);
        assert_eq!(count.0.load(Ordering::Relaxed), 2);
        assert_eq!(first.poll(&mut cx, positive), Poll::Ready(6));
    }

    #[test]
    fn who_gave_up_waiting_leaves_nothing_behind() {
        let watched = Watched::new(());
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..100 {
            assert!(
                watched
                    .watch()
                    .poll(&mut cx, |()| Poll::<()>::Pending)
                    .is_pending()
            );
        }
        assert!(lock(&watched.0).waiting.is_empty());
    }

    #[test]
    fn a_panic_under_the_lock_does_not_lock_others_out() {
        let watched = Watched::new(1);
        let shared = Arc::clone(&watched);
        let panicked = std::thread::spawn(move || shared.with(|_| panic!("on purpose"))).join();
        assert!(panicked.is_err());
        assert_eq!(watched.with(|value| *value), 1);
    }
}
