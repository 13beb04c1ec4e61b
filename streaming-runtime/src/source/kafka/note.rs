use std::fmt::{self, Display, Formatter};

use super::position::TopicId;

/// What is written beside an offset that is committed to the group: of which topic it is, and with which checkpoint.
///
/// An offset that another client committed, or a person with `kafka-consumer-groups`, has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) topic: Option<TopicId>,
    /// The id of the checkpoint; `None` where the pipeline had none.
    pub(super) checkpoint: Option<String>,
    /// How many partitions the topic had when it was first read.
    pub(super) partitions: Option<i32>,
    /// Reading began there; nothing before it was read.
    pub(super) begun: bool,
}

const HEAD: &str = "streaming-runtime";

impl Note {
    pub(super) fn read(text: &str) -> Self {
        let mut note = Self::default();
        let mut words = text.split(' ');
        if words.next() != Some(HEAD) {
            return note;
        }
        for word in words {
            match word.split_once('=') {
                Some(("topic", id)) => note.topic = TopicId::new(id),
                Some(("checkpoint", id)) => note.checkpoint = Some(id.to_owned()),
                Some(("partitions", count)) => note.partitions = count.parse().ok(),
                None if word == "begun" => note.begun = true,
                _ => {}
            }
        }
        note
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        if let Some(topic) = self.topic {
            write!(f, " topic={topic}")?;
        }
        if let Some(checkpoint) = &self.checkpoint {
            write!(f, " checkpoint={checkpoint}")?;
        }
        if let Some(partitions) = self.partitions {
            write!(f, " partitions={partitions}")?;
        }
        if self.begun {
            f.write_str(" begun")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_as_it_was_written() {
        let note = Note {
            topic: TopicId::new("gb3Xa-zATuO_FBwfCbTTaA"),
            checkpoint: Some("7f".to_owned()),
            partitions: Some(4),
            begun: true,
        };
        assert_eq!(
            note.to_string(),
            "streaming-runtime topic=gb3Xa-zATuO_FBwfCbTTaA checkpoint=7f partitions=4 begun"
        );
        assert_eq!(Note::read(&note.to_string()), note);
        for text in ["", "of another client", "topic=gb3Xa-zATuO_FBwfCbTTaA"] {
            assert_eq!(Note::read(text), Note::default());
        }
    }
}
