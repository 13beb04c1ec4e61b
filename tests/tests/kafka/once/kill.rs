//! Pipelines that are killed at any moment, again and again, while their broker goes and comes back and members join and leave: every record
//! counts once.
//!
//! `STREAMING_KILLS` says how often in each test; `STREAMING_SEED` repeats the choices of a run that failed.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Deserialize;
use streaming_tests::random::Random;
use test_services::kafka::{Kafka, Message};

use super::instance::{visible, visible_now};
use super::member::{Member, Plan};
use crate::reader::PATIENCE;

const PARTITIONS: i32 = 4;

/// How often an instance is killed, where the environment does not say.
const KILLS: u64 = 15;

/// Choices that are the same for the same seed.
struct Choices(Random);

impl Choices {
    fn new(test: &str) -> Self {
        let seed = number("STREAMING_SEED").unwrap_or_else(|| RandomState::new().hash_one(test));
        println!("{test}: STREAMING_SEED={seed}");
        Self(Random::new(seed))
    }

    /// Less than `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0.below(limit)
    }
}

pub(super) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn kills() -> u64 {
    number("STREAMING_KILLS").unwrap_or(KILLS)
}

/// What a member says then: Kafka 4.3 can forget, when it is killed, the end of a transaction that it has decided and not yet noted in partitions
/// without a second replica. Readers wait there until the next transaction of that producer ends.
const FORGOTTEN: &str = "hold back what group";

/// Whether the broker is killed in a round, too: not in the last ones, so that some transactions follow.
fn bounces(round: u64) -> bool {
    round % 5 == 4 && round + 5 < kills()
}

/// A cluster, what is written to it, and the instances that work on it.
pub(super) struct Scene {
    pub(super) brokers: Kafka,
    /// Where members find them.
    address: String,
    directory: tempfile::TempDir,
    choices: Choices,
    pub(super) written: u64,
    pub(super) kills: u64,
    bounces: u64,
    freezes: u64,
    stops: u64,
}

impl Scene {
    pub(super) fn new(test: &str) -> Self {
        let brokers = Kafka::start().unwrap();
        let address = brokers.bootstrap().to_owned();
        Self::with(test, brokers, address)
    }

    /// One in which members find their broker at this address.
    pub(super) fn with(test: &str, brokers: Kafka, address: String) -> Self {
        brokers.create_topic("in", 4).unwrap();
        brokers.create_topic("out", 4).unwrap();
        Self {
            brokers,
            address,
            directory: tempfile::tempdir().unwrap(),
            choices: Choices::new(test),
            written: 0,
            kills: 0,
            bounces: 0,
            freezes: 0,
            stops: 0,
        }
    }

    pub(super) fn member(&self, mode: &'static str, name: &str) -> Member {
        let directory = self.directory.path().join(name);
        Plan::new(mode, &self.address, "in", "out").member(Path::new(&directory))
    }

    /// Writes on, for up to about three seconds: mostly longer than the group waits for a member that was killed. The last records are then
    /// probably at work.
    pub(super) fn produce_for_a_while(&mut self, message: impl Fn(u64) -> String) {
        for left in (0..10 + self.choices.below(15)).rev() {
            self.produce(&message);
            // The moments at which instances are killed are to be any, of a batch rather than between batches.
            let pause = if left == 0 { 60 } else { 150 };
            std::thread::sleep(Duration::from_millis(self.choices.below(pause)));
        }
    }

