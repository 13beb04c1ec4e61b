//! Whose turn it is to be read.

/// How far a partition has been read, and how often others came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn {
    /// The timestamp of the last message that was read, epoch milliseconds.
    pub(super) reached: i64,
    passed: u32,
}

impl Default for Turn {
    /// Nothing was read: it comes first.
    fn default() -> Self {
        Self {
            reached: i64::MIN,
            passed: 0,
        }
    }
}

/// A partition waits for so many chunks of others at most, whatever timestamps say: one message that claims to be of the far future must not
/// keep its partition from being read.
const PATIENCE: u32 = 16;

/// The partition to read next, of those that are ready: the one that is behind the others in time.
///
/// The watermark follows the slowest partition. The closer together they are read, the fewer windows are open at once, which is what a pipeline that
/// catches up pays for. Timestamps of messages stand for event time, which is known only once a message is decoded. Kafka Streams chooses in the same way
/// (KIP-353), message by message.
pub(super) fn take<'t>(turns: impl Iterator<Item = (bool, &'t mut Turn)>) -> Option<usize> {
    let mut ready: Vec<_> = turns.enumerate().filter(|(_, (ready, _))| *ready).collect();
    let rank = |turn: &Turn| (turn.passed < PATIENCE, turn.reached, u32::MAX - turn.passed);
    let (next, _) = ready.iter().min_by_key(|(_, (_, turn))| rank(turn))?;
    let next = *next;
    for (index, (_, turn)) in &mut ready {
        turn.passed = if *index == next {
            0
        } else {
            turn.passed.saturating_add(1)
        };
    }
    Some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads chunks in turn; `ahead` says how far each partition is after so many chunks. Gives the partitions in the order of reading.
    fn read(chunks: usize, ahead: &[fn(i64) -> i64]) -> Vec<usize> {
        let mut turns = vec![(Turn::default(), 0); ahead.len()];
        (0..chunks)
            .map(|_| {
                let next = take(turns.iter_mut().map(|(turn, _)| (true, turn))).unwrap();
                let (turn, chunks) = &mut turns[next];
                *chunks += 1;
                turn.reached = ahead[next](*chunks);
                next
            })
            .collect()
    }

    #[test]
    fn the_one_behind_in_time_comes_first() {
        // A chunk of the first partition covers as much time as three of the second.
        let order = read(8, &[|n| 30 * n, |n| 10 * n]);
        assert_eq!(order, [0, 1, 1, 1, 0, 1, 1, 1]);
    }

    #[test]
    fn they_take_turns_where_time_says_nothing() {
        assert_eq!(read(6, &[|_| -1, |_| -1, |_| -1]), [0, 1, 2, 0, 1, 2]);
    }

    #[test]
    fn a_partition_in_the_far_future_is_read_all_the_same() {
        let order = read(200, &[|n| n, |_| i64::MAX]);
        let of_the_future = order.iter().filter(|partition| **partition == 1).count();
        assert!((200 / 18..=200 / 16 + 1).contains(&of_the_future), "{of_the_future}");
    }

    #[test]
    fn what_is_not_ready_is_not_waited_for() {
        let mut turns = [
            Turn::default(),
            Turn {
                reached: 9,
                ..Turn::default()
            },
        ];
        let [empty, full] = &mut turns;
        assert_eq!(take([(false, empty), (true, full)].into_iter()), Some(1));
        assert_eq!(turns[0], Turn::default());
        assert_eq!(take(turns.iter_mut().map(|turn| (false, turn))), None);
    }
}
