//! The public harness for sinks and sources: what is wrong with one is found, by name; those that come with the library show nothing.

mod shipped;
mod sinks;
mod sources;
