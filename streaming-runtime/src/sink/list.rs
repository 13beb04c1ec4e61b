use std::future::{Future, poll_fn, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use super::delivery::Promise;
use super::order::{Answered, Order, Together};
use super::shelf::Shelves;
use super::{Delivery, Sink, SinkEdge, SinkMeta};
use crate::error::SinkStep;

/// The sinks of a pipeline, a list of pairs `(k0, (k1, ()))`.
pub trait Sinks: Send + Sync + 'static {
    /// Brings something to all of them, in order; none of them waits.
    fn visit(&self, visit: &mut Visit<'_>);

    /// Has all of them do something at the same time, or one after the other.
    fn ask<'a>(&'a self, order: &'a Order<'a>) -> impl Future<Output = Answered> + Send + 'a;
}

/// What is brought to every sink.
#[derive(Debug)]
pub enum Visit<'a> {
    /// What is there to know of them before they are opened.
    Describe(&'a mut Vec<About>),
    /// The batch closes: is there any output?
    Seal(&'a mut bool),
    /// What the checkpoint keeps of the batch that is prepared, and the output that it keeps.
    Note(&'a mut Vec<SinkMeta>, &'a mut Vec<Vec<u8>>),
    /// Which of them has not come back from what it was asked to do: it has panicked.
    Away(&'a mut Option<(&'static str, SinkStep)>),
    /// Has the output go to a shelf of a test bench, where it has a text form.
    Shelve(&'a mut Shelves),
}

/// What is known of a sink before it is opened.
#[derive(Debug, Clone)]
pub struct About {
    pub(crate) name: &'static str,
    pub(crate) delivery: Delivery,
    /// The transaction that it shares with others, where it decides by one.
    pub(crate) transaction: Option<String>,
}

impl About {
    /// A batch counts only once this sink has committed it.
    pub(crate) fn decides(&self) -> bool {
        self.delivery == Delivery::Deciding
    }

    /// The names of sinks, and what they promise.
    pub(crate) fn promises(sinks: &[Self]) -> Vec<(&str, Delivery)> {
        sinks.iter().map(|sink| (sink.name, sink.delivery)).collect()
    }
}

impl Sinks for () {
    fn visit(&self, _: &mut Visit<'_>) {}

    fn ask<'a>(&'a self, _: &'a Order<'a>) -> impl Future<Output = Answered> + Send + 'a {
        ready(Ok(Vec::new()))
    }
}

impl<S: Sink, B: Sinks> Sinks for (Arc<SinkEdge<S>>, B) {
    fn visit(&self, visit: &mut Visit<'_>) {
        self.0.visit(visit);
        self.1.visit(visit);
    }

    async fn ask<'a>(&'a self, order: &'a Order<'a>) -> Answered {
        let (mut first, mut others) = (pin!(self.0.ask(order)), pin!(self.1.ask(order)));
        let mut both = Together::of(order);
        poll_fn(|cx| {
            if both.waits_for_first()
                && let Poll::Ready(answer) = first.as_mut().poll(cx)
            {
                both.first(answer);
            }
            if both.waits_for_others()
                && let Poll::Ready(answers) = others.as_mut().poll(cx)
            {
                both.others(answers);
            }
            both.done()
        })
        .await
    }
}

impl<S: Sink> SinkEdge<S> {
    fn visit(&self, visit: &mut Visit<'_>) {
        match visit {
            Visit::Describe(found) => found.push(About {
                name: self.name,
                delivery: <S::Delivery as Promise<S::Staged>>::DELIVERY,
                transaction: self.transaction(),
            }),
            Visit::Seal(any) => **any |= self.seal(),
            Visit::Note(kept, logs) => {
                let (note, log) = self.note();
                kept.push(note);
                logs.extend(log);
            }
            Visit::Away(found) => **found = found.or(self.away().map(|step| (self.name, step))),
            Visit::Shelve(shelves) => {
                if S::messages(&S::Staged::default()).is_some() {
                    self.replace(shelves.named(self.name));
                }
            }
        }
    }
}
