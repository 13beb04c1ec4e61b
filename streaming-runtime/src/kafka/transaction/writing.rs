use std::collections::BTreeSet;
use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use rdkafka::producer::Producer;

use super::others::EVERY;
use super::trouble::Trouble;
use super::{State, TARGET, Transaction, marker};
use crate::clock::WallClock;
use crate::faults;
use crate::kafka::fault::Fault;
use crate::kafka::fit;
use crate::kafka::sender::Sender;
use crate::run::At;
use crate::sink::kafka::Staged;
use crate::source::kafka::Enlisted;

/// How long one call to the client may take before it is looked whether anybody still waits.
const SLICE: Duration = Duration::from_secs(5);
/// How long the brokers may take to begin: they end the transaction before.
const BEGINNING: Duration = Duration::from_secs(30);
/// How often a transaction is written in all, and how often brokers are asked when the pipeline starts.
const ATTEMPTS: usize = 3;
const BETWEEN: Duration = Duration::from_millis(500);

/// A batch that is not yet decided.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) number: u64,
    /// Topics and what goes there, in the order of the sinks that are done. Kept, so that it can be written again.
    pub(super) outputs: Vec<(String, Vec<Staged>)>,
    pub(super) enlisted: Vec<Enlisted>,
    pub(super) failed: Option<Fault>,
    /// Its transaction notes which checkpoint writes.
    pub(super) notes: bool,
    began: WallClock,
}

impl Batch {
    pub(super) fn new(number: u64, enlisted: Vec<Enlisted>) -> Self {
        Self {
            number,
            outputs: Vec::new(),
            enlisted,
            failed: None,
            notes: false,
            began: WallClock::machine(),
        }
    }
}

impl Transaction {
    /// Takes a step; where it fails for a reason that may pass, aborts the transaction and writes all of it again.
    pub(super) fn retrying(
        &self,
        state: &mut State,
        step: impl FnOnce(&Self, &mut State) -> Result<(), Trouble>,
    ) -> Result<(), Fault> {
        let mut result = step(self, state);
        let mut attempt = 1;
        while let Err(trouble) = result {
            if Self::is_fenced(state, &trouble) {
                return Err(self.fence(state));
            }
            // A batch is refused as a whole: each record goes alone, so that only one that is refused by itself fails.
            if let Some(blame) = trouble.blame()
                && fit::one_by_one(&mut state.config)
            {
                tracing::warn!(
                    target: TARGET,
                    "a batch was refused {blame} on `{}`: records are written one by one from now on, which is slower{}",
                    self.brokers,
                    blame.remedy()
                );
                state.sender = None;
                result = self.write_again(state);
                continue;
            }
            let age = batch(state).began.elapsed();
            if trouble.is_final() || self.is_stopped() || attempt >= ATTEMPTS && age > self.timeout {
                state.spoiled = true;
                return Err(self.fault(&trouble));
            }
            tracing::info!(target: TARGET, "{}; the transaction is written again", self.say(&trouble));
            // The next producer aborts what this one has begun. A producer that failed is not used again: the brokers may have forgotten it.
            state.sender = None;
            if attempt > 1 {
                std::thread::park_timeout(BETWEEN);
            }
            attempt += 1;
            result = self.write_again(state);
        }
        Ok(())
    }

    /// Begins the transaction of the batch, with the marker.
    ///
    /// The marker comes first, as brokers put off a transaction that follows closely on another: offsets are offered again after
    /// `retry.backoff.ms`, partitions, which go with the first records, after 20 ms, which is fixed.
    pub(super) fn begin(&self, state: &mut State) -> Result<(), Trouble> {
        let number = batch(state).number;
        // The brokers know a request by the producer, not by the transaction: one that was sent twice, and comes now, would commit this transaction
        // before its time, or set the marker and the offsets back. Those of a producer before are refused.
        state.sender.take_if(|sender| sender.is_disturbed());
        if state.sender.is_none() {
            let last = self.settle(state, false)?;
            if last.is_some_and(|last| last >= number) {
                return Err(Trouble::Fenced);
            }
        }
        let sender = state.sender.as_ref().expect("settled");
        let begun = sender
            .producer
            .call("the beginning of a transaction", SLICE, |producer| {
                producer.begin_transaction()
            });
        begun??;
        self.marker.put(&sender.producer, &state.topics, number)?;
        let is_due = state.noted.as_ref().is_none_or(|noted| noted.elapsed() >= EVERY);
        if let Some(others) = self.others.as_ref().filter(|_| is_due) {
            others.put(&sender.producer, &state.topics, number)?;
            state.batch.as_mut().expect("a batch is open").notes = true;
        }
        Ok(())
    }

