//! The words of `.timestamp(…)` in a pipeline: the time that dead letters are sent with.

use std::fmt::Debug;

use super::format::{Format, Letters, Raw};

/// A value of [`timestamp`](super::Kafka::timestamp).
pub trait When: Debug + Copy {
    /// What the sink then takes.
    type Format: Format;
    #[doc(hidden)]
    const FORMAT: Self::Format;
}

/// The time of sending.
#[derive(Debug, Clone, Copy)]
pub struct Present;

/// The time that the message was sent with.
#[derive(Debug, Clone, Copy)]
pub struct Original;

impl When for Present {
    type Format = Raw;
    const FORMAT: Raw = Raw;
}

impl When for Original {
    type Format = Letters;
    const FORMAT: Letters = Letters;
}

/// The time of sending. The default.
#[must_use]
pub fn present() -> Present {
    Present
}

/// The time that the message of a dead letter was sent with.
#[must_use]
pub fn original() -> Original {
    Original
}
