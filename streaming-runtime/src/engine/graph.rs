use std::sync::Arc;

use crate::plan::Plan;
use crate::settings::Settings;
use crate::sink::Sinks;
use crate::stage::Stages;
use crate::time::Clock;

/// What a [`Pipeline`](crate::Pipeline) is made of: its stages and sinks, statically known.
///
/// Implemented by what `stream_pipeline!` emits. It is named where a function returns a pipeline:
/// `fn totals() -> Pipeline<impl Graph + use<>>`.
pub trait Graph: Send + Sync + 'static + private::Sealed {
    /// The stages.
    #[doc(hidden)]
    type Stages: Stages;
    /// The sinks.
    #[doc(hidden)]
    type Sinks: Sinks;
    #[doc(hidden)]
    fn stages(&self) -> &Self::Stages;
    #[doc(hidden)]
    fn stages_mut(&mut self) -> &mut Self::Stages;
    #[doc(hidden)]
    fn sinks(&self) -> &Self::Sinks;
}

/// The one implementation of [`Graph`]: a list of stages and a list of sinks.
pub struct Topology<S, K> {
    pub(crate) stages: S,
    pub(crate) sinks: K,
}

opaque_debug!([S, K] Topology<S, K>);

impl<S: Stages, K: Sinks> Graph for Topology<S, K> {
    type Stages = S;
    type Sinks = K;
    fn stages(&self) -> &S {
        &self.stages
    }
    fn stages_mut(&mut self) -> &mut S {
        &mut self.stages
    }
    fn sinks(&self) -> &K {
        &self.sinks
    }
}

/// A [`Graph`], and what there is to know of it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Parts<G> {
    pub(crate) plan: &'static Plan,
    pub(crate) settings: Settings,
    pub(crate) clocks: Vec<(u32, Arc<Clock>)>,
    pub(crate) graph: G,
}

mod private {
    pub trait Sealed {}
    impl<S, K> Sealed for super::Topology<S, K> {}
}
