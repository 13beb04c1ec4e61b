//! What no type is: for implementations that exist so that rustc looks for another one.

/// Implemented by nothing.
pub trait Impossible {}

/// Stands for an implementation that is never chosen.
#[derive(Debug)]
pub struct Never;
