//! Random numbers that no library update changes.

/// `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// At least 0 and below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Ranks `0..n`, each as often as its weight says.
#[derive(Debug)]
pub(crate) struct Weighted {
    cumulated: Vec<f64>,
}

impl Weighted {
    /// The weight gets the rank counted from 1. Only operations that IEEE 754 fixes to the last bit keep it the same on
    /// every machine: division and square root, but no power.
    pub(crate) fn new(n: u32, weight: fn(f64) -> f64) -> Self {
        let cumulated = (1..=n).scan(0.0, |sum, rank| {
            *sum += weight(f64::from(rank));
            Some(*sum)
        });
        Self {
            cumulated: cumulated.collect(),
        }
    }

    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let total = self.cumulated[self.cumulated.len() - 1];
        let at = random.unit() * total;
        self.cumulated
            .partition_point(|cumulated| *cumulated <= at)
            .min(self.cumulated.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_mix_is_the_published_one() {
        let mut random = Random::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!([random.next(), random.next(), random.next()], expected);
    }

    #[test]
    fn weights_are_kept() {
        let (mut random, weighted) = (Random::new(1), Weighted::new(3, |rank| 1.0 / rank));
        let mut counts = [0_u32; 3];
        (0..11_000).for_each(|_| counts[weighted.draw(&mut random)] += 1);
        assert!(
            counts[0].abs_diff(6_000) < 200 && counts[1].abs_diff(3_000) < 200,
            "{counts:?}"
        );
    }
}
