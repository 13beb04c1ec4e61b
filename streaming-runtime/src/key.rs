//! Keys: what `key_by` may return.
//!
//! A key may borrow from the record (`|order| order.user.as_str()`); it is looked up borrowed and made owned only
//! when it is seen for the first time. The hash of a key is stable across processes: partitions are persistent.

use std::hash::{BuildHasher, Hash};

pub use streaming_macros::Key;

use foldhash::fast::FixedState;
use serde::{Serialize, de::DeserializeOwned};

/// What rests in state: owned, comparable, and able to be written down.
///
/// Implemented for every type that has the parts; nothing to do by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot rest in state",
    label = "not `Hash + Eq + Clone + Send + Sync + Serialize + Deserialize`",
    note = "the owned form of a key crosses threads and is written to checkpoints"
)]
pub trait OwnedKey: Hash + Eq + Clone + Send + Sync + Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Clone + Send + Sync + Serialize + DeserializeOwned + 'static> OwnedKey for T {}

/// A key, owned or borrowed from a record.
///
/// Implemented for integers, `bool`, `char`, `str`, `String`, byte slices, references to keys, `Option`, `Vec`, arrays of
/// up to 32 and tuples of up to 6 keys. For a type of your own derive it: `#[derive(Hash, PartialEq, Eq, Clone, Serialize, Deserialize, Key)]`.
///
/// Floating-point numbers are not keys: they have no total equality. Use `to_bits()` or a rounded integer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "returned as the key",
    note = "keys are integers, strings, bytes, tuples of keys and types with `#[derive(Key)]`"
)]
pub trait Key: Hash {
    /// The form that rests in state.
    type Owned: OwnedKey;

    /// The owned form; called once per distinct key, worker and batch.
    fn to_key(&self) -> Self::Owned;

    /// The owned form of an owned key, without copying it.
    fn into_key(self) -> Self::Owned
    where
        Self: Sized,
    {
        self.to_key()
    }

    /// The key itself. The emitted code calls it, so that what is no key is an error at `key_by` and nowhere else.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    fn given(self) -> Self
    where
        Self: Sized,
    {
        self
    }

    /// The stable hash.
    #[doc(hidden)]
    #[inline(always)]
    fn hashed(&self) -> u64 {
        hash_of(self)
    }

    /// Whether this is that key.
    fn is(&self, owned: &Self::Owned) -> bool;
}

/// A key with its hash: for several aggregates that group by it.
#[derive(Debug, Clone, Copy)]
pub struct Hashed<Q> {
    hash: u64,
    key: Q,
}

impl<Q: Key> Hashed<Q> {
    /// Hashes the key.
    #[inline(always)]
    pub fn new(key: Q) -> Self {
        let hash = key.hashed();
        Self { hash, key }
    }
}

impl<Q: Hash> Hash for Hashed<Q> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<Q: Key> Key for Hashed<Q> {
    type Owned = Q::Owned;
    fn to_key(&self) -> Q::Owned {
        self.key.to_key()
    }
    fn into_key(self) -> Q::Owned {
        self.key.into_key()
    }
    #[inline(always)]
    fn hashed(&self) -> u64 {
        self.hash
    }
    #[inline]
    fn is(&self, owned: &Q::Owned) -> bool {
        self.key.is(owned)
    }
}

/// The stable hash of a key: foldhash with a fixed seed, pinned by its exact version in the workspace manifest and by a golden
/// test.
#[inline]
pub(crate) fn hash_of<K: Hash + ?Sized>(key: &K) -> u64 {
    FixedState::with_seed(0x05ee_d0f5_7a7e).hash_one(key)
}

macro_rules! plain_keys {
    ($($t:ty),*) => {$(
        impl Key for $t {
            type Owned = $t;
            #[inline]
            fn to_key(&self) -> $t { *self }
            #[inline]
            fn is(&self, owned: &$t) -> bool { self == owned }
        }
    )*};
}
plain_keys!(
    u8,
    u16,
    u32,
    u64,
    u128,
    usize,
    i8,
    i16,
    i32,
    i64,
    i128,
    isize,
    bool,
    char,
    ()
);

impl Key for str {
    type Owned = String;
    fn to_key(&self) -> String {
        self.to_owned()
    }
    #[inline]
    fn is(&self, owned: &String) -> bool {
        self == owned.as_str()
    }
}

impl Key for String {
    type Owned = Self;
    fn to_key(&self) -> Self {
        self.clone()
    }
    fn into_key(self) -> Self {
        self
    }
    #[inline]
    fn is(&self, owned: &Self) -> bool {
        self == owned
    }
}

impl<T: Key + ?Sized> Key for &T {
    type Owned = T::Owned;
    fn to_key(&self) -> T::Owned {
        (**self).to_key()
    }
    #[inline(always)]
    fn hashed(&self) -> u64 {
        (**self).hashed()
    }
    #[inline]
    fn is(&self, owned: &T::Owned) -> bool {
        (**self).is(owned)
    }
}

impl<T: Key> Key for [T] {
    type Owned = Vec<T::Owned>;
    fn to_key(&self) -> Vec<T::Owned> {
        self.iter().map(Key::to_key).collect()
    }
    fn is(&self, owned: &Vec<T::Owned>) -> bool {
        self.len() == owned.len() && self.iter().zip(owned).all(|(a, b)| a.is(b))
    }
}

impl<T: Key> Key for Vec<T> {
    type Owned = Vec<T::Owned>;
    fn to_key(&self) -> Vec<T::Owned> {
        self.as_slice().to_key()
    }
    fn is(&self, owned: &Vec<T::Owned>) -> bool {
        self.as_slice().is(owned)
    }
}

macro_rules! array_keys {
    ($($n:literal)*) => {$(
        impl<T: Key> Key for [T; $n] {
            type Owned = [T::Owned; $n];
            fn to_key(&self) -> Self::Owned {
                self.each_ref().map(Key::to_key)
            }
            fn into_key(self) -> Self::Owned {
                self.map(Key::into_key)
            }
            #[inline]
            fn is(&self, owned: &Self::Owned) -> bool {
                self.iter().zip(owned).all(|(a, b)| a.is(b))
            }
        }
    )*};
}
// One by one, because serde knows arrays one by one.
array_keys!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);

impl<T: Key> Key for Option<T> {
    type Owned = Option<T::Owned>;
    fn to_key(&self) -> Option<T::Owned> {
        self.as_ref().map(Key::to_key)
    }
    fn into_key(self) -> Option<T::Owned> {
        self.map(Key::into_key)
    }
    #[inline]
    fn is(&self, owned: &Option<T::Owned>) -> bool {
        match (self, owned) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        }
    }
}

macro_rules! tuple_keys {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Key),+> Key for ($($name,)+) {
            type Owned = ($($name::Owned,)+);
            fn to_key(&self) -> Self::Owned { ($(self.$index.to_key(),)+) }
            fn into_key(self) -> Self::Owned { ($(self.$index.into_key(),)+) }
            #[inline]
            fn is(&self, owned: &Self::Owned) -> bool { $(self.$index.is(&owned.$index))&&+ }
        }
    };
}
tuple_keys!(A 0);
tuple_keys!(A 0, B 1);
tuple_keys!(A 0, B 1, C 2);
tuple_keys!(A 0, B 1, C 2, D 3);
tuple_keys!(A 0, B 1, C 2, D 3, E 4);
tuple_keys!(A 0, B 1, C 2, D 3, E 4, F 5);

#[cfg(test)]
mod tests;
