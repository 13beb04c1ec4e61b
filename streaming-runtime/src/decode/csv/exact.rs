use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// A record, and how many fields of its row come after those that it took.
#[derive(Debug)]
pub(super) struct Exact<T> {
    pub(super) record: T,
    pub(super) left: usize,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Exact<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The fields of a row are one sequence, whatever types lie within each other.
        deserializer.deserialize_tuple(2, Fields(PhantomData))
    }
}

struct Fields<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
    type Value = Exact<T>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the fields of a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Exact<T>, A::Error> {
        let record = fields.next_element()?;
        let record = record.ok_or_else(|| serde::de::Error::custom("the row has no fields"))?;
        let mut left = 0;
        while fields.next_element::<IgnoredAny>()?.is_some() {
            left += 1;
        }
        Ok(Exact { record, left })
    }
}
