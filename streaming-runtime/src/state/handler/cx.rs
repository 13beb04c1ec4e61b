//! What `on_event` and `on_timer` are given beside the state.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::timers::{By, Held, Timer, Timers};

/// A stream with event time.
#[derive(Debug, Clone, Copy)]
pub struct Timed;

/// A stream without event time: timers go by the time of batches.
#[derive(Debug, Clone, Copy)]
pub struct Untimed;

/// The same where there is no `on_timer`, so that no timer can be set.
#[derive(Debug, Clone, Copy)]
pub struct Silent<C>(PhantomData<C>);

impl<C> Silent<C> {
    /// No timers.
    #[must_use]
    pub fn of(_: C) -> Self {
        Self(PhantomData)
    }
}

/// What a stream has.
pub trait Clocked: 'static {
    /// Event time.
    const EVENT_TIME: bool;
}
impl Clocked for Timed {
    const EVENT_TIME: bool = true;
}
impl Clocked for Untimed {
    const EVENT_TIME: bool = false;
}
impl<C: Clocked> Clocked for Silent<C> {
    const EVENT_TIME: bool = C::EVENT_TIME;
}

/// The records carry event time.
#[diagnostic::on_unimplemented(
    message = "[SP0103] this needs event time, and the stream has none",
    label = "needs event time",
    note = "add `.event_time(|record| …, max_delay = 30s)` before `.key_by(…)`; `set_batch_timer` goes by the time of batches"
)]
pub trait WithEventTime {}
#[diagnostic::do_not_recommend]
impl WithEventTime for Timed {}
#[diagnostic::do_not_recommend]
impl WithEventTime for Silent<Timed> {}

/// There is an `on_timer`.
#[diagnostic::on_unimplemented(
    message = "[SP0110] a timer is set, and there is no `on_timer` for it",
    label = "nothing would happen when it fires",
    note = "write `.on_timer(|state, cx| …)` directly behind `.on_event(…)`"
)]
pub trait WithTimers {}
#[diagnostic::do_not_recommend]
impl WithTimers for Timed {}
#[diagnostic::do_not_recommend]
impl WithTimers for Untimed {}

/// What `.on_event(|state, event, cx| …)` is given beside the state of the key and the record: the key, the time, the timers
/// of the key, and where rows go.
///
/// `K` is the key and `R` the type of the rows; `C` says whether the stream has event time, [`Timed`] or [`Untimed`], within
/// [`Silent`] where there is no `on_timer`. A function of the program's own is generic over it:
///
/// ```
/// use streaming_runtime::stream_pipeline;
/// use streaming_runtime::keyed::Cx;
///
/// fn count<C>(seen: &mut u64, word: String, cx: &Cx<'_, String, (String, u64), C>) {
///     *seen += 1;
///     if *seen == 3 {
///         cx.emit((word, *seen));
///         cx.clear();
///     }
/// }
///
/// let pipeline = stream_pipeline!({
///     settings(trigger = available_now);
///     let words = stdin().lines().flat_map(|line| line.split_whitespace());
///     let thirds = words.key_by(|word| *word).state::<u64>(ttl = 1h).on_event(count);
///     thirds.print();
/// });
/// # println!("{}", pipeline.explain());
/// ```
///
/// All times are epoch milliseconds. What closures change lasts when the batch is decided, and is gone when it is aborted.
pub struct Cx<'c, K, R, C = Timed> {
    key: &'c K,
    turn: Turn,
    timers: RefCell<Clockwork>,
    rows: RefCell<Vec<R>>,
    cleared: Cell<bool>,
    clock: PhantomData<fn() -> C>,
}

/// What rests for the timers of a key, while a closure runs.
#[derive(Debug, Default)]
pub(super) struct Clockwork {
    pub(super) timers: Timers,
    pub(super) held: Held,
}

/// The moment of one call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    /// The event time of the record or of the timer.
    pub(super) at: i64,
    pub(super) watermark: i64,
    pub(super) batch_time: i64,
    pub(super) in_timer: bool,
}

impl<K, R, C> fmt::Debug for Cx<'_, K, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx").field("turn", &self.turn).finish_non_exhaustive()
    }
}

