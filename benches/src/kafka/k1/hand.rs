//! By hand: one thread, however many there are (librdkafka has its own besides).
//!
//! A window holds few orders, hardly two of a user: they are kept as they come and sorted when the window closes.

use std::collections::VecDeque;

use rdkafka::message::{BorrowedMessage, Message as _};

use super::{LEAST, Total, cents};
use crate::data::orders::Order;
use crate::hand::Table;
use crate::hand::tumbling::SIZE;
use crate::harness::Measured;
use crate::kafka::broker::Input;
use crate::kafka::hand::{self, Work};
use crate::kafka::outbox::Outbox;
use crate::kafka::{PARTITIONS, Promise};

/// How far behind the newest event time of its partition an order may be.
const MAX_DELAY: i64 = 5_000;

pub(super) fn run(input: Input, out: &str, promise: Promise) -> Measured {
    let windows = Windows {
        users: Users::default(),
        open: VecDeque::new(),
        first: None,
        spare: Vec::new(),
        newest: [i64::MIN; PARTITIONS as usize],
        value: Vec::new(),
    };
    hand::run(input, out, promise, windows)
}

#[derive(Debug)]
struct Windows {
    users: Users,
    /// User and cents of every order, by window.
    open: VecDeque<Vec<(u32, u64)>>,
    /// Number of the first open window.
    first: Option<i64>,
    /// Emptied lists, to be filled again without growing.
    spare: Vec<Vec<(u32, u64)>>,
    /// The newest event time of each partition.
    newest: [i64; PARTITIONS as usize],
    value: Vec<u8>,
}

/// Users by number, so that windows need not keep their names.
#[derive(Debug, Default)]
struct Users {
    numbers: Table<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Users {
    #[inline]
    fn number(&mut self, name: &str) -> u32 {
        self.numbers.get(name).copied().unwrap_or_else(|| self.add(name))
    }

    #[cold]
    fn add(&mut self, name: &str) -> u32 {
        let number = self.names.len() as u32;
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }
}

impl Windows {
    fn add(&mut self, user: u32, ts: i64, cents: u64) {
        let number = ts.div_euclid(SIZE);
        let first = *self.first.get_or_insert(number);
        for _ in number..first {
            self.open.push_front(self.spare.pop().unwrap_or_default());
        }
        let first = first.min(number);
        self.first = Some(first);
        let index = (number - first) as usize;
        while self.open.len() <= index {
            self.open.push_back(self.spare.pop().unwrap_or_default());
        }
        self.open[index].push((user, cents));
    }

    /// Sends the totals of the windows that end before `watermark` or at it.
    fn close(&mut self, watermark: i64, outbox: &mut Outbox<'_>) {
        while let Some(first) = self.first
            && (first + 1) * SIZE <= watermark
            && let Some(mut orders) = self.open.pop_front()
        {
            orders.sort_unstable_by_key(|(user, _)| *user);
            for same in orders.chunk_by(|a, b| a.0 == b.0) {
                let total = Total {
                    user: &*self.users.names[same[0].0 as usize],
                    from: first * SIZE,
                    orders: same.len() as u64,
                    cents: same.iter().map(|(_, cents)| cents).sum(),
                };
                self.value.clear();
                serde_json::to_writer(&mut self.value, &total).expect("it is JSON");
                outbox.send((first % i64::from(PARTITIONS)) as i32, &self.value);
            }
            orders.clear();
            self.spare.push(orders);
            self.first = Some(first + 1);
        }
    }
}

impl Work for Windows {
    #[inline]
    fn message(&mut self, message: &BorrowedMessage<'_>, outbox: &mut Outbox<'_>) {
        let order: Order<'_> = serde_json::from_slice(message.payload().unwrap_or_default()).expect("an order");
        let newest = &mut self.newest[message.partition() as usize];
        *newest = order.ts.max(*newest);
        if order.amount >= LEAST {
            let user = self.users.number(order.user);
            self.add(user, order.ts, cents(order.amount));
        }
        let newest = self.newest.into_iter().fold(i64::MAX, i64::min);
        self.close(newest.saturating_sub(MAX_DELAY), outbox);
    }

    fn end(&mut self, outbox: &mut Outbox<'_>) {
        self.close(i64::MAX, outbox);
    }
}
