//! Values that stand one behind the other: of a tuple, a list or a map.

use serde::de::value::Error;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess};
use serde_reflection::Format;

use super::{Ask, Tracer};

/// Reads so many values, and gives their formats.
pub(super) fn several<'t, 'c, T>(
    tracer: &'t mut Tracer<'c>,
    count: usize,
    read: impl FnOnce(&mut Several<'t, 'c>) -> Result<T, Error>,
) -> Result<(T, Vec<Format>), Error> {
    let mut several = Several {
        tracer,
        left: count,
        formats: Vec::with_capacity(count),
    };
    let value = read(&mut several)?;
    Ok((value, several.formats))
}

pub(super) struct Several<'t, 'c> {
    pub(super) tracer: &'t mut Tracer<'c>,
    pub(super) left: usize,
    pub(super) formats: Vec<Format>,
}

impl Several<'_, '_> {
    fn next<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else {
            return Ok(None);
        };
        self.left = left;
        let mut format = Format::Unit;
        let read = seed.deserialize(Ask {
            tracer: self.tracer,
            format: &mut format,
        });
        if self.tracer.probes {
            let place = self.tracer.open.last().cloned().unwrap_or_default();
            self.tracer.note(&format!("{place}.{}", self.formats.len()), &format);
        }
        let value = read?;
        self.formats.push(format);
        Ok(Some(value))
    }
}

impl<'de> SeqAccess<'de> for &mut Several<'_, '_> {
    type Error = Error;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.next(seed)
    }
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for &mut Several<'_, '_> {
    type Error = Error;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.next(seed)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        self.next(seed)?.ok_or_else(|| Error::custom("a key without a value"))
    }
}
