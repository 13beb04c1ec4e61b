use std::fmt::{self, Debug, Display, Formatter};

use serde::{Deserialize, Serialize};

/// Where reading resumes in one partition of a topic.
///
/// An offset means nothing without its topic: one that is deleted and created anew under the same name has other records at the same offsets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KafkaPosition {
    /// The offset of the next record.
    pub offset: i64,
    /// The id of the topic; `None` where the brokers do not give ids (before 2.8).
    #[serde(default)]
    pub topic: Option<TopicId>,
}

/// The id that the brokers gave to a topic when it was created, as they write it: 22 characters of base64.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TopicId([u8; Self::LENGTH]);

impl TopicId {
    const LENGTH: usize = 22;
    /// What brokers and clients say where they know of no id.
    const NONE: [u8; Self::LENGTH] = [b'A'; Self::LENGTH];

    /// The id of this text; `None` where it is not one, or the one that stands for no id.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes: [u8; Self::LENGTH] = text.as_bytes().try_into().ok()?;
        // librdkafka writes the other alphabet of base64, Kafka's own tools this one.
        for byte in &mut bytes {
            *byte = match *byte {
                b'+' => b'-',
                b'/' => b'_',
                byte => byte,
            };
        }
        let is_base64 = bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (is_base64 && bytes != Self::NONE).then_some(Self(bytes))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Checked to be base64.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl KafkaPosition {
    /// This offset of the topic with this id.
    #[must_use]
    pub fn new(offset: i64, topic: Option<TopicId>) -> Self {
        Self { offset, topic }
    }
}

impl From<i64> for KafkaPosition {
    /// An offset of whichever topic is there.
    fn from(offset: i64) -> Self {
        Self::new(offset, None)
    }
}

impl Display for KafkaPosition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.offset, f)
    }
}

impl Debug for KafkaPosition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(self, f)
    }
}

impl Display for TopicId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Debug for TopicId {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for TopicId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for TopicId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not the id of a topic")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_22_characters_of_base64() {
        assert_eq!(TopicId::new("AAAAAAAAAAAAAAAAAAAAAA"), None, "no id");
        assert_eq!(
            TopicId::new("gb3Xa-zATuO_FBwfCbTTaA").unwrap().as_str(),
            "gb3Xa-zATuO_FBwfCbTTaA"
        );
        assert_eq!(
            TopicId::new("gb3Xa+zATuO/FBwfCbTTaA"),
            TopicId::new("gb3Xa-zATuO_FBwfCbTTaA")
        );
        assert_eq!(TopicId::new("gb3Xa-zATuO_FBwfCbTTa"), None);
        assert_eq!(TopicId::new("gb3Xa zATuO_FBwfCbTTaA"), None);
    }

    #[test]
    fn a_position_is_kept_with_its_topic() {
        let position = KafkaPosition::new(7, TopicId::new("gb3Xa-zATuO_FBwfCbTTaA"));
        let text = serde_json::to_string(&position).unwrap();
        assert_eq!(text, r#"{"offset":7,"topic":"gb3Xa-zATuO_FBwfCbTTaA"}"#);
        assert_eq!(serde_json::from_str::<KafkaPosition>(&text).unwrap(), position);
        assert_eq!(
            serde_json::from_str::<KafkaPosition>(r#"{"offset":7}"#).unwrap(),
            7.into()
        );
        assert_eq!(position.to_string(), "7");
    }
}
