//! By hand: one thread, however many there are (librdkafka has its own besides).

use rdkafka::message::{BorrowedMessage, Message as _};

use super::{LEAST, Spent};
use crate::data::orders::Order;
use crate::harness::Measured;
use crate::kafka::Promise;
use crate::kafka::broker::Input;
use crate::kafka::hand::{self, Work};
use crate::kafka::outbox::Outbox;

pub(super) fn run(input: Input, out: &str, promise: Promise) -> Measured {
    hand::run(input, out, promise, Project::default())
}

/// Its buffer is used again for every message.
#[derive(Debug, Default)]
struct Project(Vec<u8>);

impl Work for Project {
    #[inline]
    fn message(&mut self, message: &BorrowedMessage<'_>, outbox: &mut Outbox<'_>) {
        let order: Order<'_> = serde_json::from_slice(message.payload().unwrap_or_default()).expect("an order");
        if order.amount >= LEAST {
            let spent = Spent {
                user: order.user,
                amount: order.amount,
            };
            self.0.clear();
            serde_json::to_writer(&mut self.0, &spent).expect("it is JSON");
            outbox.send(message.partition(), &self.0);
        }
    }

    fn end(&mut self, _: &mut Outbox<'_>) {}
}
