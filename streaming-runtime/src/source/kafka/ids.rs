//! Ids of topics.
//!
//! Only the log of librdkafka tells them through safe calls: with `debug=topic` it has a line whenever it learns the id of a topic that it works with. It
//! asks for a topic's metadata with every refresh, and at once when brokers refuse to fetch by the id that it has; it writes the line before
//! it fetches anything of a topic with another id. So whoever serves the queue with the log before looking at what was fetched notices in time.

use std::collections::HashMap;
use std::sync::Mutex;

use super::position::TopicId;

/// The option of librdkafka that has it tell of ids.
pub(super) const DEBUG: &str = "topic";

/// The ids that were told so far.
#[derive(Debug, Default)]
pub(super) struct Ids(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    ids: HashMap<String, TopicId>,
    /// A topic that had another id before.
    renewed: Option<Renewed>,
}

/// A topic was deleted and created anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Renewed {
    pub(super) topic: String,
    pub(super) before: TopicId,
    pub(super) now: TopicId,
}

impl Ids {
    /// Looks at a line of the log.
    pub(super) fn hear(&self, line: &str) {
        let Some((topic, now)) = read(line) else { return };
        let mut known = self.0.lock().expect("no panic while locked");
        let before = known.ids.insert(topic.to_owned(), now);
        if let Some(before) = before.filter(|before| *before != now) {
            let topic = topic.to_owned();
            known.renewed.get_or_insert(Renewed { topic, before, now });
        }
    }

    pub(super) fn of(&self, topic: &str) -> Option<TopicId> {
        self.0.lock().expect("no panic while locked").ids.get(topic).copied()
    }

    /// The first topic that has got another id since the client was created.
    pub(super) fn renewed(&self) -> Option<Renewed> {
        self.0.lock().expect("no panic while locked").renewed.clone()
    }
}

/// The topic and its new id, in `[thrd:main]: Topic orders changed id from AAAAAAAAAAAAAAAAAAAAAA to gb3Xa-zATuO_FBwfCbTTaA`.
fn read(line: &str) -> Option<(&str, TopicId)> {
    let (before, after) = line.split_once(" changed id from ")?;
    let (_, topic) = before.rsplit_once("Topic ")?;
    let (_, now) = after.split_once(" to ")?;
    Some((topic, TopicId::new(now.trim())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "gb3Xa-zATuO_FBwfCbTTaA";
    const B: &str = "XL5aFwo_TGOlC9eOFQd4Mw";
    const NONE: &str = "AAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_topic_with_another_id_is_noticed() {
        let ids = Ids::default();
        let hear =
            |from: &str, to: &str| ids.hear(&format!("[thrd:main]: Topic orders changed id from {from} to {to}"));
        ids.hear("[thrd:main]: Topic orders partition count changed from 0 to 2");
        assert_eq!(ids.of("orders"), None);
        hear(NONE, A);
        hear(NONE, A);
        // While it is deleted it has none.
        hear(A, NONE);
        assert_eq!((ids.of("orders"), ids.renewed()), (TopicId::new(A), None));
        hear(NONE, B);
        let renewed = ids.renewed().unwrap();
        assert_eq!(
            (renewed.topic.as_str(), renewed.before.as_str(), renewed.now.as_str()),
            ("orders", A, B)
        );
    }
}
