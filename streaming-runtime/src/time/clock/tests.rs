use super::*;
use crate::time::Tumbling;

/// A clock, and what happens to it, batch by batch.
struct Bench(Arc<Clock>);

impl Bench {
    fn new(max_delay: u64, idle: Option<u64>) -> Self {
        Self(Clock::new(
            Duration::from_millis(max_delay),
            idle.map(Duration::from_millis),
            None,
        ))
    }

    /// One worker sees these times, in chunks of these partitions.
    fn see(&self, chunks: &[(u32, &[i64])]) {
        let mut local = self.0.open();
        for (chunk, (partition, times)) in (0..).zip(chunks) {
            times.iter().for_each(|at| assert!(local.see(*at)));
            let partition = *partition;
            self.0.end_chunk(&mut local, Tag { partition, chunk });
        }
        self.0.give_back(local);
    }

    fn close(&self, partitions: &[PartitionState]) -> i64 {
        self.close_at(0, partitions)
    }

    fn close_at(&self, now: u64, partitions: &[PartitionState]) -> i64 {
        self.0.advance(partitions, None, false, ms(now))
    }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A partition of which it is not known whether more is there.
fn busy(partition: u32) -> PartitionState {
    PartitionState {
        partition,
        added: Duration::ZERO,
        current: None,
    }
}

/// A partition of which everything is read that was there then.
fn read_up_to(partition: u32, millis: u64) -> PartitionState {
    PartitionState {
        current: Some(ms(millis)),
        ..busy(partition)
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
    let now = 1_000_000;
    assert_eq!(clock.close_at(now, &[busy(0), read_up_to(1, now)]), i64::MIN);
    assert_eq!(clock.0.standing().unseen, [1]);
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
    assert_eq!(clock.close_at(5, &[busy(0), read_up_to(1, 5)]), 40);
    assert_eq!(clock.close_at(1004, &[busy(0), read_up_to(1, 1004)]), 40);
    assert_eq!(clock.close_at(1005, &[busy(0), read_up_to(1, 1005)]), 100);
    assert_eq!(clock.0.standing().idle, 1);
}

#[test]
fn a_partition_that_is_read_and_gives_no_times_is_idle() {
    let clock = Bench::new(0, Some(1000));
    clock.see(&[(0, &[100])]);
    // Its last record came 300 ms ago, and was filtered out like the others.
    assert_eq!(clock.close_at(999, &[busy(0), read_up_to(1, 699)]), i64::MIN);
    assert_eq!(clock.close_at(1000, &[busy(0), read_up_to(1, 700)]), 100);
}

#[test]
fn a_partition_that_lags_behind_is_not_idle() {
    let clock = Bench::new(0, Some(1000));
    clock.see(&[(0, &[100])]);
    // What waits there was not looked at: it may hold times.
    assert_eq!(clock.close_at(9000, &[busy(0), read_up_to(1, 8000)]), i64::MIN);
    assert_eq!(clock.close_at(9000, &[busy(0), read_up_to(1, 8001)]), 100);
}

#[test]
fn a_partition_that_was_just_added_is_not_idle() {
    let clock = Bench::new(0, Some(1000));
    clock.see(&[(0, &[100])]);
    let new = PartitionState {
        added: ms(4500),
        ..read_up_to(1, 5000)
    };
    assert_eq!(clock.close_at(5000, &[busy(0), new]), i64::MIN);
    assert_eq!(clock.0.idle_in(&new, ms(5000)), Some(ms(500)));
}

#[test]
fn when_all_are_idle_the_fastest_sets_the_watermark() {
    let clock = Bench::new(0, Some(1000));
    clock.see(&[(0, &[100]), (1, &[40])]);
    assert_eq!(clock.close_at(1, &[]), 40, "both were read to their end");
    let clock = Bench::new(0, Some(1000));
    clock.see(&[(0, &[100]), (1, &[40])]);
    clock.close_at(1, &[busy(0), busy(1)]);
    assert_eq!(clock.close_at(5000, &[read_up_to(0, 5000), read_up_to(1, 5000)]), 100);
    assert_eq!(clock.0.standing().set_by, Some(0));
}

#[test]
fn a_time_from_the_future_does_not_move_the_watermark() {
    let clock = Clock::new(ms(10), None, Some(ms(1000)));
    clock.bound(5_000);
    let mut local = clock.open();
    assert!(local.see(6_000), "as far ahead as may be");
    assert!(!local.see(6_001));
    clock.bound(5_001);
    assert!(local.see(6_001), "time has passed");
    assert!(!local.see(i64::MAX));
    clock.end_chunk(&mut local, Tag { partition: 0, chunk: 0 });
    clock.give_back(local);
    assert_eq!(clock.advance(&[busy(0)], None, false, ms(0)), 5_991);
}

#[test]
fn without_a_limit_every_time_counts() {
    let clock = Clock::new(ms(0), None, Some(Duration::MAX));
    clock.bound(5_000);
    assert!(clock.open().see(i64::MAX));
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
    assert_eq!(clock.0.advance(&[busy(0)], None, true, ms(0)), i64::MAX);
    assert!(Tumbling::new(Duration::from_millis(10)).end(i64::MAX) <= clock.0.watermark());
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

#[test]
fn what_is_late_is_decided_when_the_batch_begins() {
    let clock = Bench::new(0, None);
    clock.see(&[(0, &[100])]);
    clock.close(&[busy(0)]);
    let clocks = [Arc::clone(&clock.0)];
    assert_eq!((watermark(&clocks), watermark_at_start(&clocks)), (100, i64::MIN));
    clock.0.begin();
    assert_eq!(watermark_at_start(&clocks), 100);
}

#[test]
fn a_clock_behind_an_aggregate_follows_the_highest_time() {
    let clock = Bench::new(10, None);
    clock.see(&[(5, &[100]), (7, &[40])]);
    assert_eq!(clock.0.advance_as_one(false), 90);
    assert_eq!(clock.0.advance_as_one(false), 90, "an empty batch changes nothing");
    assert_eq!(clock.0.advance_as_one(true), i64::MAX);
}

#[test]
fn a_partition_of_an_earlier_run_holds_the_watermark_back() {
    let clock = Bench::new(10, None);
    clock.see(&[(0, &[100])]);
    assert_eq!(clock.0.advance(&[busy(0)], Some(30), false, ms(0)), 20);
    assert_eq!(clock.0.advance(&[busy(0)], Some(130), false, ms(0)), 90);
    let idle = Bench::new(10, Some(5));
    idle.see(&[(0, &[100])]);
    assert_eq!(
        idle.0.advance(&[read_up_to(0, 9)], Some(30), false, ms(9)),
        20,
        "it is not idle itself"
    );
}
