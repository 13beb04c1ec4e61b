use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{RestIn, Scope};
use crate::key::OwnedKey;
use crate::state::deadlines::Deadlines;
use crate::state::keyed::{Came, Close, Due};
use crate::state::table::Entry;
use crate::state::{Fold, State};
use crate::time::{Session, Span, Window, span};

/// The open sessions of a key, the earliest first: nearly always one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sessions<S>(Vec<(Span, S)>);

/// The only slice: a session may reach over any span of time.
const SLICE: i64 = 0;

/// `.window(session(…))`: what comes for a key joins the sessions that it touches, and sessions that come to touch each other become one. A deadline for each
/// key says when to look for one that has ended.
impl Scope for Session {
    type Slicing = Self;
    type Window = Window;
    type Held<S: State> = Sessions<S>;
    type Index<K: OwnedKey, S: State> = Deadlines;

    fn pass<K, P, F>(
        &self,
        rest: &mut RestIn<Self, K, F::State>,
        came: &mut Came<K, Span, P>,
        fold: &F,
        close: Close,
        mut emit: impl FnMut(Window, Entry<K, F::State>),
    ) where
        K: OwnedKey,
        P: Send,
        F: Fold<P>,
    {
        const { assert!(F::MERGES, "sessions that grow together need states that can be merged") };
        // In the order of slices, so that what is merged comes in the order of time.
        for (_, parts) in came {
            for Entry { hash, key, value } in parts.drain() {
                let before = rest.store.look(SLICE, hash, &key);
                let earliest = before.and_then(|sessions| self.earliest_end(sessions));
                let mut sessions = before.cloned().unwrap_or(Sessions(Vec::new()));
                self.join(&mut sessions, value.mark, fold.start(value.part), fold);
                // A deadline that is there already comes before that of a session that grew.
                let now = self.earliest_end(&sessions);
                if let Some(now) = now.filter(|now| earliest.is_none_or(|earliest| *now < earliest)) {
                    rest.index.add(now, hash);
                }
                let value = sessions;
                rest.store.put(SLICE, Entry { hash, key, value });
            }
        }
        while let Some(hash) = rest.index.take(close.watermark) {
            let mut next = None::<i64>;
            for key in rest.store.keys_with_hash(SLICE, hash) {
                let end = self.fire(rest, hash, &key, close.watermark, &mut emit);
                next = next.into_iter().chain(end).min();
            }
            // One for all keys of this hash.
            if let Some(next) = next {
                rest.index.add(next, hash);
            }
        }
    }

    fn rebuild<K: OwnedKey, S: State>(&self, rest: &mut RestIn<Self, K, S>) {
        let entries = rest.store.entries();
        let ends = entries.filter_map(|(_, entry)| Some((self.earliest_end(&entry.value)?, entry.hash)));
        rest.index.refill(ends);
    }

    fn due<K: OwnedKey, S: State>(&self, rest: &RestIn<Self, K, S>) -> Due {
        Due::at_event(rest.index.next())
    }

    fn shape(&self) -> String {
        format!("sessions that end after {}", span(self.gap()))
    }

    fn end_of(window: Window) -> i64 {
        window.end
    }
}

impl Session {
    fn earliest_end<S>(self, sessions: &Sessions<S>) -> Option<i64> {
        sessions.0.first().map(|(span, _)| self.end(span.last))
    }

    /// Brings what came in a span of time into the sessions of its key.
    fn join<P, F: Fold<P>>(self, sessions: &mut Sessions<F::State>, mut span: Span, state: F::State, fold: &F) {
        let all = &mut sessions.0;
        // Those that end before it begins stay; those that it touches become one with it.
        let first = all.partition_point(|(before, _)| before.last < span.first && !self.joins(before.last, span.first));
        let mut last = first;
        while let Some((next, _)) = all.get(last)
            && (next.first <= span.last || self.joins(span.last, next.first))
        {
            span.cover(*next);
            last += 1;
        }
        let mut joined = all
            .drain(first..last)
            .map(|(_, state)| state)
            .collect::<SmallVec<[_; 1]>>()
            .into_iter();
        let state = match joined.next() {
            None => state,
            Some(mut whole) => {
                fold.merge(&mut whole, state);
                joined.for_each(|later| fold.merge(&mut whole, later));
                whole
            }
        };
        all.insert(first, (span, state));
    }

    /// Emits the sessions of a key that have ended. Gives the end of the next one.
    fn fire<K: OwnedKey, S: State>(
        self,
        rest: &mut RestIn<Self, K, S>,
        hash: u64,
        key: &K,
        watermark: i64,
        emit: &mut impl FnMut(Window, Entry<K, S>),
    ) -> Option<i64> {
        let sessions = rest.store.look(SLICE, hash, key)?;
        let ended = sessions.0.partition_point(|(span, _)| self.end(span.last) <= watermark);
        if ended > 0 {
            let mut sessions = sessions.clone();
            for (span, value) in sessions.0.drain(..ended) {
                let window = Window {
                    start: span.first,
                    end: self.end(span.last),
                };
                let key = key.clone();
                emit(window, Entry { hash, key, value });
            }
            if sessions.0.is_empty() {
                rest.store.remove(SLICE, hash, key);
                return None;
            }
            let value = sessions;
            rest.store.put(
                SLICE,
                Entry {
                    hash,
                    key: key.clone(),
                    value,
                },
            );
        }
        let sessions = rest.store.look(SLICE, hash, key)?;
        self.earliest_end(sessions)
    }
}
