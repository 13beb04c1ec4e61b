//! Text of Zipf-distributed words: lines of 5 to 15 words out of 100,000, exponent 1.

use std::collections::HashSet;

use super::random::{Random, Weighted};

const VOCABULARY: u32 = 100_000;

/// Whole lines, hardly more than `bytes` in all.
pub(crate) fn text(bytes: usize) -> &'static str {
    let mut random = Random::new(0x7e47);
    let words = vocabulary(&mut random);
    let ranks = Weighted::new(VOCABULARY, |rank| 1.0 / rank);
    let mut text = String::with_capacity(bytes + 256);
    while text.len() < bytes {
        for _ in 0..5 + random.below(11) {
            text.push_str(&words[ranks.draw(&mut random)]);
            text.push(' ');
        }
        text.pop();
        text.push('\n');
    }
    text.leak()
}

/// Distinct words, the frequent ones shorter.
fn vocabulary(random: &mut Random) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut words = Vec::new();
    while words.len() < VOCABULARY as usize {
        let (least, more) = match words.len() {
            0..100 => (2, 3),
            100..5_000 => (3, 6),
            _ => (5, 8),
        };
        let length = least + random.below(more);
        let word: String = (0..length).map(|_| char::from(b'a' + random.below(26) as u8)).collect();
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use foldhash::fast::FixedState;

    use super::*;

    #[test]
    fn the_text_is_always_the_same() {
        let text = text(1 << 16);
        assert!(text.len() < (1 << 16) + 256 && text.ends_with('\n') && !text.contains("  "));
        assert_eq!(FixedState::with_seed(1).hash_one(text), 9_003_518_768_671_101_536);
    }
}
