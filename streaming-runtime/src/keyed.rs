//! What closures over the state of a key are given: `.state::<S>(…).on_event(|state, event, cx| …).on_timer(|state, cx| …)`.
//!
//! [`Cx`] is the `cx` of `on_event`, and [`TimerCx`] that of `on_timer`. A pipeline names neither: closures need no types.

pub use crate::state::handler::{Cx, KeyState, Silent, Timed, TimerCx, TimerOf, Untimed, WithEventTime, WithTimers};
