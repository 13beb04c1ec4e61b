//! A process that is killed, stopped and refused by the system again and again leaves what one undisturbed run would have left.

mod follow;
#[cfg(target_os = "linux")]
mod full;
mod lives;
mod model;
#[cfg(target_os = "linux")]
mod refused;
#[cfg(target_os = "linux")]
mod strace;
#[cfg(target_os = "linux")]
mod told;
mod victim;
