//! Tests of the whole: behaviour, user interface, invariants.

#[cfg(feature = "crash-points")]
pub mod planting;
pub mod random;
