//! What the state of an operator is made of: as the manifest records it, and as the program has it.

use serde::{Deserialize, Serialize};

use super::shape::Value;

/// An entry of the manifest's operators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateOf {
    pub name: String,
    /// What its entries are made of; `None` where they are positions of a source.
    pub state: Option<Layout>,
    /// The `#[reset = "…"]` that was carried out last.
    pub reset: Option<String>,
}

/// What keys and values of an operator are made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Layout {
    /// Over what it aggregates, in words.
    pub scope: String,
    /// The shape of its keys.
    pub key: String,
    /// The shape of its values, with [`HOLE`](super::shape::HOLE) where the parts stand, one behind the other.
    pub value: String,
    pub parts: Vec<PartOf>,
}

/// A part of a value: an accumulator, or all of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartOf {
    /// The fields that it is for. Aggregates that are written alike are one accumulator.
    pub names: Vec<String>,
    /// What the user wrote: `max(|o| o.cents)`.
    pub call: String,
    pub shape: String,
}

impl StateOf {
    /// The positions of a source.
    pub(crate) fn positions(source: &str) -> Self {
        Self {
            name: source.to_owned(),
            state: None,
            reset: None,
        }
    }

    pub(crate) fn is_source(&self) -> bool {
        self.state.is_none()
    }
}

/// The hash of a key, from its bytes.
pub(crate) type HashOf = fn(&[u8]) -> Option<u64>;

/// What a program knows of the state of one of its operators.
#[derive(Debug, Clone)]
pub(crate) struct Described {
    pub of: StateOf,
    /// Names that it had.
    pub was: Vec<String>,
    /// Other names under which a checkpoint may have it, unless they are another operator's.
    pub may_be: Vec<String>,
    /// What can be done with each part, in the order of the layout.
    pub means: Vec<Means>,
    pub hash: HashOf,
}

impl Described {
    /// The positions of a source.
    pub(crate) fn positions(source: &str, was: &[&str]) -> Self {
        Self {
            of: StateOf::positions(source),
            was: was.iter().map(|&was| was.to_owned()).collect(),
            may_be: Vec::new(),
            means: Vec::new(),
            hash: |_| None,
        }
    }
}

/// What a program can do with the bytes of a part.
#[derive(Debug, Clone)]
pub(crate) struct Means {
    /// The bytes of one to which nothing was added, where it is one of several.
    pub empty: Option<Vec<u8>>,
    /// A result may be asked of it before a record has come, and it has none then.
    pub needs_record: bool,
    /// How many of the bytes are one.
    pub measure: fn(&[u8]) -> Option<usize>,
    /// Makes one of a value that another type has written.
    pub adopt: fn(Value) -> Result<Vec<u8>, String>,
}
