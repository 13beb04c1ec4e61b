use super::Sink;

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

/// `.to(sink(value))`: a sink of your own, a value of any type that implements [`Sink`].
#[must_use]
pub fn sink<S: Sink>(sink: S) -> S {
    sink
}
