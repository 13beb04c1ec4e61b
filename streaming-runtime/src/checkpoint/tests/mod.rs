//! Tests of the checkpoint directory.

mod basic;
mod bugs;
mod changes;
mod crash;
mod damage;
mod disk;
mod faults;
mod fixture;
mod identity;
mod image;
mod model;
mod random;
mod real;
