//! How often each word occurs in a text.
//!
//! Rows: one [`WordCount`] per word. A record is a word; words stand between ASCII white space.

mod hand;
mod ours;

use crate::data::text::text;
use crate::harness::{Case, Scale};

/// What comes out.
#[derive(Debug, Hash)]
pub(crate) struct WordCount {
    pub(crate) word: String,
    pub(crate) count: u64,
}

/// The words of a line, or of several: what both sides do with the text.
#[inline]
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_ascii_whitespace()
}

pub(crate) fn case(scale: &Scale) -> Case {
    let text = text(scale.text_bytes);
    let n = words(text).count();
    Case::new(move |pool| hand::run(pool, text, n)).ours(move |threads| ours::run(threads, text, n))
}
