//! What the code emitted by `stream_pipeline!` calls. Not for use by hand: it changes without notice.

pub use std::sync::Arc;
pub use std::time::Duration;

pub use crate::lend::{Ask, DebugKind, DisplayKind, Lent, PlainKind, TextKind};
pub use crate::outlet::Outlet;
pub use crate::sink::SinkEdge;
pub use crate::source::{Payloads, Records, Source};
pub use crate::stage::{KeyedStage, Parts, Rows, RowsStage, SourceStage, fold_with};
pub use crate::state::exchange::{Append, Exchange, Merge, Reduce};
pub use crate::state::scope::{Batch, Running};
pub use crate::task::Task;
pub use crate::time::{Clock, Tumbling};
