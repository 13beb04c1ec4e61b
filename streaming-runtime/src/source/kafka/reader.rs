use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tokio::sync::{mpsc, oneshot};

use super::begin::{Beginnings, Unanswered};
use super::call::call;
use super::chunk::KafkaChunk;
use super::commit;
use super::context::Context;
use super::fetcher::{Fetcher, Told};
use super::fill::Limits;
use super::leaving::Rules;
use super::offsets::Place;
use super::partition::Partition;
use super::position::KafkaPosition;
use super::queue::Queues;
use super::shared::Shared;
use super::{Enlisted, Kafka, config, lag, open};
use crate::clock::WallClock;
use crate::kafka::fault::Fault;
use crate::kafka::readers::Reading;
use crate::kafka::transaction::Transaction;
use crate::kafka::trouble::say;
use crate::run::Act;
use crate::run::Run;
use crate::source::{Event, Fetched, Open};

/// Messages of a chunk at most: few enough that partitions are read side by side, and that a batch holds about as much time of each; many enough
/// that handing them over costs nothing.
const CHUNK_ROWS: usize = 4096;
/// As many as fill so many chunks of the pipeline's may wait to be taken; more wait in librdkafka, as they were received.
const CHUNKS_AHEAD: usize = 4;
/// How often, and after how long, offsets that others wait for are committed again while the group is shared out anew.
const ATTEMPTS: usize = 50;
const BETWEEN: Duration = Duration::from_millis(100);
/// How often it is asked before the group is joined whether all partitions can be begun.
const CHECKS: usize = 5;
/// How long the brokers may take to say which cluster they are.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the thread may take to leave the group, before it is left behind.
const LEAVING: Duration = Duration::from_secs(20);

/// An open source: the near end of the [`Fetcher`]'s thread.
pub(super) struct Reader {
    shared: Arc<Shared>,
    told: mpsc::UnboundedReceiver<Told>,
    consumer: Weak<BaseConsumer<Context>>,
    /// What commits the offsets, where a sink writes in transactions on the same brokers.
    transaction: Option<Arc<Transaction>>,
    /// Ends when the thread has left the group.
    left: oneshot::Receiver<()>,
    /// The partitions that were added, by number, as long as something of them may be committed.
    partitions: HashMap<u32, Arc<Partition>>,
    /// Positions that could not be committed yet.
    uncommitted: BTreeMap<u32, i64>,
    ended: bool,
    /// Keeps other sources of the run from reading the same.
    _reading: Reading,
}

opaque_debug!([] Reader<>);

/// What the thread needs to begin.
struct Plan {
    config: ClientConfig,
    run: Arc<Run>,
    topics: Vec<String>,
    brokers: String,
    bounded: bool,
    limits: Limits,
    beginnings: Beginnings,
    left: oneshot::Sender<()>,
}

impl Reader {
    pub(super) async fn open(source: &Kafka, open: Open<KafkaPosition>) -> Result<Self, Fault> {
        let config = config::consumer(source, &open.run)?;
        let group = config::group(source, open.run.pipeline()).to_owned();
        let reading = open.run.kafka_readers().add(&source.brokers, &group, &source.topics)?;
        let (leave, left) = oneshot::channel();
        let plan = Plan {
            left: leave,
            config,
            run: Arc::clone(&open.run),
            topics: source.topics.clone(),
            brokers: source.brokers.clone(),
            bounded: open.bounded,
            limits: Limits {
                rows: open.chunk_rows.clamp(1, CHUNK_ROWS),
                bytes: open.chunk_bytes.max(1),
            },
            beginnings: Beginnings {
                group,
                start: source.start.clone(),
                resume: open.resume.into_iter().collect(),
                together: false,
                accompanied: false,
                anew: open.run.begins_anew(),
                known: BTreeSet::new(),
                run: Arc::clone(&open.run),
            },
        };
        let ahead = |limit: usize| limit.max(1).saturating_mul(CHUNKS_AHEAD) as u64;
        let shared = Arc::new(Shared::new(ahead(open.chunk_rows), ahead(open.chunk_bytes)));
        let (tell, told) = mpsc::unbounded_channel();
        let (opened, opening) = oneshot::channel();
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(format!("kafka-{}", open.run.pipeline()))
            .spawn(move || fetch(plan, &theirs, tell, opened))
            .map_err(|e| Fault::passing(format!("cannot start a thread for kafka: {e}")))?;
        let mut reader = Self {
            shared,
            told,
            consumer: Weak::new(),
            transaction: None,
            left,
            partitions: HashMap::new(),
            uncommitted: BTreeMap::new(),
            ended: false,
            _reading: reading,
        };
        (reader.consumer, reader.transaction) = opening.await.map_err(|_| gone())??;
        Ok(reader)
    }