impl<'c, K, R, C> Cx<'c, K, R, C> {
    /// Takes over what one call works with; [`into_parts`](Self::into_parts) gives it back.
    pub(super) fn new(key: &'c K, turn: Turn, timers: Clockwork, rows: Vec<R>) -> Self {
        Self {
            key,
            turn,
            timers: RefCell::new(timers),
            rows: RefCell::new(rows),
            cleared: Cell::new(false),
            clock: PhantomData,
        }
    }

    /// What is left by the call, and whether it has cleared the key.
    pub(super) fn into_parts(self) -> (Clockwork, Vec<R>, bool) {
        (self.timers.into_inner(), self.rows.into_inner(), self.cleared.get())
    }

    /// The key, in its owned form: `String` of a `&str`.
    #[must_use]
    pub fn key(&self) -> &'c K {
        self.key
    }

    /// Gives a row to the stream behind; any number of times. The event time of the row is that of the record, or of the timer.
    pub fn emit(&self, row: R) {
        self.rows.borrow_mut().push(row);
    }

    /// The time of the batch: the wall clock when the batch opened, which is when its first input was taken. It is the same for all
    /// keys, and moves on between batches.
    #[must_use]
    pub fn batch_time(&self) -> i64 {
        self.turn.batch_time
    }

    /// Forgets the key: its state, and all timers that have been set so far. It counts when the closure returns, whatever the
    /// closure does to the state. The next record of the key begins with `S::default()`.
    pub fn clear(&self) {
        self.timers.borrow_mut().timers.clear();
        self.cleared.set(true);
    }

    /// The event time of the record, and of what is emitted. In `on_timer` it is the time of the timer, but not before the watermark at
    /// which the batch began, so that no row of a timer is late; for a batch timer it is the watermark.
    #[must_use]
    pub fn event_time(&self) -> i64
    where
        C: WithEventTime,
    {
        self.turn.at
    }

    /// The watermark: records before it are late. In `on_event` it is that of the beginning of the batch. In `on_timer` it is the one
    /// that the batch has reached, but not after the next record of the key in the batch. It is `i64::MIN` before any is known, and
    /// `i64::MAX` in `on_timer` once the sources have ended and all records of the key were given to `on_event`.
    #[must_use]
    pub fn watermark(&self) -> i64
    where
        C: WithEventTime,
    {
        self.turn.watermark
    }

    /// Whether the record is late: its event time is before the watermark. No timer is.
    #[must_use]
    pub fn is_late(&self) -> bool
    where
        C: WithEventTime,
    {
        !self.turn.in_timer && self.turn.at < self.turn.watermark
    }

    /// Sets the timer of the key: it fires when the watermark is at `at`, so that all records before `at` have come. A timer that
    /// is set already is moved. Short for `timer(0).set(at)`.
    pub fn set_timer(&self, at: i64)
    where
        C: WithEventTime + WithTimers,
    {
        self.timer_of(By::Event, 0).set(at);
    }

    /// Cancels the timer of the key, if it is set. Short for `timer(0).cancel()`.
    pub fn cancel_timer(&self)
    where
        C: WithEventTime + WithTimers,
    {
        self.timer_of(By::Event, 0).cancel();
    }

    /// One of several timers of the key, each with a number of its own.
    ///
    /// ```
    /// # use streaming_runtime::{sink::Collected, stream_pipeline};
    /// const REMIND: u64 = 1;
    /// const ESCALATE: u64 = 2;
    /// # let out = Collected::new();
    /// # let handle = out.clone();
    /// # let pipeline = stream_pipeline!({
    /// #     settings(trigger = available_now);
    /// #     let tickets = memory(vec![(7, 1_000i64)]).event_time(|ticket| ticket.1, max_delay = 1s);
    /// let letters = tickets
    ///     .key_by(|ticket| ticket.0)
    ///     .state::<u32>(ttl = 30d)
    ///     .on_event(|letters, _, cx| {
    ///         *letters = 0;
    ///         cx.timer(REMIND).set(cx.event_time() + 60_000);
    ///         cx.timer(ESCALATE).set(cx.event_time() + 3_600_000);
    ///     })
    ///     .on_timer(|letters, cx| {
    ///         *letters += 1;
    ///         cx.emit((*cx.key(), cx.id() == ESCALATE, *letters));
    ///     });
    /// #     letters.to(collect(handle));
    /// # });
    /// # pipeline.run_blocking()?;
    /// # assert_eq!(out.take(), [(7, false, 1), (7, true, 2)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timer(&self, id: u64) -> TimerOf<'_>
    where
        C: WithEventTime + WithTimers,
    {
        self.timer_of(By::Event, id)
    }

    /// Sets the timer of the key that goes by the time of batches: it fires in the first batch whose time is `at` or after.
    /// Short for `batch_timer(0).set(at)`.
    pub fn set_batch_timer(&self, at: i64)
    where
        C: WithTimers,
    {
        self.timer_of(By::Batch, 0).set(at);
    }

    /// Cancels the timer of the key that goes by the time of batches. Short for `batch_timer(0).cancel()`.
    pub fn cancel_batch_timer(&self)
    where
        C: WithTimers,
    {
        self.timer_of(By::Batch, 0).cancel();
    }

    /// One of several timers of the key that go by the time of batches. Their numbers are apart from those of [`timer`](Self::timer).
    pub fn batch_timer(&self, id: u64) -> TimerOf<'_>
    where
        C: WithTimers,
    {
        self.timer_of(By::Batch, id)
    }

    fn timer_of(&self, by: By, id: u64) -> TimerOf<'_> {
        TimerOf {
            by,
            id,
            in_timer: self.turn.in_timer,
            timers: &self.timers,
        }
    }
}

