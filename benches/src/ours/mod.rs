//! What several pipelines share: where their rows go, and inputs that are in memory already.

mod lent;
mod lines;
mod pieces;

pub(crate) use lent::lent;
pub(crate) use lines::lines;
pub(crate) use pieces::Pieces;