    /// Sends what the last sink has brought, and offers the offsets of the sources with what is `first`; waits for all when it is the last of all.
    pub(super) fn send_last(&self, state: &State, first: bool) -> Result<(), Trouble> {
        let (sender, batch) = open(state);
        let (topic, staged) = batch.outputs.last().expect("a sink has brought something");
        sender.send(topic, staged, 0)?;
        if first {
            offer_all(sender, batch)?;
        }
        self.when_all_are_there(state)
    }

    /// Writes everything that the batch has so far.
    fn write_again(&self, state: &mut State) -> Result<(), Trouble> {
        self.begin(state)?;
        let (sender, batch) = open(state);
        for (topic, staged) in &batch.outputs {
            sender.send(topic, staged, 0)?;
        }
        offer_all(sender, batch)?;
        self.when_all_are_there(state)
    }

    fn when_all_are_there(&self, state: &State) -> Result<(), Trouble> {
        let sinks = self.sinks.load(std::sync::atomic::Ordering::Acquire);
        let (sender, batch) = open(state);
        if batch.outputs.len() < sinks {
            return Ok(());
        }
        // The next attempt has another producer: nothing is told there of these records.
        match sender.wait_for_one_failure()?.first {
            Some(failure) => Err(failure.into()),
            None => Ok(()),
        }
    }

    /// Commits, and makes sure what the outcome is: an error means that the batch is not committed.
    pub(super) fn commit_open(&self, state: &mut State, number: u64) -> Result<(), Fault> {
        let mut attempt = 1;
        loop {
            let Err(trouble) = self.end(state) else {
                return Ok(());
            };
            tracing::warn!(target: TARGET, "{}; asking whether batch {number} is committed", self.say(&trouble));
            // Also where the client says that the transaction failed: the brokers may have committed it all the same.
            let fenced = Self::is_fenced(state, &trouble);
            let last = if fenced {
                let topics = state.topics.clone();
                let _at = self.waits_for_batch();
                self.patiently(true, || self.marked(&topics))
            } else {
                self.settle(state, true)
            };
            let last = last.map_err(|trouble| self.fault(&trouble))?;
            if last == Some(number) {
                return Ok(());
            }
            if fenced || last.is_some_and(|last| last > number) {
                return Err(self.fence(state));
            }
            if trouble.is_final() || attempt == ATTEMPTS || self.is_stopped() {
                return Err(self.fault(&trouble));
            }
            attempt += 1;
            self.retrying(state, Self::write_again)?;
        }
    }

    fn end(&self, state: &State) -> Result<(), Trouble> {
        let (sender, batch) = open(state);
        // A broker that has just been started may forget to note in partitions that do not have a leader yet what is decided then. One that takes
        // the marker again has their leaders.
        if sender.is_disturbed() {
            self.marker.put(&sender.producer, &state.topics, batch.number)?;
        }
        let began = WallClock::machine();
        loop {
            let committed = sender
                .producer
                .call("the commit of a transaction", 2 * SLICE, |producer| {
                    producer.commit_transaction(SLICE)
                });
            let Err(error) = committed? else {
                return Ok(());
            };
            // It goes on in the background, and the same call waits for it.
            let goes_on = matches!(&error, KafkaError::Transaction(error) if error.is_retriable() && error.code() == Code::OperationTimedOut);
            if !goes_on || self.is_stopped() || began.elapsed() > self.timeout {
                return Err(error.into());
            }
        }
    }

    /// Aborts what is open, as well as that goes: what is not aborted now ends with the next producer of this id.
    pub(super) fn give_up(&self, state: &mut State) {
        if state.batch.take().is_some() {
            self.abort(state);
        }
    }

    fn abort(&self, state: &mut State) {
        let Some(sender) = state.sender.take() else {
            return;
        };
        let aborted = sender.producer.call("the abort of a transaction", SLICE, |producer| {
            producer.abort_transaction(SLICE)
        });
        if std::mem::take(&mut state.spoiled) {
            return;
        }
        let aborted = aborted.map_err(Trouble::from).and_then(|aborted| Ok(aborted?));
        // What was told of these records is not to be taken for news of the next ones.
        match aborted.and_then(|()| Ok(sender.wait()?)) {
            Ok(_) => state.sender = Some(sender),
            Err(trouble) => {
                let (id, why) = (&self.id, self.say(&trouble));
                tracing::info!(target: TARGET, why, "the transaction of `{id}` is aborted by the next one, or by the brokers");
            }
        }
    }

