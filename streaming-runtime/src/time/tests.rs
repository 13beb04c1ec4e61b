use std::time::SystemTime;

use proptest::prelude::*;

use super::*;

fn tumbling(millis: u64) -> Tumbling {
    Tumbling::new(Duration::from_millis(millis))
}

#[test]
fn windows_are_aligned_to_the_epoch_before_it_and_after() {
    let window = tumbling(10);
    let starts = [-11, -10, -1, 0, 9, 10].map(|at| window.start(at));
    assert_eq!(starts, [-20, -10, -10, 0, 0, 10]);
    assert_eq!(window.end(-10), 0);
}

#[test]
#[should_panic(expected = "a window is at least one millisecond long")]
fn a_window_without_length_is_refused() {
    let _ = tumbling(0);
}

proptest! {
    #[test]
    fn a_window_holds_its_times(at: i64, size in 1u64..=1 << 40) {
        let window = tumbling(size);
        let start = window.start(at);
        prop_assert!(start <= at);
        prop_assert!(at < window.end(start) || at == i64::MAX);
        let far_from_the_ends = (i64::MIN / 2..i64::MAX / 2).contains(&at);
        prop_assert!(!far_from_the_ends || window.start(start) == start);
        prop_assert!(!far_from_the_ends || window.start(window.end(start)) == window.end(start));
    }
}

#[test]
fn windows_at_the_ends_of_time_do_not_overflow() {
    let window = tumbling(1000);
    assert_eq!(window.start(i64::MIN), i64::MIN);
    assert!(window.end(i64::MIN) > i64::MIN);
    assert_eq!(window.end(window.start(i64::MAX)), i64::MAX);
    let forever = Tumbling::new(Duration::MAX);
    assert_eq!((forever.start(5), forever.end(0)), (0, i64::MAX));
}

#[test]
fn times_of_all_kinds_are_epoch_milliseconds() {
    let before = SystemTime::UNIX_EPOCH - Duration::from_millis(7);
    assert_eq!(before.epoch_millis(), -7);
    assert_eq!((SystemTime::UNIX_EPOCH + Duration::from_secs(2)).epoch_millis(), 2000);
    assert_eq!((5u64.epoch_millis(), u64::MAX.epoch_millis()), (5, i64::MAX));
    assert_eq!((&-3i64).epoch_millis(), -3);
}

/// A clock, and what happens to it, batch by batch.
struct Bench(Arc<Clock>);

impl Bench {
    fn new(max_delay: u64, idle: Option<u64>) -> Self {
        Self(Clock::new(
            Duration::from_millis(max_delay),
            idle.map(Duration::from_millis),
        ))
    }

    /// One worker sees these times, in chunks of these partitions.
    fn see(&self, chunks: &[(u32, &[i64])]) {
        let mut local = self.0.open();
        for (chunk, (partition, times)) in (0..).zip(chunks) {
            times.iter().for_each(|at| local.see(*at));
            let partition = *partition;
            self.0.end_chunk(&mut local, Tag { partition, chunk });
        }
        self.0.give_back(local);
    }

    fn close(&self, partitions: &[PartitionState]) -> i64 {
        self.0.advance(partitions, false)
    }
}

fn busy(partition: u32) -> PartitionState {
    PartitionState { partition, quiet: None }
}

fn quiet(partition: u32, millis: u64) -> PartitionState {
    PartitionState {
        partition,
        quiet: Some(Duration::from_millis(millis)),
    }
}

#[test]
fn the_slowest_partition_sets_the_watermark() {
    let clock = Bench::new(10, None);
    assert_eq!(clock.close(&[busy(0)]), i64::MIN);
    clock.see(&[(0, &[100, 300, 200]), (1, &[50])]);
    clock.see(&[(1, &[70, 60])]);
    assert_eq!(clock.close(&[busy(0), busy(1)]), 60);
    clock.see(&[(1, &[500])]);
    assert_eq!(clock.close(&[busy(0), busy(1)]), 290);
}

#[test]
fn a_partition_that_was_never_seen_holds_the_watermark_back() {
    let clock = Bench::new(0, None);
    clock.see(&[(0, &[100])]);
    assert_eq!(clock.close(&[busy(0), quiet(1, 1_000_000)]), i64::MIN);
}

#[test]
fn the_watermark_never_goes_back() {
    let clock = Bench::new(0, None);
    clock.see(&[(0, &[100])]);
    assert_eq!(clock.close(&[busy(0)]), 100);
    clock.see(&[(0, &[50]), (1, &[20])]);
    assert_eq!(clock.close(&[busy(0), busy(1)]), 100);
    assert_eq!(clock.close(&[]), 100);
}

#[test]
fn idle_partitions_are_not_waited_for() {
    let clock = Bench::new(0, Some(1000));
    clock.see(&[(0, &[100]), (1, &[40])]);
    assert_eq!(clock.close(&[busy(0), quiet(1, 999)]), 40);
    assert_eq!(clock.close(&[busy(0), quiet(1, 1000)]), 100);
}

#[test]
fn when_all_are_idle_the_fastest_sets_the_watermark() {
    let clock = Bench::new(0, Some(1000));
    clock.see(&[(0, &[100]), (1, &[40])]);
    assert_eq!(clock.close(&[quiet(0, 5000), quiet(1, 5000)]), 100);
}

#[test]
fn a_removed_partition_counts_once_more() {
    let clock = Bench::new(0, None);
    clock.see(&[(0, &[100]), (1, &[40])]);
    assert_eq!(
        clock.close(&[busy(0)]),
        40,
        "partition 1 was read to its end within this batch"
    );
    assert_eq!(clock.close(&[busy(0)]), 100);
    clock.see(&[(2, &[150])]);
    assert_eq!(clock.close(&[]), 100, "partition 0 is gone as well, and counts");
    clock.see(&[(3, &[160]), (4, &[170])]);
    assert_eq!(clock.close(&[]), 160, "a batch of whole files");
    assert!(
        clock.0.seen.lock().unwrap().is_empty(),
        "nothing is kept of what is gone"
    );
}

#[test]
fn the_end_closes_every_window() {
    let clock = Bench::new(1000, None);
    clock.see(&[(0, &[5])]);
    assert_eq!(clock.0.advance(&[busy(0)], true), i64::MAX);
    assert!(tumbling(10).end(i64::MAX) <= clock.0.watermark());
}

#[test]
fn what_a_failed_batch_saw_is_forgotten() {
    let clock = Bench::new(0, None);
    clock.see(&[(0, &[100])]);
    clock.0.discard();
    assert_eq!(clock.close(&[busy(0)]), i64::MIN);
}

#[test]
fn a_delay_at_the_end_of_time_does_not_overflow() {
    let clock = Bench::new(u64::MAX, None);
    clock.see(&[(0, &[i64::MIN + 1])]);
    assert_eq!(clock.close(&[busy(0)]), i64::MIN);
}

#[test]
fn several_clocks_have_the_lowest_watermark() {
    let (a, b) = (Bench::new(0, None), Bench::new(0, None));
    a.see(&[(0, &[7])]);
    b.see(&[(0, &[3])]);
    a.close(&[busy(0)]);
    b.close(&[busy(0)]);
    assert_eq!(watermark(&[Arc::clone(&a.0), Arc::clone(&b.0)]), 3);
    assert_eq!(watermark(&[]), i64::MIN);
}
