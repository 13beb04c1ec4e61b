//! Tests of the whole: behaviour, user interface, invariants.