    /// A choice of this many.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.choices.below(limit)
    }

    /// Writes a hundred records.
    pub(super) fn produce(&mut self, message: impl Fn(u64) -> String) {
        let numbers = self.written..self.written + 100;
        self.written = numbers.end;
        let messages = numbers.map(|n| {
            let partition = i32::try_from(n % 4).expect("small");
            Message::new(message(n)).partition(partition % PARTITIONS)
        });
        self.brokers.produce("in", messages).unwrap();
    }

    pub(super) fn kill(&mut self, member: &mut Member) {
        member.kill();
        self.kills += 1;
    }

    fn bounce(&mut self) {
        self.brokers.kill().unwrap();
        self.brokers.restart().unwrap();
        self.bounces += 1;
    }

    /// Keeps the members running until there is as much as wanted. `None` where a broker that was killed has forgotten what a member needs.
    fn until(&self, members: &mut [Member], wanted: usize) -> Option<Vec<String>> {
        let begun = Instant::now();
        loop {
            members.iter_mut().for_each(Member::start);
            let values = visible_now(&self.brokers, "out");
            let different = values.iter().collect::<BTreeSet<_>>().len();
            if different >= wanted {
                return Some(values);
            }
            let forgotten = |member: &Member| member.ended.iter().any(|error| error.contains(FORGOTTEN));
            if self.bounces > 0 && members.iter().any(forgotten) {
                assert_eq!(different, values.len(), "something is there twice");
                println!("the broker has forgotten the end of a transaction: {different} of {wanted} are looked at");
                return None;
            }
            if begun.elapsed() > 2 * PATIENCE {
                let [input, output] = ["in", "out"].map(|topic| self.brokers.ends(topic).unwrap());
                for member in &*members {
                    println!("{}\nended: {:#?}", member.said(), member.ended);
                }
                panic!(
                    "{different} of {wanted} different records, {} in all; in: {input:?}; out: {output:?}",
                    values.len()
                );
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub(super) fn report(&self, test: &str, members: &[Member]) {
        let ended: Vec<_> = members.iter().flat_map(|member| &member.ended).collect();
        println!(
            "{test}: {} kills, {} bounces of the broker, {} stops in good order, {} freezes, {} records in, {} ends with an error: {ended:#?}",
            self.kills,
            self.bounces,
            self.stops,
            self.freezes,
            self.written,
            ended.len()
        );
    }
}

/// Every record once, in the end.
pub(super) fn assert_copied(scene: &Scene, members: &mut [Member]) {
    let wanted = usize::try_from(scene.written).expect("small");
    if scene.until(members, wanted).is_none() {
        return;
    }
    members.iter_mut().for_each(Member::stop);
    // Also what the members did on their way out counts.
    let values = visible(&scene.brokers, "out");
    let expected: Vec<_> = (0..scene.written).map(line).collect();
    let mut times = BTreeMap::new();
    for value in &values {
        *times.entry(value).or_insert(0) += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).take(10).collect();
    assert!(
        twice.is_empty(),
        "{} records of {}: {twice:?}",
        values.len(),
        expected.len()
    );
    assert!(values == expected, "{} records of {}", values.len(), expected.len());
}

pub(super) fn line(n: u64) -> String {
    format!("{n:08}")
}

#[test]
fn an_instance_without_state_is_killed_at_any_moment() {
    let test = "copy";
    let mut scene = Scene::new(test);
    let mut member = scene.member("copy", "a");
    for round in 0..kills() {
        member.start();
        scene.produce_for_a_while(line);
        if bounces(round) {
            scene.bounce();
            scene.produce_for_a_while(line);
        }
        scene.kill(&mut member);
    }
    let mut members = [member];
    assert_copied(&scene, &mut members);
    scene.report(test, &members);
}

#[test]
fn members_join_leave_and_are_killed() {
    let test = "members";
    let mut scene = Scene::new(test);
    let mut members = ["a", "b", "c"].map(|name| scene.member("copy", name));
    members.iter_mut().for_each(Member::start);
    for round in 0..kills() {
        scene.produce_for_a_while(line);
        let chosen = usize::try_from(scene.choices.below(3)).expect("small");
        match scene.choices.below(6) {
            0 => {
                members[chosen].stop();
                scene.stops += 1;
            }
            1 => members[chosen].start(),
            // Longer than its session, sometimes: then others have its partitions when it goes on.
            2 | 3 => {
                members[chosen].freeze(Duration::from_millis(500 + scene.choices.below(2500)));
                scene.freezes += 1;
            }
            _ => scene.kill(&mut members[chosen]),
        }
        if bounces(round) {
            scene.bounce();
            // At least now and then all work.
            members.iter_mut().for_each(Member::start);
        }
    }
    assert_copied(&scene, &mut members);
    scene.report(test, &members);
}

#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
struct Count {
    key: u64,
    from: i64,
    n: u64,
}

#[test]
fn an_instance_with_state_is_killed_at_any_moment() {
    let test = "count";
    let mut scene = Scene::new(test);
    let mut member = scene.member("count", "a");
    for round in 0..kills() {
        member.start();
        scene.produce_for_a_while(tick);
        if bounces(round) {
            scene.bounce();
            scene.produce_for_a_while(tick);
        }
        scene.kill(&mut member);
    }
    let mut members = [member];
    assert_counted(&mut scene, &mut members);
    scene.report(test, &members);
}

/// Every partition's records are in order, 10 ms apart; the partitions are read at their own pace.
pub(super) fn tick(n: u64) -> String {
    format!(r#"{{"key":{},"at":{}}}"#, n / 4 % 7, n / 4 * 10)
}

/// Every window once, with all its records.
pub(super) fn assert_counted(scene: &mut Scene, members: &mut [Member]) {
    let mut expected: BTreeMap<(u64, i64), u64> = BTreeMap::new();
    for n in 0..scene.written {
        let at = i64::try_from(n / 4 * 10).expect("small");
        *expected.entry((n / 4 % 7, at / 1000 * 1000)).or_insert(0) += 1;
    }
    // Time goes on in every partition, so that all of these windows fire.
    let end = scene.written * 10;
    let last = (0..PARTITIONS).map(|partition| Message::new(format!(r#"{{"key":7,"at":{end}}}"#)).partition(partition));
    scene.brokers.produce("in", last).unwrap();
    let Some(values) = scene.until(members, expected.len()) else {
        return;
    };
    members.iter_mut().for_each(Member::stop);
    let counts: Vec<Count> = values
        .iter()
        .map(|value| serde_json::from_str(value).unwrap())
        .collect();
    let mut counts: Vec<_> = counts
        .into_iter()
        .map(|count| ((count.key, count.from), count.n))
        .collect();
    counts.sort_unstable();
    let expected: Vec<_> = expected.into_iter().collect();
    let more: Vec<_> = counts.iter().filter(|count| !expected.contains(count)).collect();
    let missing: Vec<_> = expected.iter().filter(|count| !counts.contains(count)).collect();
    assert!(
        counts == expected,
        "{} windows of {}; not expected: {more:?}; missing: {missing:?}",
        counts.len(),
        expected.len()
    );
}
