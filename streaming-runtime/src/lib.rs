//! wip

/// `Debug` for types whose parts have none: the name alone.
macro_rules! opaque_debug {
    ([$($generics:tt)*] $name:ident <$($arg:ident),*>) => {
        impl<$($generics)*> std::fmt::Debug for $name<$($arg),*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

pub mod agg;
pub mod key;
pub mod lend;
pub mod op;
pub mod outlet;
mod progress;
pub mod sink;
pub mod source;
pub mod stage;
pub mod state;
pub mod task;
pub mod time;
mod workers;
#[cfg(test)]
mod expansion_contract;
