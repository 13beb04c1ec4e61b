//! Nexmark bids: the events of the crate `nexmark` with everything fixed that it leaves open.
//!
//! One event in 50 is a person, 3 are auctions, 46 are bids; 10,000 events a second, in order. Prices are in cents.

use std::collections::HashSet;
use std::sync::{Mutex, OnceLock, PoisonError};

use nexmark::EventGenerator;
use nexmark::config::NexmarkConfig;
use nexmark::event::{Bid as Generated, EventType};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::BASE_TIME;

/// How late a bid may come.
pub(crate) const MAX_DELAY: i64 = 4_000;

/// A bid. Its texts are borrowed, so that no side pays for copies of what it only looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Bid<'a> {
    pub(crate) auction: u64,
    pub(crate) bidder: u64,
    pub(crate) price: u64,
    pub(crate) channel: &'a str,
    pub(crate) url: &'a str,
    pub(crate) date_time: i64,
    pub(crate) extra: &'a str,
}

/// The first `n` bids.
pub(crate) fn bids(n: usize) -> &'static [Bid<'static>] {
    static BIDS: Mutex<&[Bid<'static>]> = Mutex::new(&[]);
    let mut bids = BIDS.lock().unwrap_or_else(PoisonError::into_inner);
    if bids.len() < n {
        *bids = generate(n).leak();
    }
    &bids[..n]
}

/// The first `n` bids as lines of JSON; always the same `n` in a process.
pub(crate) fn json_lines(n: usize) -> &'static [u8] {
    static LINES: OnceLock<Vec<u8>> = OnceLock::new();
    LINES.get_or_init(|| {
        let mut lines = Vec::new();
        for bid in bids(n) {
            serde_json::to_writer(&mut lines, bid).expect("a bid is JSON");
            lines.push(b'\n');
        }
        lines
    })
}

/// Everything that decides about the events. The crate draws every event from its number (with rand 0.8's `SmallRng`, as
/// the test below pins), so they may be generated in any order.
fn config() -> NexmarkConfig {
    NexmarkConfig {
        base_time: BASE_TIME as u64,
        ..NexmarkConfig::default()
    }
}

fn generate(n: usize) -> Vec<Bid<'static>> {
    const PART: usize = 20_000;
    let generated: Vec<Generated> = (0..n.div_ceil(PART))
        .into_par_iter()
        .flat_map_iter(|part| {
            let generator = EventGenerator::new(config()).with_type_filter(EventType::Bid);
            let first = part * PART;
            generator
                .with_offset(first as u64)
                .take(PART.min(n - first))
                .filter_map(|event| match event {
                    nexmark::event::Event::Bid(bid) => Some(bid),
                    _ => None,
                })
        })
        .collect();
    let mut known = HashSet::<&'static str>::new();
    let mut intern = |text: String| -> &'static str {
        if let Some(known) = known.get(text.as_str()) {
            return known;
        }
        let text: &'static str = text.leak();
        known.insert(text);
        text
    };
    let bid = |bid: Generated| Bid {
        auction: bid.auction as u64,
        bidder: bid.bidder as u64,
        price: bid.price as u64,
        channel: intern(bid.channel),
        url: intern(bid.url),
        date_time: bid.date_time as i64,
        extra: bid.extra.leak(),
    };
    generated.into_iter().map(bid).collect()
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn the_bids_are_always_the_same() {
        let bids = bids(100_000);
        assert_eq!(bids[0].date_time, BASE_TIME);
        assert_eq!(
            foldhash::fast::FixedState::with_seed(1).hash_one(bids),
            1_770_380_171_578_458_529
        );
    }

    #[test]
    fn a_line_has_the_size_that_the_benchmark_names() {
        assert_eq!(json_lines(100_000).len() / 100_000, 244);
    }

    #[test]
    fn the_bids_are_in_order() {
        assert!(bids(100_000).is_sorted_by_key(|bid| bid.date_time));
    }
}