/// One timer of a key, set or not.
#[derive(Debug)]
pub struct TimerOf<'c> {
    by: By,
    id: u64,
    in_timer: bool,
    timers: &'c RefCell<Clockwork>,
}

impl TimerOf<'_> {
    /// Sets the timer, and moves it if it is set. One that is due already fires with this batch. The exception is one that
    /// `on_timer` sets at or before a time whose timer it was called for: it fires with the next batch, so that a timer that
    /// sets itself to the past again and again does not keep the batch from closing. Once the sources have ended, when no next batch
    /// comes, one by event time fires with the last batch.
    pub fn set(&self, at: i64) {
        let timer = Timer { at, id: self.id };
        let mut clockwork = self.timers.borrow_mut();
        clockwork.timers.set(self.by, timer);
        clockwork.held.sets(self.by, timer, self.in_timer);
    }

    /// Cancels the timer, if it is set.
    pub fn cancel(&self) {
        self.timers.borrow_mut().timers.cancel(self.by, self.id);
    }

    /// When it is due; `None` where it is not set. A timer that fires is not set any more.
    #[must_use]
    pub fn at(&self) -> Option<i64> {
        self.timers.borrow().timers.get(self.by, self.id)
    }
}

/// What `.on_timer(|state, cx| …)` is given beside the state of the key: all that [`Cx`] has, and which timer fires.
pub struct TimerCx<'c, K, R, C = Timed> {
    pub(super) cx: Cx<'c, K, R, C>,
    pub(super) timer: Timer,
    pub(super) by: By,
}

impl<K, R, C> fmt::Debug for TimerCx<'_, K, R, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimerCx")
            .field("timer", &self.timer)
            .finish_non_exhaustive()
    }
}

impl<'c, K, R, C> Deref for TimerCx<'c, K, R, C> {
    type Target = Cx<'c, K, R, C>;
    fn deref(&self) -> &Self::Target {
        &self.cx
    }
}

impl<K, R, C> TimerCx<'_, K, R, C> {
    /// The number of the timer that fires: 0 for `set_timer` and `set_batch_timer`.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.timer.id
    }

    /// The time that the timer was set for.
    #[must_use]
    pub fn time(&self) -> i64 {
        self.timer.at
    }

    /// Whether the timer goes by the time of batches.
    #[must_use]
    pub fn is_batch_timer(&self) -> bool {
        self.by == By::Batch
    }
}
