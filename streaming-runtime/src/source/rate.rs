use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{Event, Fetched, Open, Slice, Source, SourceError, replay};
use crate::bench::{At, Rows};
use crate::clock::WallClock;

/// How often rows are made at rates above this many a second.
const MAX_TICKS_PER_SECOND: u64 = 100;

/// A record of [`rate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rate {
    /// Number of the record, from 0, without gaps.
    pub value: u64,
    /// When it was due, epoch milliseconds.
    pub at: i64,
}

/// `rate(rows_per_second)`: numbered records at a steady rate, for trials and measurements, lent as [`&Rate`](Rate).
///
/// The records of a second are spread evenly over it. Where the pipeline is too slow none are dropped: they come as fast as it takes
/// them, and their `at` stays the time when they were due. With [`count`](RateSource::count) the source ends behind that many records; a bounded run
/// needs it, and takes its time too. After a restart the numbers go on behind the last one that was written.
#[derive(Debug)]
pub struct RateSource {
    rows_per_second: u64,
    count: Option<u64>,
    chunk_rows: u64,
    announced: bool,
    pace: Option<Pace>,
    /// Value of the next record.
    next: u64,
    /// Every record before is due.
    due: u64,
}

/// Makes `rows_per_second` numbered records a second. See [`RateSource`].
///
/// ```
/// use streaming_runtime::source::rate;
/// let clicks = rate(1_000).count(60_000);
/// ```
#[must_use]
pub fn rate(rows_per_second: u64) -> RateSource {
    RateSource {
        rows_per_second,
        count: None,
        chunk_rows: 1,
        announced: false,
        pace: None,
        next: 0,
        due: 0,
    }
}

impl RateSource {
    /// Ends behind `count` records.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }
}

/// The pace since the source was opened.
#[derive(Debug)]
struct Pace {
    interval: Interval,
    rows_per_second: u64,
    ticks_per_second: u64,
    /// Ticks so far.
    ticks: u64,
    /// Value of the record that was due when the source was opened.
    first: u64,
    /// When that was, epoch milliseconds.
    opened: i64,
}

impl Pace {
    async fn start(rows_per_second: u64, first: u64) -> Self {
        let ticks_per_second = rows_per_second.min(MAX_TICKS_PER_SECOND);
        let mut interval = interval(Duration::from_secs(1) / u32::try_from(ticks_per_second).unwrap_or(u32::MAX));
        // Ticks that were missed come at once, one by one: so counting them is counting time.
        interval.set_missed_tick_behavior(MissedTickBehavior::Burst);
        // The first tick comes at once.
        interval.tick().await;
        Self {
            interval,
            rows_per_second,
            ticks_per_second,
            ticks: 0,
            first,
            opened: WallClock::machine().epoch_millis(),
        }
    }

    /// Waits for the next tick: every record before the returned one is due then.
    async fn due(&mut self) -> u64 {
        self.interval.tick().await;
        self.ticks += 1;
        let rows = u128::from(self.rows_per_second) * u128::from(self.ticks) / u128::from(self.ticks_per_second);
        self.first.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    fn record(&self, value: u64) -> Rate {
        let after = u128::from(value - self.first) * 1000 / u128::from(self.rows_per_second);
        let at = self.opened.saturating_add(i64::try_from(after).unwrap_or(i64::MAX));
        Rate { value, at }
    }
}

impl Source for RateSource {
    type Chunk = Slice<Rate>;
    type Position = u64;
    type Replay = replay::Replayable;
    const GROWS: bool = true;

    fn offset(chunk: &Slice<Rate>, row: u64) -> u64 {
        chunk.offset_of(row)
    }

    async fn open(&mut self, open: Open<u64>) -> Result<(), SourceError> {
        if self.rows_per_second == 0 {
            return Err(SourceError::new("`rate` needs at least one row a second").permanent());
        }
        if open.bounded && self.count.is_none() {
            return Err(SourceError::new(
                "`rate` never ends, and this run is bounded: say how many rows with `count = n`",
            )
            .permanent());
        }
        self.chunk_rows = (open.chunk_rows as u64).max(1);
        self.next = open.resume.first().map_or(0, |(_, next)| *next);
        self.due = self.next;
        self.pace = Some(Pace::start(self.rows_per_second, self.next).await);
        Ok(())
    }

