//! The codes of mistakes.

/// The code of a mistake: stable, and the name of its page in the documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// Tokens that are no pipeline at all.
    Syntax,
    /// An operator, option, setting or stream that does not exist.
    Unknown,
    /// A stream that never reaches a sink.
    Unread,
    /// What needs event time, without.
    EventTime,
    /// An operator on a stream that it does not fit.
    Misfit,
    /// State without a bound.
    Unbounded,
    /// A duplicate or missing name.
    Name,
    /// A guarantee that cannot be given.
    Guarantee,
    /// A bad unit or a value out of range.
    Unit,
    /// A window that cannot be.
    Window,
    /// Wrong arguments.
    Arguments,
    /// A stream used before it is bound.
    Order,
    /// An append-only sink behind updates.
    Updates,
}

impl Code {
    /// `SP0101`
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Syntax => "SP0100",
            Self::Unknown => "SP0101",
            Self::Unread => "SP0102",
            Self::EventTime => "SP0103",
            Self::Misfit => "SP0104",
            Self::Unbounded => "SP0105",
            Self::Name => "SP0106",
            Self::Guarantee => "SP0107",
            Self::Unit => "SP0108",
            Self::Window => "SP0109",
            Self::Arguments => "SP0110",
            Self::Order => "SP0112",
            Self::Updates => "SP0113",
        }
    }
}
