use serde::{Deserialize, Serialize};

/// What a checkpoint keeps of a sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkMeta {
    pub(crate) name: String,
    /// What the sink said of the last batch that it prepared.
    pub(crate) receipt: Option<String>,
    /// The last batches that the sink was given output of, the newer one first.
    pub(crate) batches: [Option<u64>; 2],
    /// Bytes of the output that is kept for it behind this document.
    pub(crate) logged: Option<usize>,
}
