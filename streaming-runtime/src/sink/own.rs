use super::Sink;
use super::delivery::Exact;

/// `.to(sink)`: writes each record to a sink.
#[must_use]
pub fn to<S: Sink>(sink: S) -> S {
    sink
}

/// `on_error(dead_letter(sink))`: writes input that cannot be decoded to a sink, and goes on.
#[must_use]
pub fn dead_letter<S: Sink>(sink: S) -> S {
    sink
}

/// What [`sink`] takes: every [`Sink`].
///
/// Nothing to implement: it is there so that a value that is no sink is one error, where it is given. `M` says how it was found to be one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sink",
    label = "this is not a sink",
    note = "`sink(…)` takes a value of a type that implements `streaming_runtime::sink::Sink`"
)]
pub trait IntoSink<M> {
    /// The sink.
    type Sink: Sink;
    /// The sink.
    fn into_sink(self) -> Self::Sink;
}

/// How [`IntoSink`] finds a sink.
#[derive(Debug)]
pub struct IsSink;

#[diagnostic::do_not_recommend]
impl<S: Sink> IntoSink<IsSink> for S {
    type Sink = S;
    fn into_sink(self) -> S {
        self
    }
}

// Never used: with one implementation alone, rustc would go on as if it held, and report what follows from that as well.
#[diagnostic::do_not_recommend]
impl<S: Sink + crate::never::Impossible> IntoSink<crate::never::Never> for S {
    type Sink = S;
    fn into_sink(self) -> S {
        self
    }
}

/// `.to(sink(value))`: a sink of your own, a value of any type that implements [`Sink`].
#[must_use]
pub fn sink<S: IntoSink<M>, M>(sink: S) -> S::Sink {
    sink.into_sink()
}

/// What [`sink`] is with `guarantee = exactly_once`: the type must promise as much.
#[must_use]
pub fn exactly_once<S, M>(sink: S) -> S::Sink
where
    S: IntoSink<M, Sink: Sink<Delivery: Exact>>,
{
    sink.into_sink()
}
