//! Opening: connect, see that the topics are there, join the group.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Offset};

use super::call::call;
use super::context::Context;
use super::offsets::{Place, at};
use super::shared::Shared;
use crate::clock::WallClock;
use crate::kafka::fault::Fault;
use crate::kafka::options;
use crate::kafka::trouble::{is_final, say, text};
use crate::run::Act;
use crate::run::Run;

/// How long one question may take. It is asked for as long, and so often, before the answer counts: that of brokers that have just started, or of a topic
/// that was just created, may be that they do not know yet.
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 3;

/// Creates the consumer; the fetcher is woken whenever its main queue has something.
pub(super) fn connect(config: &ClientConfig, shared: &Arc<Shared>) -> Result<BaseConsumer<Context>, String> {
    let mut consumer = BaseConsumer::from_config_and_context(config, Context::default())
        .map_err(|e| options::refused("consumer", &e))?;
    let shared = Arc::clone(shared);
    consumer.set_nonempty_callback(move || shared.wake());
    Ok(consumer)
}

/// The partitions of all topics.
pub(super) fn partitions(
    consumer: &Arc<BaseConsumer<Context>>,
    topics: &[String],
    brokers: &str,
    shared: &Shared,
    run: &Run,
) -> Result<Vec<Place>, Fault> {
    let mut places = Vec::new();
    for topic in topics {
        let _at = run.at(Act::For(format!("brokers of `{brokers}` to describe topic `{topic}`")));
        let ask = || partitions_of(consumer, topic, || serve(consumer));
        let ids = retry(shared, ask).map_err(|refusal| {
            refusal
                .fault
                .reworded(|why| format!("cannot read topic `{topic}` from `{brokers}`: {why}"))
        })?;
        places.extend(ids.into_iter().map(|id| (topic.clone(), id)));
    }
    Ok(places)
}

/// Whether the brokers still have these partitions, asked several times before it counts that they do not.
///
/// # Errors
/// Why that cannot be said.
pub(super) fn are_there(
    consumer: &Arc<BaseConsumer<Context>>,
    places: &BTreeSet<Place>,
    shared: &Shared,
) -> Result<bool, Fault> {
    let topics: BTreeSet<_> = places.iter().map(|(topic, _)| topic).collect();
    for topic in topics {
        let ask = || {
            // The main queue is the fetcher's to serve.
            let ids = partitions_of(consumer, topic, || {})?;
            let gone = places.iter().find(|(of, id)| of == topic && !ids.contains(id));
            gone.map_or(Ok(()), |_| Err(Refusal::missing()))
        };
        match retry(shared, ask) {
            Ok(()) => {}
            Err(refusal) if refusal.missing => return Ok(false),
            Err(refusal) => return Err(refusal.fault),
        }
    }
    Ok(true)
}

/// Where all partitions end now, for a run that ends there.
pub(super) fn ends(
    consumer: &Arc<BaseConsumer<Context>>,
    places: &[Place],
    shared: &Shared,
) -> Result<std::collections::HashMap<Place, i64>, Fault> {
    let ends = retry(shared, || {
        at(consumer, places, Offset::End).map_err(|error| Refusal {
            again: true,
            missing: false,
            fault: Fault::of(&error, format!("cannot ask where it ends: {}", say(&error))),
        })
    });
    ends.map_err(|refusal| refusal.fault)
}

/// Says, once, what is not noticed where brokers give topics no ids.
pub(super) fn warn_without_ids(consumer: &BaseConsumer<Context>, topics: &[String], brokers: &str) {
    let without: Vec<_> = topics
        .iter()
        .filter(|topic| consumer.context().ids().of(topic).is_none())
        .map(String::as_str)
        .collect();
    if !without.is_empty() {
        tracing::warn!(
            target: "streaming_runtime::kafka",
            "brokers of `{brokers}` give no ids of topics, as those before Kafka 2.8: where topic `{}` is deleted and created anew, that is not noticed, and \
             records of the new one are taken for those that follow in the old one. Use another `.group(…)` for a new topic, and with a checkpoint a new \
             directory",
            without.join("`, `")
        );
    }
}

