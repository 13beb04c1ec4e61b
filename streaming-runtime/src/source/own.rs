use super::Source;

/// `source(value)`: a source of your own, a value of any type that implements [`Source`].
#[must_use]
pub fn source<S: Source>(source: S) -> S {
    source
}
