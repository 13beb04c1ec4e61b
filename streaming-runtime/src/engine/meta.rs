//! What a checkpoint keeps of a batch beside the changes of state.

use serde::{Deserialize, Serialize};

use crate::plan::{Plan, Role};
use crate::progress::Totals;
use crate::sink::SinkMeta;

/// Where a pipeline stands after a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Meta {
    pub(crate) batch_time: i64,
    pub(crate) clocks: Vec<ClockMeta>,
    pub(crate) totals: Totals,
    pub(crate) sinks: Vec<SinkMeta>,
}

/// A clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClockMeta {
    pub(crate) name: String,
    pub(crate) watermark: i64,
    /// The highest time seen, by source and label of the partition.
    pub(crate) seen: Vec<(String, String, i64)>,
}

/// The output that is kept, by sink.
pub(crate) type Logs<'b> = Vec<Option<&'b [u8]>>;

impl Meta {
    /// As bytes: the length of the JSON, the JSON, and the kept output of the sinks one behind the other.
    pub(crate) fn to_bytes(&self, logs: &[Vec<u8>]) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("texts and numbers serialise");
        let length = u32::try_from(json.len()).expect("a document of less than 4 GiB");
        let mut bytes = Vec::with_capacity(4 + json.len() + logs.iter().map(Vec::len).sum::<usize>());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&json);
        bytes.extend(logs.iter().flatten());
        bytes
    }

    /// Calls clocks, sources and sinks what this pipeline calls them.
    pub(crate) fn renamed(mut self, plan: &Plan) -> Self {
        let rename = |role, name: &mut String| {
            if let Some(now) = plan.called_now(role, name) {
                now.clone_into(name);
            }
        };
        for clock in &mut self.clocks {
            rename(Role::Time, &mut clock.name);
            clock
                .seen
                .iter_mut()
                .for_each(|(source, ..)| rename(Role::Source, source));
        }
        self.sinks
            .iter_mut()
            .for_each(|sink| rename(Role::Sink, &mut sink.name));
        self
    }

    /// The document, and the kept output by sink, in the order of [`sinks`](Self::sinks).
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<(Self, Logs<'_>), String> {
        let cut = || "the document of the batch is cut off".to_owned();
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| cut())?;
        let (json, mut logs) = rest.split_at_checked(length).ok_or_else(cut)?;
        let meta: Self =
            serde_json::from_slice(json).map_err(|e| format!("the document of the batch is not one: {e}"))?;
        let mut kept = Vec::with_capacity(meta.sinks.len());
        for sink in &meta.sinks {
            kept.push(match sink.logged {
                Some(bytes) => Some(logs.split_off(..bytes).ok_or_else(cut)?),
                None => None,
            });
        }
        Ok((meta, kept))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let sink = |name: &str, logged| SinkMeta {
            name: name.to_owned(),
            receipt: None,
            batches: [Some(7), None],
            logged,
        };
        let meta = Meta {
            batch_time: 7,
            sinks: vec![sink("a", Some(2)), sink("b", None), sink("c", Some(0))],
            ..Meta::default()
        };
        let bytes = meta.to_bytes(&[vec![1, 2], Vec::new()]);
        let (again, logs) = Meta::from_bytes(&bytes).unwrap();
        assert_eq!(again, meta);
        assert_eq!(logs, [Some(&[1u8, 2][..]), None, Some(&[][..])]);
        for end in 0..bytes.len() {
            assert!(Meta::from_bytes(&bytes[..end]).is_err(), "{end}");
        }
    }
}
