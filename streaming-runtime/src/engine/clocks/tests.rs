use std::time::Duration;

use super::*;
use crate::outlet::Outlet;
use crate::plan::{Input, Operator};
use crate::source::Replay;
use crate::stage::Reads;
use crate::task::Tag;

static PLAN: Plan = Plan {
    name: "clicks",
    operators: &[
        operator("clicks", Role::Source, &[]),
        operator(
            "timed",
            Role::Time,
            &[Input {
                operator: 0,
                output: "",
            }],
        ),
    ],
};

const fn operator(name: &'static str, role: Role, inputs: &'static [Input]) -> Operator {
    Operator {
        name,
        kind: "",
        role,
        stage: 0,
        inputs,
        detail: "",
        line: 0,
        counted: false,
        stateful: false,
        fields: &[],
        was: &[],
        reset: None,
    }
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// One source with two partitions, and a clock.
struct Bench {
    clock: Arc<Clock>,
    clocks: Clocks,
    ledger: Ledger,
}

impl Bench {
    fn new(idle: Option<Duration>) -> Self {
        let reads = Reads {
            arms: 1,
            replay: Replay::None,
            grows: true,
            grouped: false,
        };
        let mut ledger = Ledger::new(&PLAN, &[(0, reads)], true);
        let clock = Clock::new(Duration::ZERO, idle, None);
        let clocks = Clocks::new(&PLAN, vec![(0, Arc::clone(&clock))], &ledger);
        for partition in 0..2 {
            ledger.added(0, partition, 0, format!("clicks/{partition}"), Duration::ZERO);
        }
        Self { clock, clocks, ledger }
    }

    /// A batch of one record in each of these partitions, with its event time where it gives one, and what waits behind it.
    fn batch(&mut self, now: u64, records: &[(u32, Option<i64>, u64)]) -> Vec<String> {
        let mut local = self.clock.open();
        for (partition, at, lag) in records {
            self.ledger.arrived(0, *partition, seconds(now));
            self.ledger.read(0, *partition, 1, Some(*lag), seconds(now));
            assert!(at.is_none_or(|at| local.see(at)));
            self.clock.end_chunk(
                &mut local,
                Tag {
                    partition: *partition,
                    chunk: 0,
                },
            );
        }
        self.clock.give_back(local);
        self.ledger.close_at(seconds(now));
        self.clocks.advance(0, &self.ledger);
        self.clocks.doubts(&self.ledger, seconds(now))
    }
}

#[test]
fn a_partition_without_event_times_is_named_once_and_in_time() {
    let mut bench = Bench::new(None);
    let mut said = Vec::new();
    for now in 0..30 {
        let at = Some(i64::try_from(now).unwrap());
        let texts = bench.batch(now, &[(0, at, 0), (1, None, 0)]);
        said.extend(texts.into_iter().map(|text| (now, text)));
    }
    let [(at, text)] = said.as_slice() else {
        panic!("once for one cause: {said:#?}")
    };
    assert!(*at < 10);
    assert!(
        text.starts_with(
            "no window can close: `event_time` of `timed` waits for partitions of which it has seen no event time: `clicks/1`; with `idle = 30s` in"
        ),
        "{text}"
    );
}

#[test]
fn a_stream_without_event_times_is_told() {
    let mut bench = Bench::new(None);
    let said: Vec<String> = (0..30).flat_map(|now| bench.batch(now, &[(0, None, 0)])).collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].contains("was given no event time that counts, although 7 records were read"),
        "{said:#?}"
    );
}

#[test]
fn a_partition_that_falls_silent_is_named() {
    let mut bench = Bench::new(Some(seconds(60)));
    assert!(bench.batch(0, &[(0, Some(1_000), 0), (1, Some(1_000), 0)]).is_empty());
    let said: Vec<String> = (1..30)
        .flat_map(|now| bench.batch(now, &[(0, Some(i64::try_from(now).unwrap() * 5_000), 0), (1, None, 4)]))
        .collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    let begin = "no window after 1970-01-01T00:00:01Z can close: `event_time` of `timed` waits for `clicks/1` (4 records behind), which gives no event time \
                 any more while others do; `idle = 60s` has it";
    assert!(said[0].starts_with(begin), "{said:#?}");
}

#[test]
fn nothing_is_said_where_nothing_is_read_and_where_time_goes_on() {
    let mut bench = Bench::new(None);
    assert!(bench.batch(0, &[(0, Some(1), 0), (1, Some(1), 0)]).is_empty());
    for now in 1..30 {
        assert!(bench.batch(now, &[]).is_empty(), "a quiet night");
    }
    for now in 30..60 {
        let at = Some(i64::try_from(now).unwrap());
        assert!(bench.batch(now, &[(0, at, 0), (1, at, 0)]).is_empty());
    }
}

#[test]
fn a_partition_that_lags_behind_is_waited_for_until_it_has_caught_up() {
    let mut bench = Bench::new(Some(seconds(5)));
    // 40 records wait at first, and one is read a second, of which none counts; one more comes every second.
    for now in 0..60 {
        bench.batch(now, &[(0, Some(i64::try_from(now).unwrap()), 0), (1, None, 40)]);
        assert_eq!(bench.clock.watermark(), i64::MIN, "after {now} s");
    }
    // All that was there at 60 s is read when 40 more are, which takes no time now.
    for _ in 0..40 {
        bench.batch(60, &[(1, None, 0)]);
    }
    bench.batch(61, &[(0, Some(61), 0)]);
    assert_eq!(bench.clock.watermark(), 61);
}

