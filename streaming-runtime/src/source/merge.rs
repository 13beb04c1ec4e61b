use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::replay::Promise;
use super::{Event, Fetched, Open, Source, SourceError};
use crate::bench::{At, Rows};

/// One of two: what comes from the left source of a [`Merge`], or from the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Either<L, R> {
    /// From the first source.
    Left(L),
    /// From the second source.
    Right(R),
}

/// Two sources read as one: what `union` becomes where its streams come straight from sources.
///
/// Partitions keep their labels and get new numbers: even ones are the left source's, odd ones the right's. The source ends when
/// both have ended. It promises what the weaker of the two does.
///
/// ```
/// use streaming_runtime::source::{Either, Source, memory, merge};
/// let both = merge(memory(vec![1, 2]), memory(vec!["a".to_string()]));
/// ```
#[derive(Debug)]
pub struct Merge<A, B> {
    left: A,
    right: B,
    left_ended: bool,
    right_ended: bool,
    /// Whose turn it is to be asked first, so that a source that always has something does not starve the other.
    right_first: bool,
}

/// Reads two sources as one. See [`Merge`].
#[must_use]
pub fn merge<A: Source, B: Source>(left: A, right: B) -> Merge<A, B> {
    Merge {
        left,
        right,
        left_ended: false,
        right_ended: false,
        right_first: false,
    }
}

type EventOf<S> = Event<<S as Source>::Chunk, <S as Source>::Position>;
type Said<A, B> = Either<EventOf<A>, EventOf<B>>;
type Next<A, B> = Event<Either<<A as Source>::Chunk, <B as Source>::Chunk>, Position<A, B>>;
type Position<A, B> = Either<<A as Source>::Position, <B as Source>::Position>;

impl<A: Source, B: Source> Merge<A, B> {
    /// What one of the sources that have not ended says next.
    async fn ask(&mut self) -> Result<Said<A, B>, SourceError> {
        match (self.left_ended, self.right_ended) {
            (true, _) => return self.right.next().await.map(Either::Right),
            (false, true) => return self.left.next().await.map(Either::Left),
            (false, false) => {}
        }
        // The future of the one that is not first is dropped, which loses nothing.
        let right_first = self.right_first;
        self.right_first = !right_first;
        let (left, right) = (self.left.next(), self.right.next());
        if right_first {
            tokio::select! {
                biased;
                event = right => event.map(Either::Right),
                event = left => event.map(Either::Left),
            }
        } else {
            tokio::select! {
                biased;
                event = left => event.map(Either::Left),
                event = right => event.map(Either::Right),
            }
        }
    }
}

fn from_left<C, P, D, Q>(event: Event<C, P>) -> Event<Either<C, D>, Either<P, Q>> {
    renumbered(event, |partition| partition << 1, 0, Either::Left, Either::Left)
}

fn from_right<C, P, D, Q>(event: Event<D, Q>, arms_before: usize) -> Event<Either<C, D>, Either<P, Q>> {
    renumbered(
        event,
        |partition| partition << 1 | 1,
        arms_before,
        Either::Right,
        Either::Right,
    )
}

fn renumbered<C, P, D, Q>(
    event: Event<C, P>,
    number: impl Fn(u32) -> u32,
    arms_before: usize,
    chunk: impl FnOnce(C) -> D,
    position: impl FnOnce(P) -> Q,
) -> Event<D, Q> {
    match event {
        Event::Added { partition, label } => Event::Added {
            partition: number(partition),
            label,
        },
        Event::Removed { partition } => Event::Removed {
            partition: number(partition),
        },
        Event::CaughtUp { partition } => Event::CaughtUp {
            partition: number(partition),
        },
        Event::Chunk(fetched) => Event::Chunk(Fetched {
            partition: number(fetched.partition),
            chunk: chunk(fetched.chunk),
            rows: fetched.rows,
            bytes: fetched.bytes,
            next: position(fetched.next),
            lag: fetched.lag,
        }),
        Event::Moved { partition, next } => Event::Moved {
            partition: number(partition),
            next: position(next),
        },
        Event::ArmsEnded { arms } => Event::ArmsEnded {
            arms: arms.start + arms_before..arms.end + arms_before,
        },
        Event::Ended => Event::Ended,
    }
}

type Positions<P> = Vec<(u32, P)>;

/// The positions of either source, by its own numbers.
fn apart<P: Clone, Q: Clone>(positions: &[(u32, Either<P, Q>)]) -> (Positions<P>, Positions<Q>) {
    let (mut lefts, mut rights) = (Vec::new(), Vec::new());
    for (partition, position) in positions {
        match position {
            Either::Left(position) => lefts.push((partition >> 1, position.clone())),
            Either::Right(position) => rights.push((partition >> 1, position.clone())),
        }
    }
    (lefts, rights)
}

