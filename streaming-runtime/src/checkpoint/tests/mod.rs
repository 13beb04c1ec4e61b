//! Tests of the checkpoint directory.

mod basic;
mod bugs;
mod crash;
mod damage;
mod disk;
mod faults;
mod fixture;
mod image;
mod model;
mod random;
