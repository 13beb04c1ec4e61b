//! The transaction that all Kafka sinks of a run write in, together with the offsets that its Kafka sources have reached.
//!
//! A batch is one transaction: the output, the offsets, and a *marker* that says which batch it is. The [id](Transaction) is the same after
//! every restart, so that a successor aborts what its predecessor left open, and a predecessor that still lives can commit nothing more.
//!
//! After any error that leaves open what the brokers did, the producer is given up: only a new one with the same id, whose beginning ends the
//! transaction before, and then the marker, tell the outcome. The output is kept until then, so that a transaction that was aborted for a
//! passing reason is written again. It is given up behind a transaction in which the client lost a connection, too: then a request may come late.

mod marker;
mod others;
mod trouble;
mod writing;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::Producer;

use self::marker::{Marked, Marker};
use self::others::Others;
use self::trouble::Trouble;
use self::writing::Batch;
use super::fault::Fault;
use super::fit::{self, Takes};
use super::options;
use super::sender::Sender;
use crate::clock::WallClock;
use crate::run::{Act, At, Board};
use crate::sink::kafka::Staged;
use crate::source::kafka::Enlisted;

const TARGET: &str = "streaming_runtime::kafka";
/// How long one question about the cluster may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The place in a run for the transaction; the first sink that is opened makes it.
#[derive(Debug, Default)]
pub(crate) struct Slot(Mutex<Option<Arc<Transaction>>>);

/// What a sink wants to write in a transaction.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) topic: String,
    pub(crate) brokers: String,
    /// Everything the producer is configured with, its transactional id included.
    pub(crate) config: ClientConfig,
    pub(crate) ours: Ours,
    /// Where it is said what is waited for.
    pub(crate) board: Option<Arc<Board>>,
}

/// Whose batches are written.
#[derive(Debug, Clone)]
pub(crate) struct Ours {
    pub(crate) pipeline: String,
    /// The id of the checkpoint.
    pub(crate) checkpoint: String,
    /// It holds no batch yet.
    pub(crate) is_new: bool,
    /// Nobody else knows what was counted, so that a new directory would write it again.
    pub(crate) knows_alone: bool,
}

impl Ours {
    /// The `transactional.id`, and the group of the marker.
    pub(crate) fn id(&self) -> String {
        self.id_of(&self.checkpoint)
    }

    fn id_of(&self, checkpoint: &str) -> String {
        format!("{}-{checkpoint}", self.pipeline)
    }
}

/// The last batch that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) checkpoint: String,
    pub(crate) batch: u64,
}

/// One transaction after another, for one instance of a pipeline.
#[derive(Debug)]
pub(crate) struct Transaction {
    id: String,
    brokers: String,
    config: ClientConfig,
    /// Longer than this no transaction lasts.
    timeout: Duration,
    cluster: Option<String>,
    marker: Marker,
    /// Where other checkpoints of the pipeline matter.
    others: Option<Others>,
    /// Sinks that write in it.
    sinks: AtomicUsize,
    /// The last sink is gone: nobody waits for anything any more.
    stopped: AtomicBool,
    board: Option<Arc<Board>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `None` after one was given up.
    sender: Option<Sender>,
    /// The producer has failed: it may abort, and is not used again.
    spoiled: bool,
    /// What the next producer is configured with: batches fit into all topics.
    config: ClientConfig,
    topics: BTreeSet<String>,
    /// For the batch to come.
    enlisted: Vec<Enlisted>,
    batch: Option<Batch>,
    /// The batch that was committed last by this instance.
    last: Option<u64>,
    /// When it was committed last that this checkpoint is the one that writes.
    noted: Option<WallClock>,
    /// Why nothing can be written any more.
    fenced: Option<Fault>,
}

/// A sink's part in the transaction.
#[derive(Debug)]
pub(crate) struct Joined {
    transaction: Arc<Transaction>,
    topic: String,
    takes: Takes,
}

impl Slot {
    /// Takes part in the transaction of the run.
    ///
    /// # Errors
    /// A message when the topic is not there, the brokers do not take transactions, or this sink needs another producer than those before.
    pub(crate) fn join(&self, wanted: Wanted) -> Result<Joined, Fault> {
        let mut slot = self.0.lock().expect("no panic while locked");
        let (transaction, takes) = if let Some(transaction) = &*slot {
            (Arc::clone(transaction), transaction.admit(&wanted)?)
        } else {
            let (transaction, takes) = Transaction::open(&wanted)?;
            (Arc::clone(slot.insert(Arc::new(transaction))), takes)
        };
        transaction.sinks.fetch_add(1, Ordering::AcqRel);
        transaction.stopped.store(false, Ordering::Release);
        Ok(Joined {
            transaction,
            topic: wanted.topic,
            takes,
        })
    }

