//! What several pipelines share: where their rows go, and inputs that are in memory already.

mod lent;
mod lines;
mod pieces;
#[cfg(feature = "kafka")]
mod total;

pub(crate) use lent::lent;
pub(crate) use lines::lines;
pub(crate) use pieces::Pieces;
#[cfg(feature = "kafka")]
pub(crate) use total::Total;
