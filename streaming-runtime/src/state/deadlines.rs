//! When keys are due.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::keyed::Index;

/// Deadlines of keys, the earliest first.
///
/// A deadline is the hash of a key and a time at which to look at it. It may be earlier than the key's own, or of a key that is gone: whoever looks
/// says what the next one is. So a key that is touched again and again has one deadline all the time, and nothing is ever searched for to be removed.
#[derive(Debug, Default)]
pub struct Deadlines {
    heap: BinaryHeap<Reverse<(i64, u64)>>,
    /// What the open batch took out.
    taken: Vec<(i64, u64)>,
}

impl Deadlines {
    /// A key with this hash is to be looked at.
    pub(crate) fn add(&mut self, at: i64, hash: u64) {
        self.heap.push(Reverse((at, hash)));
    }

    /// Takes the earliest one out, if it is at `now` or before.
    pub(crate) fn take(&mut self, now: i64) -> Option<u64> {
        let Reverse(next) = *self.heap.peek().filter(|Reverse((at, _))| *at <= now)?;
        // What an aborted batch added may be there twice.
        while self.heap.peek() == Some(&Reverse(next)) {
            self.heap.pop();
        }
        self.taken.push(next);
        Some(next.1)
    }

    /// The earliest one.
    pub(crate) fn next(&self) -> Option<i64> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// How many there are, those that mean nothing any more included.
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }

    /// Begins anew, with room for so many.
    pub(crate) fn refill(&mut self, deadlines: impl Iterator<Item = (i64, u64)>) {
        self.heap = deadlines.map(Reverse).collect();
    }
}

impl Index for Deadlines {
    fn commit(&mut self) {
        self.taken.clear();
        // A burst of keys that are gone leaves no room behind.
        if self.heap.capacity() > 1024.max(self.heap.len() * 8) {
            self.heap.shrink_to(self.heap.len() * 2);
        }
    }

    /// What the batch added stays: it is looked at in vain.
    fn abort(&mut self) {
        self.heap.extend(self.taken.drain(..).map(Reverse));
    }
}