    /// The transaction, where a sink has made one.
    pub(crate) fn get(&self) -> Option<Arc<Transaction>> {
        self.0.lock().expect("no panic while locked").clone()
    }
}

impl Transaction {
    /// Connects; aborts what an earlier instance left open, and keeps it from writing.
    ///
    /// Also says which messages the topic takes, as far as that is known.
    fn open(wanted: &Wanted) -> Result<(Self, Takes), Fault> {
        let mut sender = Sender::new(&wanted.config)?;
        let mut config = wanted.config.clone();
        let takes = see(&sender, wanted)?;
        if takes.largest.is_some_and(|largest| fit::fit(&mut config, largest)) {
            sender = Sender::new(&config)?;
        }
        let timeout = wanted
            .config
            .get("transaction.timeout.ms")
            .and_then(|ms| ms.parse().ok());
        let transaction = Self {
            id: wanted.ours.id(),
            brokers: wanted.brokers.clone(),
            config: wanted.config.clone(),
            timeout: Duration::from_millis(timeout.unwrap_or(60_000)),
            cluster: sender
                .producer
                .call("a question about the cluster", PATIENCE, |producer| {
                    producer.client().fetch_cluster_id(PATIENCE)
                })?,
            marker: Marker::new(&wanted.config, &wanted.ours.id(), "")?,
            others: wanted
                .ours
                .knows_alone
                .then(|| Others::new(&wanted.config, &wanted.ours))
                .transpose()?,
            board: wanted.board.clone(),
            sinks: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            state: Mutex::new(State {
                sender: None,
                spoiled: false,
                config,
                topics: [wanted.topic.clone()].into(),
                enlisted: Vec::new(),
                batch: None,
                last: None,
                noted: None,
                fenced: None,
            }),
        };
        transaction
            .begin_with(&sender)
            .map_err(|trouble| transaction.fault(&trouble))?;
        transaction.state().sender = Some(sender);
        Ok((transaction, takes.of_messages(&wanted.config)))
    }

    /// One more sink.
    fn admit(&self, wanted: &Wanted) -> Result<Takes, Fault> {
        if !options::are_equal(&self.config, &wanted.config) {
            return Err(Fault::permanent(format!(
                "cannot write to topic `{}` on `{}` in the transaction of the other kafka sinks, which is on `{}`: one transaction \
                 cannot span producers; with a checkpoint give all kafka sinks the same `.brokers(…)` and `.config(…)`",
                wanted.topic, wanted.brokers, self.brokers
            )));
        }
        let mut state = self.state();
        let takes = match &state.sender {
            Some(sender) => see(sender, wanted)?,
            None => see(&Sender::new(&state.config)?, wanted)?,
        };
        if takes
            .largest
            .is_some_and(|largest| fit::fit(&mut state.config, largest))
        {
            state.sender = None;
        }
        state.topics.insert(wanted.topic.clone());
        Ok(takes.of_messages(&self.config))
    }

    /// Whether these are the brokers that the transaction is on.
    pub(crate) fn is_on(&self, cluster: Option<&str>) -> bool {
        cluster.is_some() && self.cluster.as_deref() == cluster
    }

    /// Has offsets of a source's group put into the transaction of the next batch.
    pub(crate) fn enlist(&self, enlisted: Enlisted) {
        self.state().enlisted.push(enlisted);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while locked")
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// The pipeline waits for this, until what is returned is dropped.
    fn waits_for(&self, what: String) -> At {
        waits_for(self.board.as_ref(), what)
    }

    /// What went wrong, and what to do about it.
    fn say(&self, trouble: &Trouble) -> String {
        trouble.say(&self.id, &self.brokers, self.timeout)
    }

    /// The same for whoever starts the pipeline again.
    fn fault(&self, trouble: &Trouble) -> Fault {
        trouble.fault(&self.id, &self.brokers, self.timeout)
    }
}

impl State {
    fn may_write(&self) -> Result<(), Fault> {
        self.fenced.clone().map_or(Ok(()), Err)
    }
}

/// Sees that the topic is there, and what it takes.
fn see(sender: &Sender, wanted: &Wanted) -> Result<Takes, Fault> {
    let Wanted { topic, brokers, .. } = wanted;
    let _at = waits_for(
        wanted.board.as_ref(),
        format!("brokers of `{brokers}` to describe topic `{topic}`"),
    );
    sender
        .look(topic)
        .map_err(|fault| fault.reworded(|what| format!("cannot write to topic `{topic}` on `{brokers}`: {what}")))?;
    Ok(fit::takes(&wanted.config, topic))
}

fn waits_for(board: Option<&Arc<Board>>, what: String) -> At {
    board.map_or_else(At::nowhere, |board| board.at(Act::For(what)))
}

impl Joined {
    /// The messages that the topic takes, as far as that is known.
    pub(crate) fn takes(&self) -> Takes {
        self.takes
    }

