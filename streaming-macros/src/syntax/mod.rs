//! From tokens to a tree. Parsing never fails: it returns a tree of all that was written, and diagnostics.

pub(crate) mod tree;