impl<A: Source, B: Source> Source for Merge<A, B> {
    type Chunk = Either<A::Chunk, B::Chunk>;
    type Position = Position<A, B>;
    type Replay = <A::Replay as Promise>::And<B::Replay>;
    const GROWS: bool = A::GROWS || B::GROWS;
    const GROUPED: bool = A::GROUPED && B::GROUPED;
    const ARMS: usize = A::ARMS + B::ARMS;

    fn arm(partition: u32) -> usize {
        match partition & 1 {
            0 => A::arm(partition >> 1),
            _ => A::ARMS + B::arm(partition >> 1),
        }
    }

    fn unit(position: &Self::Position) -> String {
        match position {
            Either::Left(position) => A::unit(position),
            Either::Right(position) => B::unit(position),
        }
    }

    fn is_finished(position: &Self::Position) -> bool {
        match position {
            Either::Left(position) => A::is_finished(position),
            Either::Right(position) => B::is_finished(position),
        }
    }

    /// A position is written as that of its own source: which arm the source is may change until it is read.
    fn write_position(position: &Self::Position) -> String {
        match position {
            Either::Left(position) => A::write_position(position),
            Either::Right(position) => B::write_position(position),
        }
    }

    fn read_position(arm: usize, text: &str) -> Result<Self::Position, String> {
        match arm.checked_sub(A::ARMS) {
            None => A::read_position(arm, text).map(Either::Left),
            Some(arm) => B::read_position(arm, text).map(Either::Right),
        }
    }

    fn offset(chunk: &Self::Chunk, row: u64) -> u64 {
        match chunk {
            Either::Left(chunk) => A::offset(chunk, row),
            Either::Right(chunk) => B::offset(chunk, row),
        }
    }

    fn place(chunk: &Self::Chunk) -> Option<&str> {
        match chunk {
            Either::Left(chunk) => A::place(chunk),
            Either::Right(chunk) => B::place(chunk),
        }
    }

    async fn open(&mut self, open: Open<Self::Position>) -> Result<(), SourceError> {
        let (mut lefts, mut rights) = (Vec::new(), Vec::new());
        for (label, position) in open.resume {
            match position {
                Either::Left(position) => lefts.push((label, position)),
                Either::Right(position) => rights.push((label, position)),
            }
        }
        let Open {
            bounded,
            run,
            chunk_rows,
            chunk_bytes,
            ..
        } = open;
        let left = Open {
            bounded,
            resume: lefts,
            run: Arc::clone(&run),
            chunk_rows,
            chunk_bytes,
        };
        let right = Open {
            bounded,
            resume: rights,
            run,
            chunk_rows,
            chunk_bytes,
        };
        self.left.open(left).await?;
        self.right.open(right).await
    }

    async fn next(&mut self) -> Result<Next<A, B>, SourceError> {
        let ended = match self.ask().await? {
            Either::Left(Event::Ended) => {
                self.left_ended = true;
                0..A::ARMS
            }
            Either::Right(Event::Ended) => {
                self.right_ended = true;
                A::ARMS..Self::ARMS
            }
            Either::Left(event) => return Ok(from_left(event)),
            Either::Right(event) => return Ok(from_right(event, A::ARMS)),
        };
        Ok(if self.left_ended && self.right_ended {
            Event::Ended
        } else {
            Event::ArmsEnded { arms: ended }
        })
    }

    async fn commit(&mut self, positions: &[(u32, Self::Position)]) -> Result<(), SourceError> {
        let (lefts, rights) = apart(positions);
        if !lefts.is_empty() {
            self.left.commit(&lefts).await?;
        }
        if !rights.is_empty() {
            self.right.commit(&rights).await?;
        }
        Ok(())
    }

    async fn enlist(&mut self, positions: &[(u32, Self::Position)]) -> Result<(), SourceError> {
        let (lefts, rights) = apart(positions);
        if !lefts.is_empty() {
            self.left.enlist(&lefts).await?;
        }
        if !rights.is_empty() {
            self.right.enlist(&rights).await?;
        }
        Ok(())
    }

    fn chunk_for_test(&self, rows: Rows, at: &At) -> Result<Self::Chunk, String> {
        let mut at = at.clone();
        if at.arm < A::ARMS {
            return self.left.chunk_for_test(rows, &at).map(Either::Left);
        }
        at.arm -= A::ARMS;
        self.right.chunk_for_test(rows, &at).map(Either::Right)
    }