    async fn next(&mut self) -> Result<Event<Slice<Rate>, u64>, SourceError> {
        if !std::mem::replace(&mut self.announced, true) {
            let label = "rate".to_owned();
            return Ok(Event::Added { partition: 0, label });
        }
        let Some(pace) = &mut self.pace else {
            return Ok(Event::Ended);
        };
        let count = self.count.unwrap_or(u64::MAX);
        while self.next >= self.due {
            if self.next >= count {
                return Ok(Event::Ended);
            }
            self.due = pace.due().await.min(count);
        }
        let (from, to) = (self.next, self.due.min(self.next.saturating_add(self.chunk_rows)));
        let records: Vec<Rate> = (from..to).map(|value| pace.record(value)).collect();
        self.next = to;
        Ok(Event::Chunk(Fetched {
            partition: 0,
            rows: to - from,
            bytes: (to - from) * size_of::<Rate>() as u64,
            chunk: Slice::new("rate", from, records),
            next: to,
            lag: Some(self.due - to),
        }))
    }

    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Slice<Rate>, String> {
        Ok(Slice::new("rate", at.offset, rows.into_values()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Records;

    fn how(bounded: bool, resume: Vec<(String, u64)>) -> Open<u64> {
        Open {
            bounded,
            resume,
            run: crate::run::Run::new("test"),
            chunk_rows: 300,
            chunk_bytes: 1000,
        }
    }

    async fn chunk(source: &mut RateSource) -> Option<Vec<Rate>> {
        loop {
            match source.next().await.unwrap() {
                Event::Chunk(fetched) => return Some(fetched.chunk.records().map(|(_, record)| *record).collect()),
                Event::Ended => return None,
                _ => {}
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn records_come_at_their_time() {
        let mut source = rate(1000).count(1005);
        source.open(how(true, Vec::new())).await.unwrap();
        let mut records = Vec::new();
        let mut sizes = Vec::new();
        while let Some(chunk) = chunk(&mut source).await {
            sizes.push(chunk.len());
            records.extend(chunk);
        }
        // A tick is 10 ms; the last one is cut short by the count.
        assert_eq!(sizes, [vec![10; 100], vec![5]].concat());
        let opened = records[0].at;
        for (value, record) in (0..).zip(&records) {
            let at = opened + i64::try_from(value).unwrap();
            assert_eq!(*record, Rate { value, at });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_missed_comes_in_whole_chunks() {
        let mut source = rate(100_000);
        source.open(how(false, Vec::new())).await.unwrap();
        tokio::time::advance(Duration::from_secs(1)).await;
        let mut values = Vec::new();
        while values.len() < 100_000 {
            let chunk = chunk(&mut source).await.unwrap();
            assert!(chunk.len() <= 300);
            values.extend(chunk.into_iter().map(|record| record.value));
        }
        assert!(values.into_iter().eq(0..100_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_rate_and_a_restart() {
        let mut source = rate(1).count(9);
        source.open(how(true, vec![("rate".to_owned(), 7)])).await.unwrap();
        let before = tokio::time::interval(Duration::from_secs(1)).tick().await;
        assert_eq!(chunk(&mut source).await.unwrap()[0].value, 7);
        assert_eq!(chunk(&mut source).await.unwrap()[0].value, 8);
        assert_eq!(chunk(&mut source).await, None);
        assert!(before.elapsed() >= Duration::from_secs(2));
    }

    #[tokio::test]
    async fn a_bounded_run_needs_a_count() {
        let error = rate(1).open(how(true, Vec::new())).await.unwrap_err();
        let expect = "`rate` never ends, and this run is bounded: say how many rows with `count = n`";
        assert_eq!(error.to_string(), expect);
        let error = rate(0).open(how(false, Vec::new())).await.unwrap_err();
        assert_eq!(error.to_string(), "`rate` needs at least one row a second");
    }
}
