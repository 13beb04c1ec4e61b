/// A record and the key it is sent under: what a sink with `.key(f)` is given.
#[derive(Debug, Clone, Copy)]
pub struct Keyed<K, R> {
    /// What the function of `.key(f)` returned.
    pub key: K,
    /// The record, usually a reference to it.
    pub record: R,
}
