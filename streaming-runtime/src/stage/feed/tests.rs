use super::*;
use crate::source::{Memory, Slice};

type Numbers = Memory<u64>;

/// Puts in the next chunk of partition 0, which reads up to `next`; nothing is put in between.
fn put(feed: &Feed<Numbers>, chunk: u64, first: u64, next: u64) -> Ticket {
    let queued = Fed {
        tag: Tag { partition: 0, chunk },
        chunk: slice(chunk),
        span: Some(span(first, next, chunk + 1)),
    };
    feed.put(queued, Size::default())
}

fn slice(value: u64) -> Slice<u64> {
    Slice::new("memory", value, vec![value])
}

fn span(first: u64, next: u64, chunks: u64) -> Span<u64> {
    let first = Some(first);
    Span { first, next, chunks }
}

fn redeemed(feed: &Feed<Numbers>, ticket: &Ticket) -> u64 {
    feed.redeem(ticket).0.chunk
}

/// From, to, chunks.
fn sealed(feed: &Feed<Numbers>) -> Option<(String, String, u64)> {
    let mut reached = feed.seal().into_iter();
    let one = reached.next()?;
    assert_eq!(reached.next(), None);
    Some((one.first?, one.next, one.chunks))
}

fn at(first: u64, next: u64, chunks: u64) -> (String, String, u64) {
    (first.to_string(), next.to_string(), chunks)
}

#[test]
fn each_ticket_is_redeemed_for_its_own_chunk_in_any_order() {
    let feed = Feed::<Numbers>::default();
    let tickets: Vec<Ticket> = (0..5).map(|n| put(&feed, n, n * 10, n * 10 + 10)).collect();
    for ticket in [3, 0, 4, 1, 2] {
        assert_eq!(redeemed(&feed, &tickets[ticket]), ticket as u64);
    }
    assert_eq!(sealed(&feed), Some(at(0, 50, 5)));
    assert_eq!(sealed(&feed), None);
}

#[test]
fn a_batch_ends_where_its_last_ticket_does() {
    let feed = Feed::<Numbers>::default();
    let tickets: Vec<Ticket> = (0..4).map(|n| put(&feed, n, n * 10, n * 10 + 10)).collect();
    redeemed(&feed, &tickets[1]);
    redeemed(&feed, &tickets[0]);
    assert_eq!(sealed(&feed), Some(at(0, 20, 2)));
    redeemed(&feed, &tickets[3]);
    redeemed(&feed, &tickets[2]);
    assert_eq!(sealed(&feed), Some(at(20, 40, 4)));
}

#[test]
fn a_position_that_moves_belongs_to_the_batch_of_the_chunk_before() {
    let feed = Feed::<Numbers>::default();
    let first = put(&feed, 0, 0, 10);
    feed.move_to(0, span(10, 13, 1));
    let second = put(&feed, 1, 13, 20);
    feed.move_to(0, span(20, 21, 2));
    redeemed(&feed, &first);
    assert_eq!(sealed(&feed), Some(at(0, 13, 1)));
    redeemed(&feed, &second);
    assert_eq!(sealed(&feed), Some(at(13, 21, 2)));
    feed.move_to(0, span(21, 30, 2));
    assert_eq!(sealed(&feed), Some(at(21, 30, 2)));
}

#[test]
fn tickets_outlast_a_batch_that_is_aborted() {
    let feed = Feed::<Numbers>::default();
    let lost = put(&feed, 0, 0, 10);
    feed.discard();
    let kept = put(&feed, 1, 10, 20);
    assert_eq!(redeemed(&feed, &kept), 1);
    assert_eq!(sealed(&feed), Some(at(10, 20, 2)));
    let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| redeemed(&feed, &lost)));
    assert!(again.is_err(), "what is gone has no chunk");
}

#[test]
fn each_batch_that_is_written_is_told_by_itself() {
    let feed = Feed::<Numbers>::default();
    let (teller, _orders) = super::super::orders();
    feed.connect(teller);
    for n in 0..2 {
        let ticket = put(&feed, n, n * 10, n * 10 + 10);
        redeemed(&feed, &ticket);
        sealed(&feed);
        assert_eq!(feed.sealed(), [(0, n * 10 + 10)]);
        feed.command(Command::Commit);
    }
    assert_eq!(feed.next_written(), Some(vec![(0, 10)]));
    assert_eq!(feed.next_written(), Some(vec![(0, 20)]));
    assert_eq!(feed.next_written(), None);
}
