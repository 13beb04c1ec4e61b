//! What the task that owns a source is told. It knows no types of the user's, so that it is compiled once.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::held::{Held, held};
use crate::source::SourceError;

/// What the engine tells every source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Fetch no more.
    Stop,
    /// The batch that was sealed last is written.
    Commit,
    /// Close: nothing more is asked.
    Close,
}

/// What the task of a source is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Command(Command),
    /// Put the positions of the batch that was sealed into a transaction, and [say](Orders::enlisted) how that went.
    Enlist,
}

type Enlisted = Result<(), SourceError>;

/// Tells the task of a source.
#[derive(Debug)]
pub(crate) struct Teller(UnboundedSender<(Told, Option<oneshot::Sender<Enlisted>>)>);

held!(Teller);

/// What the task of a source is told, in order.
#[derive(Debug)]
pub(crate) struct Orders {
    told: UnboundedReceiver<(Told, Option<oneshot::Sender<Enlisted>>)>,
    reply: Option<oneshot::Sender<Enlisted>>,
}

held!(Orders);

/// A source puts positions into a transaction.
#[derive(Debug)]
pub struct Enlisting(oneshot::Receiver<Enlisted>);

held!(Enlisting);

/// Somebody who tells, and what is told.
pub(crate) fn orders() -> (Held<Teller>, Held<Orders>) {
    let (tell, told) = unbounded_channel();
    (Held::new(Teller(tell)), Held::new(Orders { told, reply: None }))
}

impl Teller {
    /// A task that is gone has said why.
    pub(crate) fn tell(&self, command: Command) {
        let _ = self.0.send((Told::Command(command), None));
    }

    pub(crate) fn enlist(&self) -> Held<Enlisting> {
        let (reply, answer) = oneshot::channel();
        // A task that is gone drops the reply.
        let _ = self.0.send((Told::Enlist, Some(reply)));
        Held::new(Enlisting(answer))
    }
}

impl Orders {
    /// What the task is told next; to close, where nobody is left to tell it anything.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Told> {
        self.told.poll_recv(cx).map(|next| {
            let (told, reply) = next.unwrap_or((Told::Command(Command::Close), None));
            self.reply = reply;
            told
        })
    }

    /// How enlisting went. Whoever asked may have given up.
    pub(crate) fn enlisted(&mut self, result: Enlisted) {
        if let Some(reply) = self.reply.take() {
            let _ = reply.send(result);
        }
    }
}

impl Enlisting {
    /// How it went, once it is done.
    pub(crate) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<Enlisted> {
        let gone = |_| Err(SourceError::new("its task is gone".to_owned()));
        Pin::new(&mut self.0).poll(cx).map(|done| done.unwrap_or_else(gone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[tokio::test]
    async fn a_task_is_told_in_order_and_says_how_enlisting_went() {
        let (teller, mut orders) = orders();
        teller.tell(Command::Stop);
        let mut enlisting = teller.enlist();
        drop(teller);
        assert_eq!(poll_fn(|cx| orders.poll_next(cx)).await, Told::Command(Command::Stop));
        assert_eq!(poll_fn(|cx| orders.poll_next(cx)).await, Told::Enlist);
        orders.enlisted(Err(SourceError::new("no".to_owned())));
        let done = poll_fn(|cx| enlisting.poll_done(cx)).await;
        assert_eq!(done.unwrap_err().to_string(), "no");
        assert_eq!(poll_fn(|cx| orders.poll_next(cx)).await, Told::Command(Command::Close));
    }

    #[tokio::test]
    async fn a_task_that_is_gone_enlists_nothing() {
        let (teller, orders) = orders();
        let mut before = teller.enlist();
        drop(orders);
        let mut after = teller.enlist();
        for enlisting in [&mut before, &mut after] {
            let done = poll_fn(|cx| enlisting.poll_done(cx)).await;
            assert_eq!(done.unwrap_err().to_string(), "its task is gone");
        }
    }
}