    /// Which batch was committed last with this checkpoint, by this instance or one before. Where the checkpoint is new and nobody else knows what was
    /// counted, the last one of another checkpoint of the pipeline. Blocks, as all of these.
    pub(crate) fn decided(&self, checkpoint: &str) -> Result<Option<Last>, Fault> {
        let transaction = &self.transaction;
        let say = |trouble| transaction.fault(&trouble);
        let _at = transaction.waits_for_batch();
        let topics = transaction.state().topics.clone();
        let last = transaction.patiently(false, || transaction.marker.last(&topics));
        let last = last.map_err(say)?.map(|Marked { batch, .. }| Last {
            checkpoint: checkpoint.to_owned(),
            batch,
        });
        let Some(others) = &transaction.others else {
            return Ok(last);
        };
        let theirs = transaction.patiently(false, || others.last(&self.topic));
        let Some(theirs) = theirs.map_err(say)? else {
            return Ok(last);
        };
        if others.ours().is_new {
            return Ok(Some(theirs));
        }
        tracing::warn!(
            target: TARGET,
            "another checkpoint of the pipeline `{}` has written to topic `{}` since this one: what both have read is there twice. Use one checkpoint \
             directory, or give each instance a `.name(…)` of its own",
            others.ours().pipeline,
            self.topic
        );
        Ok(last)
    }

    /// Sends the output of a batch in the open transaction, which the first sink begins. When all sinks have sent theirs, the brokers have
    /// acknowledged all of it.
    pub(crate) fn prepare(&self, number: u64, staged: Vec<Staged>) -> Result<(), Fault> {
        let transaction = &self.transaction;
        let mut state = transaction.state();
        state.may_write()?;
        let begins = state.batch.as_ref().is_none_or(|batch| batch.number != number);
        if begins {
            transaction.give_up(&mut state);
            let enlisted = std::mem::take(&mut state.enlisted);
            state.batch = Some(Batch::new(number, enlisted));
        }
        let batch = state.batch.as_mut().expect("made above");
        batch.outputs.push((self.topic.clone(), staged));
        transaction.retrying(&mut state, |transaction, state| {
            if begins {
                transaction.begin(state)?;
            }
            transaction.send_last(state, begins)
        })
    }

    /// Commits the transaction, for all sinks at once. An error means that nothing of the batch is visible, nor ever will be.
    pub(crate) fn commit(&self, number: u64) -> Result<(), Fault> {
        let transaction = &self.transaction;
        let mut state = transaction.state();
        if state.last == Some(number) {
            return Ok(());
        }
        state.may_write()?;
        let sinks = transaction.sinks.load(Ordering::Acquire);
        match state.batch.as_ref().filter(|batch| batch.number == number) {
            None => return Err(Fault::permanent(format!("batch {number} was not prepared"))),
            Some(Batch { failed: Some(why), .. }) => return Err(why.clone()),
            Some(batch) if batch.outputs.len() < sinks => {
                return Err(Fault::permanent(format!(
                    "batch {number} was prepared by {} of {sinks} kafka sinks",
                    batch.outputs.len()
                )));
            }
            Some(_) => {}
        }
        let result = transaction.commit_open(&mut state, number);
        match (&result, &mut state.batch) {
            (Ok(()), _) => {
                if state.batch.take().is_some_and(|batch| batch.notes) {
                    state.noted = Some(WallClock::machine());
                }
                state.last = Some(number);
            }
            (Err(why), Some(batch)) => batch.failed = Some(why.clone()),
            (Err(_), None) => {}
        }
        result
    }

    /// Aborts the transaction, for all sinks at once.
    pub(crate) fn abort(&self, number: u64) {
        let mut state = self.transaction.state();
        state.enlisted.clear();
        if state.batch.as_ref().is_some_and(|batch| batch.number == number) {
            self.transaction.give_up(&mut state);
        }
    }

    /// Closes; the last one waits for the producer to end.
    pub(crate) fn close(self) {
        let transaction = Arc::clone(&self.transaction);
        drop(self);
        if transaction.is_stopped() {
            let mut state = transaction.state();
            let _at = transaction.waits_for(format!("the last transaction of `{}` to end", transaction.id));
            transaction.give_up(&mut state);
            if let Some(sender) = state.sender.take() {
                sender.close();
            }
        }
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        if self.transaction.sinks.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.transaction.stopped.store(true, Ordering::Release);
        }
    }
}
