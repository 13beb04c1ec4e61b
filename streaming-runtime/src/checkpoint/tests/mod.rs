//! Tests of the checkpoint directory.

mod basic;
mod crash;
mod disk;
mod image;
mod model;
mod random;
