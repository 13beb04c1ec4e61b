//! Tests of the checkpoint directory.

mod basic;
