//! To which pipeline a checkpoint belongs.

use serde::{Deserialize, Serialize};

use super::error::CheckpointError;
use super::manifest::Manifest;

/// How many characters of a long fingerprint are shown around the first difference.
const SHOWN: usize = 60;

/// What must be the same as when the checkpoint was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub pipeline: String,
    pub key_partitions: u32,
    /// The operators that keep state.
    pub operators: Vec<StateOf>,
}

/// An operator that keeps state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateOf {
    pub name: String,
    /// A description of the types in its state.
    pub fingerprint: String,
}

/// What stands in place of a fingerprint where the entries are positions of a source.
const POSITIONS: &str = "positions of a source";

impl StateOf {
    /// The positions of a source.
    pub(crate) fn positions(source: &str) -> Self {
        Self {
            name: source.to_owned(),
            fingerprint: POSITIONS.to_owned(),
        }
    }

    /// An aggregate may have the name of the source in whose chain it stands.
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.is_source() == other.is_source()
    }

    fn is_source(&self) -> bool {
        self.fingerprint == POSITIONS
    }
}

impl Identity {
    /// Checks that a manifest is of this pipeline, and adds operators that are new to it. Returns the place of each of this pipeline's
    /// operators in the manifest.
    pub(crate) fn join(self, manifest: &mut Manifest) -> Result<Vec<u32>, CheckpointError> {
        if manifest.pipeline != self.pipeline {
            return mismatch(format!(
                "it is of pipeline `{}`, and this is `{}`; give this pipeline a checkpoint directory of its own",
                manifest.pipeline, self.pipeline
            ));
        }
        if manifest.key_partitions != self.key_partitions {
            return mismatch(format!(
                "it was written with {} key partitions, and now there are {}; set the number back, or start with a new checkpoint directory",
                manifest.key_partitions, self.key_partitions
            ));
        }
        for stored in &manifest.operators {
            let Some(now) = self.operators.iter().find(|operator| operator.is_same(stored)) else {
                if stored.is_source() {
                    self.may_be_without(stored, manifest)?;
                    continue;
                }
                return mismatch(format!(
                    "it holds state of operator `{}`, which this pipeline does not have; bring the operator back, or start with a new \
                     checkpoint directory",
                    stored.name
                ));
            };
            if now.fingerprint != stored.fingerprint {
                let (was, is) = differing(&stored.fingerprint, &now.fingerprint);
                return mismatch(format!(
                    "the state of operator `{}` has other types: it was `{was}` and is now `{is}`; change the types back, or start with a \
                     new checkpoint directory",
                    stored.name
                ));
            }
        }
        let places = self.operators.into_iter().map(|operator| {
            let known = manifest.operators.iter().position(|stored| stored.is_same(&operator));
            let place = known.unwrap_or_else(|| {
                let what = if operator.is_source() {
                    "the source is new to the checkpoint and starts at its beginning"
                } else {
                    "the operator is new to the checkpoint and starts with empty state"
                };
                tracing::warn!(target: "streaming_runtime::checkpoint", operator = operator.name, "{what}");
                manifest.operators.push(operator);
                manifest.operators.len() - 1
            });
            u32::try_from(place).expect("fewer operators than 2^32")
        });
        Ok(places.collect())
    }
}

impl Identity {
    /// Whether the pipeline may run without a source that it had: another one that is new could be the same under another name, and
    /// would read again what was read.
    fn may_be_without(&self, gone: &StateOf, manifest: &Manifest) -> Result<(), CheckpointError> {
        let is_new = |operator: &&StateOf| {
            operator.is_source() && !manifest.operators.iter().any(|stored| stored.is_same(operator))
        };
        let Some(new) = self.operators.iter().find(is_new) else {
            tracing::warn!(
                target: "streaming_runtime::checkpoint",
                source = gone.name,
                "the pipeline no longer has this source; the checkpoint keeps its positions for when it comes back"
            );
            return Ok(());
        };
        mismatch(format!(
            "it holds the positions of source `{}`, which this pipeline does not have, and source `{}` is new: if the source was renamed, give \
             it its old name back; if one takes the place of the other, run the pipeline once without both of them, or start with a new checkpoint \
             directory",
            gone.name, new.name
        ))
    }
}

fn mismatch<T>(reason: String) -> Result<T, CheckpointError> {
    Err(CheckpointError::Mismatch { reason })
}

/// Two texts as far as they have to be shown to see the first difference.
fn differing(was: &str, is: &str) -> (String, String) {
    let same = was.chars().zip(is.chars()).take_while(|(was, is)| was == is).count();
    let from = same.saturating_sub(SHOWN / 2);
    let part = |text: &str| {
        let length = text.chars().count();
        let shown: String = text.chars().skip(from).take(SHOWN).collect();
        let front = if from > 0 { "…" } else { "" };
        let back = if length > from + SHOWN { "…" } else { "" };
        format!("{front}{shown}{back}")
    };
    if was.len().max(is.len()) <= 2 * SHOWN {
        return (was.into(), is.into());
    }
    (part(was), part(is))
}
