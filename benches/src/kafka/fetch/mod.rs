//! Messages fetched and looked at, but not parsed. No rows; the checksum is the number of bytes.
//!
//! The clock starts with the first message.

mod hand;
mod ours;

use super::broker::input;
use crate::harness::{Case, Scale};

pub(crate) fn case(scale: &Scale) -> Case {
    let input = input(scale);
    Case::new(move |_| hand::run(input)).ours(move |threads| ours::run(threads, input))
}
