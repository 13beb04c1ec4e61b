use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// A partition for as long as it is assigned to this member. One that comes back is another with another number.
#[derive(Debug)]
pub(super) struct Partition {
    /// Its number within the source.
    pub(super) number: u32,
    pub(super) topic: String,
    pub(super) id: i32,
    /// `topic/id`.
    pub(super) label: String,
    revoked: AtomicBool,
    /// Where the partition ended when it was last looked at; -1 before.
    end: AtomicI64,
}

impl Partition {
    pub(super) fn new(number: u32, topic: &str, id: i32) -> Self {
        Self {
            number,
            topic: topic.to_owned(),
            id,
            label: label(topic, id),
            revoked: AtomicBool::new(false),
            end: AtomicI64::new(-1),
        }
    }

    /// It belongs to another member from now on: what was fetched of it is no longer ours to work on.
    pub(super) fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    pub(super) fn ends_at(&self, end: i64) {
        self.end.store(end, Ordering::Relaxed);
    }

    /// Messages behind `next`, as of when the end was last looked at.
    pub(super) fn lag(&self, next: i64) -> Option<u64> {
        match self.end.load(Ordering::Relaxed) {
            -1 => None,
            end => Some(u64::try_from(end - next).unwrap_or(0)),
        }
    }
}

/// What a person calls a partition, and the name under which its position is kept.
pub(super) fn label(topic: &str, id: i32) -> String {
    format!("{topic}/{id}")
}
