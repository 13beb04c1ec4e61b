//! What is known about a stream, derived from the table and from the stream before.

use super::{EventTime, Facts, Graph, Output, Port};
use crate::spec::{Gives, Kind, OpSpec, Options, Scope, StreamKind, Takes, TimeEffect};

/// Whether an operator may stand behind such a stream.
pub(crate) fn fits(takes: Takes, kind: StreamKind) -> bool {
    match takes {
        Takes::Nothing => true,
        Takes::Raw => kind == StreamKind::Raw,
        Takes::Keyed => kind == StreamKind::Keyed,
        Takes::Scoped => matches!(kind, StreamKind::Scoped(scope) if scope != Scope::ByHand),
        Takes::ByHand => kind == StreamKind::Scoped(Scope::ByHand),
        Takes::Records | Takes::Decoded | Takes::Windowed => {
            matches!(kind, StreamKind::Raw | StreamKind::Records)
        }
    }
}

/// What comes out of an operator with these inputs, that many arguments, and the options that `given` says.
pub(super) fn derive(spec: &OpSpec, inputs: &[Facts], args: usize, given: Options<'_>) -> Facts {
    let event_time = match spec.event_time {
        // A missing event time is reported once, where it is first needed.
        _ if spec.needs_event_time => EventTime::Yes,
        TimeEffect::Sets => EventTime::Yes,
        TimeEffect::Drops => EventTime::No,
        TimeEffect::Keeps => joined(inputs),
    };
    let misfit = inputs.iter().any(|input| !fits(spec.takes, input.kind));
    Facts {
        kind: kind(spec, inputs, args),
        event_time,
        meta: !spec.drops_meta && inputs.iter().all(|input| input.meta),
        updating: (spec.updates)(given) || spec.kind != Kind::Scope && inputs.iter().any(|input| input.updating),
        poisoned: misfit || spec.kind == Kind::Unknown || inputs.iter().any(|input| input.poisoned),
    }
}

fn kind(spec: &OpSpec, inputs: &[Facts], args: usize) -> StreamKind {
    match spec.gives {
        Gives::Kind(kind) => kind,
        Gives::PartsPlusOne => StreamKind::Parts(args + 1),
        Gives::Same => match inputs {
            // Only what comes directly from a source can be decoded.
            [input] if input.kind != StreamKind::Raw => input.kind,
            _ => StreamKind::Records,
        },
    }
}

fn joined(inputs: &[Facts]) -> EventTime {
    let Some((first, others)) = inputs.split_first() else {
        return EventTime::No;
    };
    if others.iter().all(|other| other.event_time == first.event_time) {
        first.event_time
    } else {
        EventTime::Mixed
    }
}

impl Graph {
    /// What is known about one output of a node.
    pub(crate) fn facts(&self, port: Port) -> Facts {
        let main = self.nodes[port.node.0].facts;
        match port.output {
            Output::Main => main,
            Output::Part(_) => Facts {
                kind: StreamKind::Records,
                ..main
            },
            Output::Late => Facts {
                kind: StreamKind::Records,
                event_time: EventTime::Yes,
                meta: false,
                updating: false,
                poisoned: main.poisoned,
            },
            Output::Errors => Facts {
                kind: StreamKind::Records,
                event_time: EventTime::No,
                meta: false,
                updating: false,
                poisoned: main.poisoned,
            },
        }
    }
}