    async fn close(&mut self) {
        self.left.close().await;
        self.right.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Replay;
    use crate::source::{Memory, Records, channel, memory};

    fn how<P>(resume: Vec<(String, P)>) -> Open<P> {
        Open {
            bounded: false,
            resume,
            run: crate::run::Run::new("test"),
            chunk_rows: 1,
            chunk_bytes: 1000,
        }
    }

    fn numbers() -> Merge<Memory<i32>, Merge<Memory<char>, Memory<i32>>> {
        merge(memory(vec![1, 2, 3]), merge(memory(vec!['a', 'b']), memory(vec![])))
    }

    type Numbers = Merge<Memory<i32>, Merge<Memory<char>, Memory<i32>>>;

    #[tokio::test]
    async fn sources_take_turns_until_all_have_ended() {
        let mut source = numbers();
        source.open(how(Vec::new())).await.unwrap();
        let (mut labels, mut values, mut ended) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            match source.next().await.unwrap() {
                Event::Added { partition, label } => labels.push((Numbers::arm(partition), partition, label)),
                Event::Chunk(fetched) => {
                    values.push((fetched.partition, fetched.chunk.text()));
                }
                Event::ArmsEnded { arms } => ended.extend(arms),
                Event::Ended => break,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(ended.len(), 2, "the last one is the end: {ended:?}");
        labels.sort();
        let memory = || "memory".to_owned();
        assert_eq!(labels, [(0, 0, memory()), (1, 1, memory()), (2, 3, memory())]);
        assert_eq!(Numbers::ARMS, 3);
        values.sort();
        let found: Vec<(u32, &str)> = values
            .iter()
            .map(|(partition, text)| (*partition, text.as_str()))
            .collect();
        assert_eq!(found, [(0, "1"), (0, "2"), (0, "3"), (1, "a"), (1, "b")]);
    }

    #[tokio::test]
    async fn each_source_resumes_where_it_was() {
        let mut source = merge(memory(vec![1, 2]), memory(vec!['a', 'b']));
        let resume = vec![
            ("memory".to_owned(), Either::Right(1)),
            ("memory".to_owned(), Either::Left(2)),
        ];
        source.open(how(resume)).await.unwrap();
        let mut values = Vec::new();
        loop {
            match source.next().await.unwrap() {
                Event::Chunk(fetched) => values.push(fetched.chunk.text()),
                Event::Ended => break,
                _ => {}
            }
        }
        assert_eq!(values, ["b"]);
    }

    #[test]
    fn a_position_is_written_as_that_of_its_own_source() {
        for (arm, position) in [
            (0, Either::Left(7)),
            (1, Either::Right(Either::Left(7))),
            (2, Either::Right(Either::Right(7))),
        ] {
            let text = Numbers::write_position(&position);
            assert_eq!(text, "7");
            assert_eq!(Numbers::read_position(arm, &text), Ok(position));
        }
        assert!(Numbers::read_position(0, "{}").is_err());
    }

    #[tokio::test]
    async fn a_source_that_waits_does_not_hold_up_the_other() {
        let (sender, receiver) = tokio::sync::mpsc::channel(10);
        let mut source = merge(channel(receiver), memory(vec!['a', 'b']));
        source.open(how(Vec::new())).await.unwrap();
        let mut values = Vec::new();
        while values.len() < 2 {
            if let Event::Chunk(fetched) = source.next().await.unwrap() {
                values.push(fetched.chunk.text());
            }
        }
        sender.send(7).await.unwrap();
        drop(sender);
        loop {
            match source.next().await.unwrap() {
                Event::Chunk(fetched) => values.push(fetched.chunk.text()),
                Event::Ended => break,
                _ => {}
            }
        }
        assert_eq!(values, ["a", "b", "7"]);
    }

    #[test]
    fn the_weaker_promise_holds() {
        assert_eq!(<Numbers as Source>::Replay::REPLAY, Replay::Replayable);
        assert_eq!(
            <Merge<Memory<i32>, crate::source::Channel<i32>> as Source>::Replay::REPLAY,
            Replay::None
        );
    }

    #[test]
    fn a_test_pushes_into_the_arm_it_names() {
        let at = |arm| At {
            arm,
            partition: 0,
            label: "memory".to_owned(),
            offset: 0,
        };
        let chunk = numbers().chunk_for_test(crate::bench::values(['x']), &at(1)).unwrap();
        assert_eq!(chunk.text(), "x");
        assert!(numbers().chunk_for_test(crate::bench::values(['x']), &at(2)).is_err());
    }

    trait Text {
        fn text(&self) -> String;
    }
    impl<T: std::fmt::Display + Send + Sync> Text for crate::source::Slice<T> {
        fn text(&self) -> String {
            self.records().map(|(_, value)| value.to_string()).collect()
        }
    }
    impl<L: Text, R: Text> Text for Either<L, R> {
        fn text(&self) -> String {
            match self {
                Self::Left(chunk) => chunk.text(),
                Self::Right(chunk) => chunk.text(),
            }
        }
    }
}
