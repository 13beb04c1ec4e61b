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
fn windows_with_an_offset_start_there_before_the_epoch_and_after() {
    let starts = |window: Tumbling| [-11, -7, -1, 0, 2, 3, 9, 13].map(|at| window.start(at));
    assert_eq!(
        starts(tumbling(10).later(Duration::from_millis(3))),
        [-17, -7, -7, -7, -7, 3, 3, 13]
    );
    assert_eq!(
        starts(tumbling(10).earlier(Duration::from_millis(7))),
        starts(tumbling(10).later(Duration::from_millis(3)))
    );
    assert_eq!(tumbling(10).earlier(Duration::ZERO), tumbling(10));
}

#[test]
#[should_panic(expected = "the offset of a window, 10 ms, must be shorter than the window, 10 ms")]
fn an_offset_of_a_whole_window_is_refused() {
    let _ = tumbling(10).earlier(Duration::from_millis(10));
}

#[test]
fn windows_with_an_offset_hold_at_the_ends_of_time() {
    for window in [
        tumbling(1000).later(Duration::from_millis(1)),
        tumbling(1000).earlier(Duration::from_millis(1)),
    ] {
        assert_eq!(window.start(i64::MIN), i64::MIN);
        assert_eq!(window.end(window.start(i64::MAX)), i64::MAX);
    }
    let forever = Tumbling::new(Duration::MAX).earlier(Duration::from_millis(1));
    assert_eq!(forever.start(0), -1);
}

#[test]
#[should_panic(expected = "a window is at least one millisecond long")]
fn a_window_without_length_is_refused() {
    let _ = tumbling(0);
}

proptest! {
    #[test]
    fn a_window_holds_its_times(at: i64, size in 1u64..=1 << 40, offset: u64, earlier: bool) {
        let offset = Duration::from_millis(offset % size);
        let window = if earlier { tumbling(size).earlier(offset) } else { tumbling(size).later(offset) };
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
