//! The names of fields. `serde` says all names that a type takes, with `#[serde(alias)]` more than it has fields: then each name is offered to the
//! type, which refuses one more for a field that it has, and says what that field is called.

use std::any::type_name;

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde_reflection::{Format, Named};

use super::several::several;
use super::{Ask, Tracer};

/// A type, or a variant of one, and the names that its fields have.
pub(super) type Of = (&'static str, Option<u32>, &'static [&'static str]);
/// What the field is called to which each of these names belongs; `None` where it is another name of a field that was named before.
pub(super) type Names = Vec<Option<&'static str>>;

impl Tracer<'_> {
    /// Reads fields of which these are all names.
    pub(super) fn fields<'de, V: Visitor<'de>>(
        &mut self,
        variant: Option<u32>,
        all: &'static [&'static str],
        visitor: V,
    ) -> Result<(V::Value, Vec<Named<Format>>), Error> {
        let of = (type_name::<V::Value>(), variant, all);
        let known = self.known;
        if self.probes {
            let place = self.open.last().cloned().unwrap_or_default();
            self.note(&place, &all);
            let first = self.any() % all.len().max(1);
            let names: Names = all.iter().map(|name| Some(*name)).collect();
            let (value, ..) = self.keyed(first, all, known.names.get(&of).unwrap_or(&names), visitor);
            return Ok((value?, Vec::new()));
        }
        let Some(names) = known.names.get(&of) else {
            let (value, formats) = several(self, all.len(), |fields| visitor.visit_seq(fields))?;
            if formats.len() != all.len() {
                self.learnt = Some((of, all.iter().map(|name| Some(*name)).collect()));
                return Err(Error::custom("some of its fields have several names"));
            }
            return Ok((value, named(all.iter().copied(), formats)));
        };
        let (value, refused, formats) = self.keyed(0, all, names, visitor);
        match (value, refused) {
            (Ok(value), _) => {
                let fields = named(names.iter().copied().flatten(), formats);
                let twice =
                    |(at, field): (usize, &Named<Format>)| fields[..at].iter().any(|one| one.name == field.name);
                if fields.iter().enumerate().any(twice) {
                    return Err(Error::custom("two of its fields have one name"));
                }
                Ok((value, fields))
            }
            (Err(error), Some(refused)) => {
                let text = error.to_string();
                let primary = text.strip_prefix("duplicate field `");
                let primary = primary.and_then(|name| name.strip_suffix('`'));
                let primary = all.iter().find(|name| primary == Some(**name));
                let before = (0..refused).rev().find(|at| names[*at].is_some());
                if let (Some(primary), Some(before)) = (primary, before) {
                    let mut names = names.clone();
                    (names[refused], names[before]) = (None, Some(*primary));
                    self.learnt = Some((of, names));
                }
                Err(error)
            }
            (Err(error), None) => Err(error),
        }
    }

    /// Reads fields by their names, from this one on. Gives the name behind which nothing was read, and the formats of those that were.
    fn keyed<'de, V: Visitor<'de>>(
        &mut self,
        first: usize,
        all: &'static [&'static str],
        names: &[Option<&'static str>],
        visitor: V,
    ) -> (Result<V::Value, Error>, Option<usize>, Vec<Format>) {
        let order = (first..all.len()).chain(0..first);
        let mut keyed = Keyed {
            tracer: self,
            all,
            left: order.filter(|at| names[*at].is_some()).collect::<Vec<_>>().into_iter(),
            offered: None,
            formats: Vec::new(),
        };
        let value = visitor.visit_map(&mut keyed);
        (value, keyed.offered, keyed.formats)
    }
}

fn named<'n>(names: impl Iterator<Item = &'n str>, formats: Vec<Format>) -> Vec<Named<Format>> {
    let fields = names.zip(formats).map(|(name, value)| Named {
        name: name.to_owned(),
        value,
    });
    fields.collect()
}

/// Fields by their names.
struct Keyed<'t, 'c> {
    tracer: &'t mut Tracer<'c>,
    all: &'static [&'static str],
    left: std::vec::IntoIter<usize>,
    /// The name whose value was not asked for yet.
    offered: Option<usize>,
    formats: Vec<Format>,
}

impl<'de> MapAccess<'de> for &mut Keyed<'_, '_> {
    type Error = Error;
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(at) = self.left.next() else {
            return Ok(None);
        };
        self.offered = Some(at);
        let name: StrDeserializer<'_, Error> = self.all[at].into_deserializer();
        seed.deserialize(name).map(Some)
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let mut format = Format::Unit;
        let name = self.offered.take().map_or("", |at| self.all[at]);
        let place = self.tracer.open.last().cloned().unwrap_or_default();
        let read = seed.deserialize(Ask {
            tracer: self.tracer,
            format: &mut format,
        });
        self.tracer.note(&format!("{place}.{name}"), &format);
        let value = read?;
        self.formats.push(format);
        Ok(value)
    }
}
