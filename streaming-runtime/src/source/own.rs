use super::Source;
use super::replay::Exact;

/// What [`source`] takes: every [`Source`].
///
/// Nothing to implement: it is there so that a value that is no source is one error, where it is given. `M` says how it was found to be one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a source",
    label = "this is not a source",
    note = "`source(…)` takes a value of a type that implements `streaming_runtime::source::Source`"
)]
pub trait IntoSource<M> {
    /// The source.
    type Source: Source;
    /// The source.
    fn into_source(self) -> Self::Source;
}

/// How [`IntoSource`] finds a source.
#[derive(Debug)]
pub struct IsSource;

#[diagnostic::do_not_recommend]
impl<S: Source> IntoSource<IsSource> for S {
    type Source = S;
    fn into_source(self) -> S {
        self
    }
}

// Never used: with one implementation alone, rustc would go on as if it held, and report what follows from that as well.
#[diagnostic::do_not_recommend]
impl<S: Source + crate::never::Impossible> IntoSource<crate::never::Never> for S {
    type Source = S;
    fn into_source(self) -> S {
        self
    }
}

/// `source(value)`: a source of your own, a value of any type that implements [`Source`].
#[must_use]
pub fn source<S: IntoSource<M>, M>(source: S) -> S::Source {
    source.into_source()
}

/// What [`source`] is with `guarantee = exactly_once`: the type must promise as much.
#[must_use]
pub fn exactly_once<S, M>(source: S) -> S::Source
where
    S: IntoSource<M, Source: Source<Replay: Exact>>,
{
    source.into_source()
}
