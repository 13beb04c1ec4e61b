//! Other checkpoints of the same pipeline.
//!
//! The marker of a checkpoint is found by the id of that checkpoint alone, which is not known where its directory is gone. So the id of the checkpoint that
//! wrote last stands in a group that all checkpoints of a pipeline share. It is committed in transactions, as the marker is, but only in the first one of a
//! run, and every [`EVERY`] after that.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::ThreadedProducer;

use super::marker::Marker;
use super::trouble::Trouble;
use super::{Last, Ours};
use crate::kafka::deliveries::Deliveries;
use crate::kafka::limit::Client;

/// How often it is noted anew which checkpoint writes: brokers forget offsets that nobody commits.
pub(super) const EVERY: Duration = Duration::from_mins(10);

/// Finds out whether another checkpoint of the pipeline wrote to a topic.
#[derive(Debug)]
pub(super) struct Others {
    marker: Marker,
    ours: Ours,
    config: ClientConfig,
}

impl Others {
    pub(super) fn new(producer: &ClientConfig, ours: &Ours) -> Result<Self, String> {
        let group = format!("{}-last-checkpoint", ours.pipeline);
        Ok(Self {
            marker: Marker::new(producer, &group, &ours.checkpoint)?,
            ours: ours.clone(),
            config: producer.clone(),
        })
    }

    /// The last batch that was written to `topic`, where another checkpoint wrote it.
    pub(super) fn last(&self, topic: &str) -> Result<Option<Last>, Trouble> {
        let topics = [topic.to_owned()].into();
        let marked = self.marker.last(&topics)?;
        let Some(theirs) = marked.filter(|marked| ![&*self.ours.checkpoint, ""].contains(&&*marked.note)) else {
            return Ok(None);
        };
        // The other checkpoint may have gone on since; its own marker says how far, as long as the brokers remember it. Where a transaction that its
        // process left open hides it, the batch that is known must do: it is told to people, and decides nothing.
        let own = Marker::new(&self.config, &self.ours.id_of(&theirs.note), "")
            .map_err(|why| Trouble::Refused(why.into()))?;
        let later = own.last(&topics).ok().flatten().map_or(0, |own| own.batch);
        Ok(Some(Last {
            batch: theirs.batch.max(later),
            checkpoint: theirs.note,
        }))
    }

    /// Notes in the open transaction that this checkpoint writes the batch.
    pub(super) fn put(
        &self,
        producer: &Client<ThreadedProducer<Deliveries>>,
        topics: &std::collections::BTreeSet<String>,
        batch: u64,
    ) -> Result<(), Trouble> {
        self.marker.put(producer, topics, batch)
    }

    pub(super) fn ours(&self) -> &Ours {
        &self.ours
    }
}
