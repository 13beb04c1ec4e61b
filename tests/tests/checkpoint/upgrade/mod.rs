//! A row of `docs/upgrading.md` each: the old program, the new program, one checkpoint.

mod drained;
mod fields;
mod keys;
mod names;
mod types;

use serde::{Deserialize, Serialize};
use streaming_runtime::testing::{Rows, json};
use streaming_runtime::{PipelineError, testing};

/// What the pipelines read.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order {
    user: String,
    at: i64,
    cents: u64,
}

fn order(user: &str, at: i64, cents: u64) -> Rows {
    json([Order {
        user: user.into(),
        at,
        cents,
    }])
}

/// Why a pipeline does not start.
fn refused<G: streaming_runtime::Graph>(started: Result<testing::Driver<G>, PipelineError>) -> String {
    match started {
        Err(error @ PipelineError::Checkpoint(_)) => error.to_string(),
        Err(other) => panic!("refused for another reason: {other}"),
        Ok(_) => panic!("not refused"),
    }
}