/// Takes what the client has to tell, before it belongs to a group.
fn serve(consumer: &BaseConsumer<Context>) {
    let mut told = None;
    while told != Some(consumer.context().told()) {
        told = Some(consumer.context().told());
        drop(consumer.poll(Duration::ZERO));
    }
}

/// Whether the group has members.
pub(super) fn has_members(consumer: &Arc<BaseConsumer<Context>>, group: &str) -> bool {
    let name = group.to_owned();
    let asked = call(consumer, "a question about the group", PATIENCE, move |consumer| {
        let list = consumer.fetch_group_list(Some(&name), PATIENCE)?;
        Ok(list.groups().iter().any(|group| !group.members().is_empty()))
    });
    // Brokers that do not say are taken to know of none.
    asked.unwrap_or(false)
}

struct Refusal {
    again: bool,
    /// The brokers say that it is not there.
    missing: bool,
    fault: Fault,
}

impl Refusal {
    /// Brokers that have just started may not know all topics yet: it counts when it repeats.
    fn missing() -> Self {
        Self {
            again: true,
            missing: true,
            fault: Fault::permanent("there is no such topic: create it, or correct the name"),
        }
    }
}

fn retry<T>(shared: &Shared, ask: impl Fn() -> Result<T, Refusal>) -> Result<T, Refusal> {
    let began = WallClock::machine();
    let mut attempt = 1;
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(refusal) if !refusal.again || shared.is_stopped() => return Err(refusal),
            Err(refusal) if attempt >= ATTEMPTS && began.elapsed() >= PATIENCE => return Err(refusal),
            Err(refusal) if attempt == 1 => {
                tracing::info!(target: "streaming_runtime::kafka", "{}; trying again", refusal.fault);
            }
            Err(_) => {}
        }
        attempt += 1;
        std::thread::park_timeout(Duration::from_millis(200));
    }
}

/// The partitions of a topic; `serve` takes what the client has to tell, the ids of topics and reasons among it.
fn partitions_of(consumer: &Arc<BaseConsumer<Context>>, topic: &str, serve: impl Fn()) -> Result<Vec<i32>, Refusal> {
    let passing = |why: String| Refusal {
        again: true,
        missing: false,
        fault: Fault::passing(why),
    };
    let permanent = |why: &str| Refusal {
        again: false,
        missing: false,
        fault: Fault::permanent(why),
    };
    let name = topic.to_owned();
    let metadata = call(consumer, "a question about a topic", PATIENCE, move |consumer| {
        consumer.fetch_metadata(Some(&name), PATIENCE)
    });
    serve();
    let metadata = metadata.map_err(|error| Refusal {
        again: !is_final(&error),
        missing: false,
        fault: consumer.context().unanswered(&error),
    })?;
    let found = metadata.topics().iter().find(|found| found.name() == topic);
    let Some(found) = found else {
        return Err(passing("the brokers do not know it".to_owned()));
    };
    match found.error().map(RDKafkaErrorCode::from) {
        None => Ok(found
            .partitions()
            .iter()
            .map(rdkafka::metadata::MetadataPartition::id)
            .collect()),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => Err(Refusal::missing()),
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
            Err(permanent("access is denied: allow this user to read and describe it"))
        }
        Some(code) => Err(passing(text(code))),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn one_broker_that_does_not_know_a_topic_is_asked_again() {
        let asked = Cell::new(0);
        let answer = retry(&Shared::new(1, 1), || {
            asked.set(asked.get() + 1);
            if asked.get() == 1 {
                Err(Refusal::missing())
            } else {
                Ok(7)
            }
        });
        assert_eq!((answer.ok(), asked.get()), (Some(7), 2));
    }

    #[test]
    fn a_topic_that_stays_away_is_missing_for_good() {
        let asked = Cell::new(0);
        let answer = retry(&Shared::new(1, 1), || {
            asked.set(asked.get() + 1);
            Err::<(), _>(Refusal::missing())
        });
        let refusal = answer.err().unwrap();
        assert!(refusal.missing && refusal.fault.is_permanent());
        assert!(asked.get() >= ATTEMPTS);
    }
}
