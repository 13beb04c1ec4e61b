//! Tests of the whole: behaviour, user interface, invariants.

pub mod random;