    /// The next event. Between two polls nothing is held here but the channel, so that the future may be dropped.
    pub(super) async fn next(&mut self) -> Result<Event<KafkaChunk, KafkaPosition>, Fault> {
        if self.ended {
            return Ok(Event::Ended);
        }
        loop {
            match self.told.recv().await {
                Some(Told::Added(partition)) => {
                    let (number, label) = (partition.number, partition.label.clone());
                    self.partitions.insert(number, partition);
                    return Ok(Event::Added {
                        partition: number,
                        label,
                    });
                }
                Some(Told::Begun(partition, next)) => {
                    return Ok(Event::Moved {
                        partition: partition.number,
                        next: partition.at(next),
                    });
                }
                Some(Told::Removed(partition)) => {
                    // What was handed out of it is still to be committed.
                    return Ok(Event::Removed {
                        partition: partition.number,
                    });
                }
                Some(Told::Chunk(partition, chunk, filled)) => {
                    self.shared.take(filled.rows, filled.bytes);
                    // Another member reads this.
                    if !partition.hand_out(filled.next) {
                        continue;
                    }
                    return Ok(Event::Chunk(Fetched {
                        partition: partition.number,
                        chunk,
                        rows: filled.rows,
                        bytes: filled.bytes,
                        next: partition.at(filled.next),
                        lag: partition.lag(filled.next),
                    }));
                }
                Some(Told::CaughtUp(partition)) if partition.is_leaving() => {}
                Some(Told::CaughtUp(partition)) => {
                    return Ok(Event::CaughtUp {
                        partition: partition.number,
                    });
                }
                Some(Told::Ended) => {
                    self.ended = true;
                    return Ok(Event::Ended);
                }
                Some(Told::Failed(fault)) => return Err(fault),
                None => return Err(gone()),
            }
        }
    }

    /// Has these positions put into the transaction of the batch.
    pub(super) fn enlist(&mut self, positions: &[(u32, KafkaPosition)]) -> Result<(), Fault> {
        let Some(transaction) = self.transaction.clone().filter(|_| !positions.is_empty()) else {
            return Ok(());
        };
        let named = |(number, next): &(u32, KafkaPosition)| match self.partitions.get(number) {
            // Where nothing was read, the position is where reading began: the group knows that, or it is for the next member to say.
            Some(partition) if !partition.is_begun() => None,
            Some(partition) => Some(Ok((Arc::clone(partition), next.offset))),
            None => Some(Err(Fault::passing(
                "a partition went to another member of the group before the batch that read it was written",
            ))),
        };
        let offsets: Vec<_> = positions.iter().filter_map(named).collect::<Result<_, _>>()?;
        if !offsets.is_empty() {
            transaction.enlist(Enlisted {
                consumer: self.consumer.clone(),
                offsets,
            });
        }
        Ok(())
    }

    /// Commits these positions, and those that could not be committed before, to the group, where no transaction has done so.
    pub(super) async fn commit(&mut self, positions: &[(u32, KafkaPosition)]) -> Result<(), Fault> {
        let is_begun = |number: &u32| {
            self.partitions
                .get(number)
                .is_some_and(|partition| partition.is_begun())
        };
        let begun = positions.iter().filter(|(number, _)| is_begun(number));
        self.uncommitted
            .extend(begun.map(|(number, next)| (*number, next.offset)));
        for attempt in 1.. {
            // What went to another member is theirs to commit: our position may be behind theirs.
            self.partitions.retain(|_, partition| !partition.is_revoked());
            self.uncommitted
                .retain(|number, _| self.partitions.contains_key(number));
            let offsets: Vec<_> = self
                .uncommitted
                .iter()
                .filter_map(|(number, next)| Some((Arc::clone(self.partitions.get(number)?), *next)))
                .collect();
            let is_awaited = offsets.iter().any(|(partition, _)| partition.is_leaving());
            if self.commit_all(offsets).await? || !is_awaited || attempt == ATTEMPTS {
                break;
            }
            // Other members wait for these partitions, and no other batch may come.
            tokio::time::sleep(BETWEEN).await;
        }
        Ok(())
    }

    /// False where it is to be done again later.
    async fn commit_all(&mut self, offsets: Vec<(Arc<Partition>, i64)>) -> Result<bool, Fault> {
        let Some(consumer) = self.consumer.upgrade().filter(|_| !offsets.is_empty()) else {
            return Ok(true);
        };
        if self.transaction.is_none() {
            let named = offsets
                .iter()
                .map(|(partition, next)| (&**partition, *next, &partition.note));
            let named =
                commit::offsets(named).map_err(|e| Fault::of(&e, format!("cannot name offsets: {}", say(&e))))?;
            let committed = tokio::task::spawn_blocking(move || commit::commit(&consumer, named)).await;
            if !committed.map_err(|e| Fault::permanent(format!("the thread that commits offsets is gone: {e}")))?? {
                return Ok(false);
            }
        }
        self.uncommitted.clear();
        for (partition, next) in offsets {
            partition.wrote(next);
        }
        self.shared.wake();
        Ok(true)
    }