    /// A new producer, whose beginning ends the transaction before; then the marker says which batch was committed last.
    fn settle(&self, state: &mut State, insist: bool) -> Result<Option<u64>, Trouble> {
        state.sender = None;
        state.spoiled = false;
        let config = state.config.clone();
        let sender = self.patiently(insist, || {
            let sender = Sender::new(&config).map_err(|why| Trouble::Refused(why.into()))?;
            self.begin_with(&sender)?;
            Ok(sender)
        })?;
        let _at = self.waits_for_batch();
        let last = self.patiently(insist, || self.marked(&state.topics))?;
        state.sender = Some(sender);
        Ok(last)
    }

    /// The batch of this checkpoint that was committed last.
    fn marked(&self, topics: &BTreeSet<String>) -> Result<Option<u64>, Trouble> {
        Ok(self.marker.last(topics)?.map(|marked| marked.batch))
    }

    /// Registers the id: aborts what was left open under it.
    pub(super) fn begin_with(&self, sender: &Sender) -> Result<(), Trouble> {
        let began = WallClock::machine();
        let _at = self.waits_for(format!(
            "brokers of `{}` to begin the transactions of `{}`: what an earlier instance left open is aborted first",
            self.brokers, self.id
        ));
        loop {
            let ready = sender.producer.call("the beginning of a producer", SLICE, |producer| {
                producer.init_transactions(SLICE)
            });
            match ready? {
                Ok(()) => {
                    sender.forget_disturbances();
                    return Ok(());
                }
                Err(KafkaError::Transaction(error))
                    if error.is_retriable() && began.elapsed() < BEGINNING && !self.is_stopped() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// It waits for the answer of a marker.
    pub(super) fn waits_for_batch(&self) -> At {
        self.waits_for(format!(
            "brokers of `{}` to say which batch of `{}` was committed last: they wait for the end of a transaction that was left open",
            self.brokers, self.id
        ))
    }

    /// Asks until there is an answer. `insist`s where going on without one would be a guess: then only the end of the run, or being fenced, ends it.
    pub(super) fn patiently<T>(&self, insist: bool, mut ask: impl FnMut() -> Result<T, Trouble>) -> Result<T, Trouble> {
        let mut attempt = 1;
        loop {
            let trouble = match ask() {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let enough = !insist && (trouble.is_final() || attempt == ATTEMPTS);
            if enough || trouble.is_fenced() || self.is_stopped() {
                return Err(trouble);
            }
            tracing::info!(target: TARGET, "{}; trying again", self.say(&trouble));
            attempt += 1;
            std::thread::park_timeout(BETWEEN);
        }
    }

    fn is_fenced(state: &State, trouble: &Trouble) -> bool {
        let fatal = state
            .sender
            .as_ref()
            .and_then(|sender| sender.producer.client().fatal_error());
        trouble.is_fenced() || fatal.is_some_and(|(code, _)| super::trouble::fences(code))
    }

    /// Nothing can be written any more.
    fn fence(&self, state: &mut State) -> Fault {
        let age = state.batch.as_ref().map(|batch| batch.began.elapsed());
        let id = &self.id;
        let why = if age.is_some_and(|age| age >= self.timeout) {
            Fault::passing(format!(
                "the brokers have aborted the transaction of `{id}` on `{}`, because it was open for more than {} ms: start the pipeline again; \
                 if that happens often, write smaller batches or raise it with `.config(\"transaction.timeout.ms\", …)`",
                self.brokers,
                self.timeout.as_millis()
            ))
        } else {
            Fault::permanent(format!(
                "another instance with this checkpoint has taken over (transactional id `{id}` on `{}`): run one instance for each \
                 checkpoint directory, and give copies of the pipeline directories of their own",
                self.brokers
            ))
        };
        state.fenced = Some(why.clone());
        why
    }
}

fn batch(state: &State) -> &Batch {
    state.batch.as_ref().expect("a batch is open")
}

fn open(state: &State) -> (&Sender, &Batch) {
    (state.sender.as_ref().expect("a transaction has begun"), batch(state))
}

/// Behind the first records: the client waits for a millisecond before it asks the brokers to let their partitions take part, and this is done meanwhile.
/// The group's generation is read at the last moment, and the partitions looked at behind it.
fn offer_all(sender: &Sender, batch: &Batch) -> Result<(), Trouble> {
    for enlisted in &batch.enlisted {
        let (offsets, member) = enlisted.offer().map_err(Trouble::Refused)?;
        marker::offer(&sender.producer, offsets, member)??;
    }
    faults::point("offered");
    Ok(())
}
