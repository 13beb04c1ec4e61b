use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use super::note::Note;
use super::position::KafkaPosition;

/// A partition for as long as it is assigned to this member. One that comes back is another with another number.
#[derive(Debug)]
pub(super) struct Partition {
    /// Its number within the source.
    pub(super) number: u32,
    pub(super) topic: String,
    pub(super) id: i32,
    /// `topic/id`.
    pub(super) label: String,
    /// What is written beside its offsets in the group.
    pub(super) note: Note,
    flow: Mutex<Flow>,
    revoked: AtomicBool,
    /// Where the partition ended when it was last looked at; -1 before.
    end: AtomicI64,
}

/// What is under way of a partition.
#[derive(Debug, Default)]
struct Flow {
    /// The group wants it back: no more is handed out.
    leaving: bool,
    /// The group has forgotten this member, and not said yet whether the partition is still its own.
    suspended: bool,
    /// The offset behind what was handed out.
    handed: i64,
    /// The offset behind what is written.
    written: i64,
}

impl Partition {
    pub(super) fn new(number: u32, topic: &str, id: i32, note: Note) -> Self {
        Self {
            number,
            topic: topic.to_owned(),
            id,
            label: label(topic, id),
            note,
            flow: Mutex::default(),
            revoked: AtomicBool::new(false),
            end: AtomicI64::new(-1),
        }
    }

    /// Messages up to `next` are handed out; false when the group wants the partition back, and they are not.
    pub(super) fn hand_out(&self, next: i64) -> bool {
        let mut flow = self.flow.lock().expect("no panic while locked");
        if !flow.leaving {
            flow.handed = next;
        }
        !flow.leaving
    }

    /// Whether anything was handed out.
    pub(super) fn is_begun(&self) -> bool {
        self.flow.lock().expect("no panic while locked").handed > 0
    }

    /// A position in it.
    pub(super) fn at(&self, offset: i64) -> KafkaPosition {
        KafkaPosition::new(offset, self.note.topic)
    }

    /// Messages up to `next` are written, and the group knows.
    pub(super) fn wrote(&self, next: i64) {
        let mut flow = self.flow.lock().expect("no panic while locked");
        flow.written = flow.written.max(next);
    }

    /// The group wants it back: nothing more is handed out, but what was is still ours.
    pub(super) fn leave(&self) {
        self.flow.lock().expect("no panic while locked").leaving = true;
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.flow.lock().expect("no panic while locked").leaving
    }

    /// The offset behind what is written; 0 where nothing is.
    pub(super) fn written(&self) -> i64 {
        self.flow.lock().expect("no panic while locked").written
    }

    /// Whether all that was handed out is written.
    pub(super) fn is_written(&self) -> bool {
        let flow = self.flow.lock().expect("no panic while locked");
        flow.written >= flow.handed
    }

    /// The group has forgotten this member: it is open whose the partition is.
    pub(super) fn suspend(&self) {
        self.flow.lock().expect("no panic while locked").suspended = true;
    }

    /// It is still this member's.
    pub(super) fn regain(&self) {
        self.flow.lock().expect("no panic while locked").suspended = false;
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.flow.lock().expect("no panic while locked").suspended
    }

    /// Whether what the group has committed is what this member wrote, so that nobody else has read on.
    pub(super) fn is_ours(&self, committed: Option<&(i64, Note)>) -> bool {
        let flow = self.flow.lock().expect("no panic while locked");
        match committed {
            None => flow.written == 0,
            Some((offset, note)) => {
                note.checkpoint == self.note.checkpoint
                    && (note.begun || *offset >= flow.written)
                    && *offset <= flow.handed
            }
        }
    }

    /// It belongs to another member from now on: what was fetched of it is no longer ours to work on.
    pub(super) fn revoke(&self) {
        self.leave();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_have_committed_is_not_ours() {
        let note = |checkpoint: &str, begun| Note {
            checkpoint: Some(checkpoint.to_owned()),
            begun,
            ..Note::default()
        };
        let partition = Partition::new(0, "orders", 3, note("ours", false));
        assert!(partition.is_ours(None), "nothing is committed");
        assert!(partition.hand_out(9));
        partition.wrote(5);
        assert!(!partition.is_ours(None), "it was, and is forgotten");
        for offset in [5, 9] {
            assert!(partition.is_ours(Some(&(offset, note("ours", false)))));
            assert!(!partition.is_ours(Some(&(offset, note("theirs", false)))));
        }
        for offset in [4, 10] {
            assert!(!partition.is_ours(Some(&(offset, note("ours", false)))));
        }
        assert!(partition.is_ours(Some(&(0, note("ours", true)))));
    }

    #[test]
    fn what_was_handed_out_is_waited_for() {
        let partition = Partition::new(0, "orders", 3, Note::default());
        assert!(partition.is_written(), "nothing is under way");
        assert!(partition.hand_out(5) && partition.hand_out(9));
        partition.wrote(5);
        partition.leave();
        assert!(!partition.hand_out(12), "not handed out any more");
        assert!(!partition.is_written());
        partition.wrote(9);
        assert!(partition.is_written() && !partition.is_revoked());
    }
}
