//! Tests of the checkpoint directory.

use super::changes::{Malformed, read};
use super::filesystem::{DataFile, Filesystem};
use super::journal::Journal;
use super::load::{Cursor, load};
use super::opened::{Last, Opened, open};
use super::real::Real;
use super::{Change, Changes, CheckpointError, Delta, Described, Identity, Layout, Means, PartOf, StateOf, segment};

mod basic;
mod bugs;
mod changes;
mod copy;
mod crash;
mod damage;
mod disk;
mod evolve;
mod faults;
mod fixture;
mod format;
mod identity;
mod image;
mod model;
mod random;
mod real;