#[test]
fn a_chunk_that_waits_for_a_batch_keeps_its_partition_from_being_idle() {
    let mut bench = Bench::new(Some(seconds(5)));
    bench.batch(0, &[(0, Some(1), 0), (1, Some(1), 0)]);
    bench.ledger.caught_up(0, 1, seconds(0));
    bench.ledger.arrived(0, 1, seconds(1));
    bench.batch(9, &[(0, Some(9), 0)]);
    assert_eq!(bench.clock.watermark(), 1, "what waits there since 1 s may hold times");
    bench.ledger.read(0, 1, 1, Some(0), seconds(9));
    bench.batch(9, &[(0, Some(9), 0)]);
    assert_eq!(bench.clock.watermark(), 9);
}

#[test]
fn a_watermark_from_the_future_is_set_back_when_a_pipeline_resumes() {
    let kept = |watermark, seen: &[(&str, i64)]| ClockMeta {
        name: "timed".to_owned(),
        watermark,
        seen: seen
            .iter()
            .map(|(label, at)| ("clicks".to_owned(), (*label).to_owned(), *at))
            .collect(),
    };
    let wall = 1_800_000_000_000;
    let restore = |kept: ClockMeta| {
        let mut bench = Bench::new(None);
        let said = bench.clocks.restore(&[kept], &bench.ledger, wall, None);
        (bench.clock.watermark(), said)
    };
    let far = 1_700_000_000_000_000;
    let (watermark, said) = restore(kept(far, &[("clicks/0", far), ("clicks/1", 5_000)]));
    assert_eq!(watermark, 5_000);
    assert!(
        said[0].contains("is set back to 1970-01-01T00:00:05Z: ")
            && said[0].contains("an event time from the future has set it"),
        "{said:?}"
    );
    assert_eq!(restore(kept(far, &[("clicks/0", far)])).0, i64::MIN);
    assert_eq!(restore(kept(wall, &[("clicks/0", wall)])), (wall, Vec::new()));
    assert_eq!(
        restore(kept(i64::MAX, &[])),
        (i64::MAX, Vec::new()),
        "the end of all sources"
    );
}

#[test]
fn a_watermark_is_set_back_to_where_the_user_says() {
    let kept = |watermark: i64, seen: &[(&str, i64)]| ClockMeta {
        name: "timed".to_owned(),
        watermark,
        seen: seen
            .iter()
            .map(|(label, at)| ("clicks".to_owned(), (*label).to_owned(), *at))
            .collect(),
    };
    let restore = |kept: ClockMeta, reset: i64| {
        let mut bench = Bench::new(None);
        let said = bench
            .clocks
            .restore(&[kept], &bench.ledger, 1_800_000_000_000, Some(reset));
        (bench.clock.watermark(), said)
    };
    let (watermark, said) = restore(kept(9_000, &[("clicks/0", 9_000), ("clicks/1", 5_000)]), 6_000);
    assert_eq!(watermark, 5_000);
    assert_eq!(
        said,
        [
            "the watermark of `timed` in the checkpoint, 1970-01-01T00:00:09Z, is set back to 1970-01-01T00:00:05Z: `reset_watermark` asks for no \
             event time after 1970-01-01T00:00:06Z; windows that it closed too early may be emitted once more, with the records that come now"
        ]
    );
    let (watermark, said) = restore(kept(9_000, &[("clicks/0", 9_000)]), 6_000);
    assert_eq!(watermark, i64::MIN, "nothing is known of the only partition");
    assert!(said[0].contains("is set back to none: "), "{said:?}");
    assert_eq!(restore(kept(5_000, &[("clicks/0", 5_000)]), 6_000), (5_000, Vec::new()));
}

#[test]
fn event_times_in_another_unit_are_told_once() {
    let wall = 1_764_000_000_000;
    let told = |first: i64| {
        let mut bench = Bench::new(None);
        assert_eq!(
            bench.clocks.wrong_units(wall),
            Vec::<String>::new(),
            "nothing is known yet"
        );
        bench.batch(0, &[(0, Some(first), 0), (1, Some(first - 7), 0)]);
        let said = bench.clocks.wrong_units(wall);
        bench.batch(1, &[(0, Some(first + 1), 0)]);
        assert_eq!(
            bench.clocks.wrong_units(wall),
            Vec::<String>::new(),
            "it was said before"
        );
        said.concat()
    };
    assert_eq!(
        told(1_764_000_000),
        "the event times of `timed` look like seconds: multiply by 1,000 in `event_time`, as in `.event_time(|record| record.at * 1_000, …)`: as \
         milliseconds, the first ones, up to 1764000000, are of 1970-01-21T10:00:00Z"
    );
    assert!(told(1_764_000_000_000_000).contains("microseconds: divide by 1,000 in `event_time`"));
    assert!(told(1_764_000_000_000_000_000).contains("nanoseconds: divide by 1,000,000 in `event_time`"));
    for right in [
        wall,
        wall - 5 * 365 * 86_400_000,
        0,
        5_000,
        946_684_800_000,
        -62_000_000_000,
    ] {
        assert_eq!(told(right), "", "{right}");
    }
}