    /// Leaves the group.
    pub(super) async fn close(mut self) {
        if !self.uncommitted.is_empty() {
            let committed = tokio::time::timeout(LEAVING, self.commit(&[])).await;
            let committed = committed
                .unwrap_or_else(|_| Err(Fault::passing(format!("the group did not take them in {LEAVING:?}"))));
            if let Err(error) = committed {
                tracing::warn!(target: "streaming_runtime::kafka", %error, "the last offsets are not committed");
            }
        }
        self.shared.stop();
        // Chunks that wait would keep the consumer.
        self.told.close();
        while self.told.try_recv().is_ok() {}
        // Never told anything: it ends when the other end is dropped.
        if tokio::time::timeout(LEAVING, &mut self.left).await.is_err() {
            tracing::warn!(
                target: "streaming_runtime::kafka",
                "the kafka client did not leave its group within {} s: it is left behind",
                LEAVING.as_secs()
            );
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

/// The thread has panicked.
fn gone() -> Fault {
    Fault::permanent("the kafka thread is gone")
}

/// What the source needs to know of the thread.
type Opened = (Weak<BaseConsumer<Context>>, Option<Arc<Transaction>>);

/// The thread: opens, says how that went, and fetches.
fn fetch(
    plan: Plan,
    shared: &Arc<Shared>,
    told: mpsc::UnboundedSender<Told>,
    opened: oneshot::Sender<Result<Opened, Fault>>,
) {
    shared.is_me();
    match begin(plan, shared, told) {
        Ok((fetcher, transaction)) => {
            let _ = opened.send(Ok((Arc::downgrade(&fetcher.consumer), transaction)));
            lag::watch(&fetcher.consumer, shared);
            fetcher.run();
        }
        Err(fault) => {
            let _ = opened.send(Err(fault));
        }
    }
}

/// Looks whether all partitions can be begun, before the group is joined: a pipeline that is refused disturbs nobody.
fn check(beginnings: &Beginnings, consumer: &Arc<BaseConsumer<Context>>, shared: &Shared) -> Result<(), Fault> {
    let _at = beginnings.waits_for_offsets();
    let places: Vec<_> = beginnings.known.iter().cloned().collect();
    let mut attempt = 1;
    loop {
        match beginnings.of(consumer, &places) {
            Err(Unanswered::Refused(why)) => return Err(why.into()),
            // The answer is not needed yet, and asked for again.
            Err(Unanswered::Kafka(_)) if attempt < CHECKS && !shared.is_stopped() => {}
            Ok(_) | Err(Unanswered::Kafka(_)) => return Ok(()),
        }
        attempt += 1;
        std::thread::park_timeout(BETWEEN);
    }
}

fn begin(
    plan: Plan,
    shared: &Arc<Shared>,
    told: mpsc::UnboundedSender<Told>,
) -> Result<(Fetcher, Option<Arc<Transaction>>), Fault> {
    let Plan {
        config,
        run,
        topics,
        brokers,
        bounded,
        limits,
        mut beginnings,
        left,
    } = plan;
    let consumer = Arc::new(open::connect(&config, shared)?);
    let places: Vec<Place> = open::partitions(&consumer, &topics, &brokers, shared, &run)?;
    open::warn_without_ids(&consumer, &topics, &brokers);
    let at = run.at(Act::For(format!("brokers of `{brokers}` to say where partitions end")));
    let ends = bounded.then(|| open::ends(&consumer, &places, shared)).transpose()?;
    drop(at);
    beginnings.known = places.into_iter().collect();
    let transaction = run.kafka().get();
    let cluster = transaction.is_some().then(|| {
        call(&consumer, "a question about the cluster", PATIENCE, |consumer| {
            Ok(consumer.client().fetch_cluster_id(PATIENCE))
        })
    });
    let cluster = cluster.and_then(Result::ok).flatten();
    let transaction = transaction.filter(|transaction| transaction.is_on(cluster.as_deref()));
    beginnings.together = transaction.is_some();
    beginnings.accompanied = run.is_new() && open::has_members(&consumer, &beginnings.group);
    beginnings.alone(beginnings.accompanied)?;
    check(&beginnings, &consumer, shared)?;
    let joining = run.at(Act::For(format!(
        "the group `{}` to hand out partitions: other members finish their batches first, and one that was killed counts until its \
         `session.timeout.ms` is over",
        beginnings.group
    )));
    let joined = call(&consumer, "joining the group", PATIENCE, move |consumer| {
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        consumer.subscribe(&names)
    });
    joined.map_err(|e| Fault::of(&e, format!("cannot join the group `{}`: {}", beginnings.group, say(&e))))?;
    let rules = Rules {
        patience: config::patience(&config),
        keeps_state: run.keeps_state(),
        checkpointed: run.checkpoint().is_some(),
    };
    let fetcher = Fetcher {
        consumer,
        shared: Arc::clone(shared),
        told,
        limits,
        beginnings,
        ends,
        assigned: Vec::new(),
        queues: Queues::default(),
        looked: WallClock::machine(),
        handshakes: 0,
        doubt: None,
        doubted: None,
        numbers: 0,
        joining: Some(joining),
        ended: false,
        left,
        changes: VecDeque::new(),
        leaving: None,
        suspended: Vec::new(),
        rules,
    };
    Ok((fetcher, transaction))
}
