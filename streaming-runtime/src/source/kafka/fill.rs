use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};

use super::chunk::Messages;
use super::headers;
use super::queue::Assigned;

/// How much one chunk holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) rows: usize,
    pub(super) bytes: usize,
}

/// What is in a chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filled {
    pub(super) rows: u64,
    /// Bytes that its messages take in memory, with headers and what the client keeps beside them.
    pub(super) bytes: u64,
    /// The offset behind its last message.
    pub(super) next: i64,
    /// Everything up to where reading ends has been seen.
    pub(super) done: bool,
    /// The timestamp of its last message, where it has one.
    pub(super) reached: Option<i64>,
}

/// What a message takes beside its parts: how librdkafka keeps it, and its place here.
const AROUND_MESSAGE: usize = 320;
/// What a header takes beside its name and its value.
const AROUND_HEADER: usize = 64;

/// The bytes that a message takes as long as a chunk holds it.
fn size(message: &BorrowedMessage<'_>, label: &str) -> usize {
    let headers = message.headers().map_or(0, |all| {
        let place = (label, message.offset());
        (0..all.count())
            .map(|index| AROUND_HEADER + headers::size(all, index, place))
            .sum()
    });
    AROUND_MESSAGE + message.key_len() + message.payload_len() + headers
}

/// Takes messages out of the queue of a partition: as many as are there and fit. The error, if any, came behind them.
pub(super) fn fill(assigned: &Assigned, limits: Limits) -> (Option<Messages>, Filled, Option<KafkaError>) {
    let (mut next, mut done) = (assigned.next, false);
    let mut bytes = 0;
    let mut stop = None;
    let mut more = true;
    let messages = Messages::new(Arc::clone(&assigned.queue), |queue| {
        let mut messages = Vec::new();
        while messages.len() < limits.rows && bytes < limits.bytes {
            match queue.poll(Duration::ZERO) {
                Some(Ok(message)) => {
                    let offset = message.offset();
                    let end = assigned.end.unwrap_or(i64::MAX);
                    if offset < end {
                        next = offset + 1;
                        bytes += size(&message, &assigned.partition.label);
                        messages.push(message);
                    }
                    if offset + 1 >= end {
                        done = true;
                        break;
                    }
                }
                Some(Err(error)) => {
                    stop = Some(error);
                    break;
                }
                None => {
                    more = false;
                    break;
                }
            }
        }
        messages
    });
    if more {
        assigned.ready.store(true, Ordering::Release);
    }
    let rows = messages.borrow_dependent().len();
    let last = messages.borrow_dependent().last();
    let filled = Filled {
        rows: rows as u64,
        bytes: bytes as u64,
        next,
        done,
        reached: last.and_then(|message| message.timestamp().to_millis()),
    };
    ((rows > 0).then_some(messages), filled, stop)
}
