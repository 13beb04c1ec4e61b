//! Orders as messages: JSON values of 98.5 bytes on the average.

use std::io::Write as _;

use serde::Deserialize;

use super::BASE_TIME;
use super::random::{Random, Weighted};

/// What a message says, borrowed from it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct Order<'a> {
    pub(crate) user: &'a str,
    pub(crate) amount: f64,
    pub(crate) ts: i64,
    pub(crate) item: &'a str,
    pub(crate) note: &'a str,
}

/// Orders of 10,000 users, Zipf-like with exponent 0.5; 0.00 to 99.99; 100 ms apart, each 0 to 5 s late.
#[derive(Debug)]
pub(crate) struct Orders {
    random: Random,
    users: Weighted,
    made: i64,
}

impl Orders {
    pub(crate) fn new() -> Self {
        Self {
            random: Random::new(0x0d0e),
            users: Weighted::new(10_000, |rank| 1.0 / rank.sqrt()),
            made: 0,
        }
    }

    /// Puts the next order into `value`, in place of what is there.
    pub(crate) fn next_into(&mut self, value: &mut Vec<u8>) {
        const NOTE: &str = "packed and ready, left at the door";
        let user = self.users.draw(&mut self.random);
        let (euros, cents) = (self.random.below(100), self.random.below(100));
        let ts = BASE_TIME + self.made * 100 - self.random.below(5_001) as i64;
        let item = self.random.below(1_000);
        let note = &NOTE[..13 + self.random.below(17) as usize];
        self.made += 1;
        value.clear();
        write!(
            value,
            r#"{{"user":"u{user}","amount":{euros}.{cents:02},"ts":{ts},"item":"item-{item:03}","note":"{note}"}}"#
        )
        .expect("writing to memory");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_as_promised() {
        let (mut orders, mut value, mut bytes) = (Orders::new(), Vec::new(), 0);
        for _ in 0..100_000 {
            orders.next_into(&mut value);
            bytes += value.len();
        }
        assert!((9_840_000..=9_860_000).contains(&bytes), "{bytes}");
        let last: Order<'_> = serde_json::from_slice(&value).unwrap();
        assert!(last.user.starts_with('u') && last.item.starts_with("item-") && !last.note.is_empty());
        assert!(last.ts > BASE_TIME && last.amount < 100.0);
    }
}
