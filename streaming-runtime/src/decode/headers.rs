use std::borrow::Cow;
use std::fmt;

#[cfg(feature = "kafka")]
use crate::source::kafka::KafkaMessage;

/// The headers that a [`DeadLetter`](super::DeadLetter) was sent with, in order. A name may come more than once, and a value may be null.
///
/// Those of a Kafka message are read when they are asked for: who does not ask has nothing to do with a name that cannot be read.
pub struct LetterHeaders<'r>(Kind<'r>);

enum Kind<'r> {
    Known(Vec<Known<'r>>),
    #[cfg(feature = "kafka")]
    Lent(KafkaMessage<'r>),
}

/// A name and a value.
type Known<'r> = (Cow<'r, str>, Option<Cow<'r, [u8]>>);

impl<'r> LetterHeaders<'r> {
    /// These headers.
    #[must_use]
    pub fn new(headers: impl IntoIterator<Item = (Cow<'r, str>, Option<Cow<'r, [u8]>>)>) -> Self {
        Self(Kind::Known(headers.into_iter().collect()))
    }

    /// Those of a message, which are not read yet.
    #[cfg(feature = "kafka")]
    pub(crate) fn lent(message: KafkaMessage<'r>) -> Self {
        Self(Kind::Lent(message))
    }

    /// Their names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        #[cfg(feature = "kafka")]
        let (known, lent) = match &self.0 {
            Kind::Known(known) => (known.as_slice(), None),
            Kind::Lent(message) => (&[][..], Some(message.headers())),
        };
        #[cfg(not(feature = "kafka"))]
        let (Kind::Known(known), lent) = (&self.0, None::<std::iter::Empty<(&str, Option<&[u8]>)>>);
        let known = known.iter().map(|(name, value)| (&**name, value.as_deref()));
        known.chain(lent.into_iter().flatten())
    }

    /// The same, kept.
    pub(super) fn into_owned(self) -> LetterHeaders<'static> {
        let owned = |(name, value): (&str, Option<&[u8]>)| {
            (
                Cow::Owned(name.to_owned()),
                value.map(|value| Cow::Owned(value.to_vec())),
            )
        };
        LetterHeaders::new(self.iter().map(owned).collect::<Vec<_>>())
    }
}

impl fmt::Debug for LetterHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Known(known) => f.debug_list().entries(known).finish(),
            #[cfg(feature = "kafka")]
            Kind::Lent(_) => f.write_str("[..]"),
        }
    }
}
