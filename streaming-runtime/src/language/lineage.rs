//! Where the records of a stream come from, as far as it decides what may stand behind the stream.

use std::marker::PhantomData;

use crate::source::{Meta, Payloads, Records, Source};

/// Records that are bytes until they are decoded.
#[derive(Debug)]
pub struct Undecoded(());

/// A source that is not decoded. Its options stand directly behind it.
#[derive(Debug)]
pub struct Raw<S>(PhantomData<S>);

/// Records with their meta (`|record, meta| …`), as a source gives them.
#[derive(Debug)]
pub struct Read<M>(PhantomData<M>);

/// Directly behind `lines`.
#[derive(Debug)]
pub struct Lines<M>(PhantomData<M>);

/// Directly behind `json`. Its options stand here.
#[derive(Debug)]
pub struct Json<M>(PhantomData<M>);

/// Directly behind `csv`. Its options stand here.
#[derive(Debug)]
pub struct Csv<M>(PhantomData<M>);

/// Decoded records with their meta.
#[derive(Debug)]
pub struct Decoded<M>(PhantomData<M>);

/// Behind an aggregate: the meta of the records is gone.
#[derive(Debug)]
pub struct Behind<F>(PhantomData<F>);

/// Behind a windowed aggregate of records of type `T`, some of which may come late.
#[derive(Debug)]
pub struct Windowed<T, F>(PhantomData<(T, F)>);

/// Directly behind `on_event`, over state `S` of keys `K`: `on_timer` may stand here.
#[derive(Debug)]
pub struct Handled<S, K, F>(PhantomData<(S, K, F)>);

/// What operators on records may stand behind.
pub trait Typed {
    /// What an operator leaves of it.
    type Kept: Typed;
    /// What is known about a record beside its value; `()` where that is gone.
    type Meta;
}

impl Typed for () {
    type Kept = ();
    type Meta = ();
}
impl<S: Source> Typed for Raw<S>
where
    S::Chunk: Records,
{
    type Kept = Read<<S::Chunk as Records>::Meta<'static>>;
    type Meta = <S::Chunk as Records>::Meta<'static>;
}
impl<M> Typed for Read<M> {
    type Kept = Self;
    type Meta = M;
}
impl<M> Typed for Lines<M> {
    type Kept = Decoded<M>;
    type Meta = M;
}
impl<M> Typed for Json<M> {
    type Kept = Decoded<M>;
    type Meta = M;
}
impl<M> Typed for Csv<M> {
    type Kept = Decoded<M>;
    type Meta = M;
}
impl<M> Typed for Decoded<M> {
    type Kept = Self;
    type Meta = M;
}
impl<F> Typed for Behind<F> {
    type Kept = Self;
    type Meta = ();
}
impl<T, F> Typed for Windowed<T, F> {
    type Kept = Self;
    type Meta = ();
}
impl<S, K, F> Typed for Handled<S, K, F> {
    type Kept = Behind<F>;
    type Meta = ();
}

/// A decoder stands somewhere upstream, so `errors` may follow.
pub trait WithErrors {}
impl<M> WithErrors for Lines<M> {}
impl<M> WithErrors for Json<M> {}
impl<M> WithErrors for Csv<M> {}
impl<M> WithErrors for Decoded<M> {}
impl<F: WithErrors> WithErrors for Behind<F> {}
impl<T, F: WithErrors> WithErrors for Windowed<T, F> {}
impl<S, K, F: WithErrors> WithErrors for Handled<S, K, F> {}

/// A windowed aggregate stands somewhere upstream, so `late` may follow.
pub trait WithLate {
    /// The records that the nearest of them takes.
    type Late;
    /// Where these come from.
    type Source;
}
impl<F: WithLate> WithLate for Behind<F> {
    type Late = F::Late;
    type Source = F::Source;
}
impl<S, K, F: WithLate> WithLate for Handled<S, K, F> {
    type Late = F::Late;
    type Source = F::Source;
}
impl<T, F> WithLate for Windowed<T, F> {
    type Late = T;
    type Source = Behind<F>;
}

/// Bytes that can be decoded.
pub trait Bytes {
    /// What is known about a payload.
    type Meta: Meta;
}
impl<S: Source> Bytes for Raw<S>
where
    S::Chunk: Payloads,
{
    type Meta = <S::Chunk as Payloads>::Meta<'static>;
}
