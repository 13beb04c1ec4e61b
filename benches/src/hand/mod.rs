//! What several hand-written loops share.

pub(crate) mod tumbling;

use std::hash::{BuildHasher, Hash, Hasher};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// A good table: hashbrown with foldhash under a fixed seed.
pub(crate) type Table<K, V> = HashMap<K, V, FixedState>;

/// A text with its hash, which is computed once: neither growing nor merging tables looks at the text again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hashed {
    hash: u64,
    pub(crate) text: &'static str,
}

impl Hashed {
    #[inline]
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            hash: FixedState::default().hash_one(text),
            text,
        }
    }
}

impl Hash for Hashed {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

/// Records that a thread takes at a time: they stay in its cache.
pub(crate) const CHUNK: usize = 16 << 10;

/// Cuts text into pieces of about `bytes` at ends of lines.
pub(crate) fn cut_lines(text: &[u8], bytes: usize) -> Vec<&[u8]> {
    let mut pieces = Vec::with_capacity(text.len() / bytes + 1);
    let mut rest = text;
    while rest.len() > bytes {
        let end = memchr::memchr(b'\n', &rest[bytes..]).map_or(rest.len(), |at| bytes + at + 1);
        let (piece, behind) = rest.split_at(end);
        pieces.push(piece);
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole() {
        let pieces = cut_lines(b"one\ntwo\nthree\nfour", 5);
        assert_eq!(pieces, [&b"one\ntwo\n"[..], b"three\n", b"four"]);
    }
}
