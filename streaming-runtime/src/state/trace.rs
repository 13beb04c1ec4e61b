//! Asks a type what it is made of: reads values that it may like, and notes what it asks for.
//!
//! Each variant of each enum is read once, one more of each in every round. A type that checks what it reads refuses most values: then other
//! values are tried for it.
//!
//! A type that takes none of them cannot be described. What was learnt of it on the way is all that tells it from a later form of itself.

mod fields;
mod several;

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor,
};
use serde_reflection::{ContainerFormat, Format, Named, Registry, VariantFormat};

use self::several::{Several, several};

/// Why a type cannot be described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unknown {
    /// It asks the format what comes.
    Asks(&'static str),
    /// It takes none of the values that are tried. What it asked for, a line each, in order.
    Picky(Vec<String>),
}

/// Texts that types take which check what they read. The first is what all others take.
const TEXTS: [&str; 9] = [
    "",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01",
    "00:00:00",
    "0",
    "127.0.0.1",
    "::1",
    "http://localhost/",
];
/// Numbers that they take.
const NUMBERS: [u8; 3] = [0, 1, 2];
const BYTES: &[u8] = &[0; 16];
/// A value that holds itself ends here.
const DEEP: usize = 100;
/// As many values are read of a type.
const TRIES: usize = 20_000;
/// And as many of which nothing new is learnt, one behind the other.
const IN_VAIN: usize = 500;
/// As often a type that takes no value is asked what it holds, beginning with another field each time.
const PROBES: usize = 1_000;

/// The shape of a type: names and types of all fields, in order.
pub(super) fn shape<T: DeserializeOwned>() -> Result<(Format, Registry), Unknown> {
    let mut known = Known::default();
    let picky = |known: &Known| Unknown::Picky(probed::<T>(known));
    let mut tries = TRIES;
    'again: loop {
        let given = known.clone();
        let mut tracer = Tracer::of(&given);
        let mut in_vain = 0;
        loop {
            let Some(left) = tries.checked_sub(1) else {
                return Err(picky(&known));
            };
            tries = left;
            (tracer.leaf, tracer.grew) = (None, false);
            let mut format = Format::Unit;
            let read = T::deserialize(Ask {
                tracer: &mut tracer,
                format: &mut format,
            });
            if let Some(what) = tracer.asks {
                return Err(Unknown::Asks(what));
            }
            if read.is_err() {
                if let Some((of, names)) = tracer.learnt.take() {
                    known.names.insert(of, names);
                    continue 'again;
                }
                let Some(refused) = tracer.leaf else {
                    return Err(picky(&known));
                };
                let choice = known.choices.entry(refused).or_default();
                *choice += 1;
                if *choice >= TEXTS.len() {
                    return Err(picky(&known));
                }
                continue 'again;
            }
            if tracer.enums.values().all(Variants::are_known) {
                return Ok((format, tracer.registry()));
            }
            in_vain = if tracer.grew { 0 } else { in_vain + 1 };
            if in_vain > IN_VAIN {
                return Err(picky(&known));
            }
        }
    }
}

/// What a type asks for that takes no value: its fields are read from another one on each time, so that each is seen, also where one before
/// it is refused.
fn probed<T: DeserializeOwned>(known: &Known) -> Vec<String> {
    let mut tracer = Tracer::of(known);
    tracer.probes = true;
    for _ in 0..PROBES {
        (tracer.within, tracer.leaf) = (0, None);
        tracer.open.clear();
        tracer.enums.values_mut().for_each(|variants| variants.open.clear());
        let mut format = Format::Unit;
        let read = T::deserialize(Ask {
            tracer: &mut tracer,
            format: &mut format,
        });
        drop(read);
        tracer.note("", &format);
    }
    tracer.seen.into_iter().collect()
}

/// What was learnt of types before.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Which of the values a type is given, by its name.
    choices: HashMap<&'static str, usize>,
    /// What the fields are called of types of which some have several names.
    names: HashMap<fields::Of, fields::Names>,
}

struct Tracer<'c> {
    known: &'c Known,
    /// What was learnt of the names of fields; the value has to be read once more.
    learnt: Option<(fields::Of, fields::Names)>,
    /// No value is looked for, only what is asked.
    probes: bool,
    /// What was asked, in words.
    seen: BTreeSet<String>,
    /// The type that was given a value last.
    leaf: Option<&'static str>,
    /// What types are called, by their own names.
    names: HashMap<&'static str, String>,
    containers: BTreeMap<String, ContainerFormat>,
    enums: BTreeMap<String, Variants>,
    /// Types that are being read, outermost first.
    open: Vec<String>,
    /// Within a type that is within itself: as little is read as can be.
    within: usize,
    /// A variant was read for the first time.
    grew: bool,
    random: u64,
    asks: Option<&'static str>,
}

struct Variants {
    names: &'static [&'static str],
    known: BTreeMap<u32, VariantFormat>,
    open: Vec<u32>,
}

impl Variants {
    fn are_known(&self) -> bool {
        self.known.len() == self.names.len()
    }

    /// The variant to read next: one that is not known, or any that is not being read, as others may be known through it. Where `shallow`, one
    /// that holds nothing.
    fn next(&self, any: usize, shallow: bool) -> u32 {
        let idle = (0u32..).zip(self.names).map(|(number, _)| number);
        let idle: Vec<u32> = idle.filter(|number| !self.open.contains(number)).collect();
        let unit = |number: &&u32| self.known.get(*number) == Some(&VariantFormat::Unit);
        let unknown = idle.iter().find(|number| !self.known.contains_key(number));
        let first = if shallow { idle.iter().find(unit) } else { unknown };
        let any = idle.get(any % idle.len().max(1));
        first.or(any).copied().unwrap_or(0)
    }
}

impl<'c> Tracer<'c> {
    fn of(known: &'c Known) -> Self {
        Self {
            known,
            learnt: None,
            probes: false,
            seen: BTreeSet::new(),
            leaf: None,
            names: HashMap::new(),
            containers: BTreeMap::new(),
            enums: BTreeMap::new(),
            open: Vec::new(),
            within: 0,
            grew: false,
            random: 0,
            asks: None,
        }
    }

    fn registry(self) -> Registry {
        let enums = self.enums.into_iter().map(|(name, variants)| {
            let known = variants.known.into_iter().map(|(number, value)| {
                let name = variants.names[number as usize].to_owned();
                (number, Named { name, value })
            });
            (name, ContainerFormat::Enum(known.collect()))
        });
        self.containers.into_iter().chain(enums).collect()
    }

    /// How many values this type has refused.
    fn choice<T>(&mut self) -> usize {
        let name = type_name::<T>();
        self.leaf = Some(name);
        self.known.choices.get(name).copied().unwrap_or(0)
    }

    /// Where a type is only asked: what stands at a place of it.
    fn note(&mut self, place: &str, format: &impl serde::Serialize) {
        if self.probes
            && let Ok(format) = serde_json::to_string(format)
        {
            self.seen.insert(format!("{place}: {format}"));
        }
    }

    /// Any number, and another the next time: the same ones for every program.
    fn any(&mut self) -> usize {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as usize
    }

    fn number<T>(&mut self) -> u8 {
        let choice = self.choice::<T>();
        NUMBERS[choice.min(NUMBERS.len() - 1)]
    }

    fn text<T>(&mut self) -> &'static str {
        let choice = self.choice::<T>();
        TEXTS[choice.min(TEXTS.len() - 1)]
    }

    /// What a type is called: as it calls itself, with a number where another does so too.
    fn name<T>(&mut self, name: &str) -> String {
        if let Some(known) = self.names.get(type_name::<T>()) {
            return known.clone();
        }
        let numbered = (2..).map(|number| format!("{name}#{number}"));
        let mut all = std::iter::once(name.to_owned()).chain(numbered);
        let free = all.find(|name| !self.names.values().any(|known| known == name));
        let free = free.unwrap_or_else(|| name.to_owned());
        self.names.insert(type_name::<T>(), free.clone());
        free
    }
}

/// Reads one value, and notes its format.
struct Ask<'t, 'c> {
    tracer: &'t mut Tracer<'c>,
    format: &'t mut Format,
}

impl Ask<'_, '_> {
    /// Reads what a type of a name of its own holds.
    fn container<T>(
        self,
        name: &'static str,
        read: impl FnOnce(&mut Tracer<'_>) -> Result<(T, ContainerFormat), Error>,
    ) -> Result<T, Error> {
        let name = self.tracer.name::<T>(name);
        *self.format = Format::TypeName(name.clone());
        let within = self.tracer.open.contains(&name);
        self.tracer.within += usize::from(within);
        self.tracer.open.push(name.clone());
        if self.tracer.open.len() > DEEP {
            return Err(Error::custom("it holds itself without an end"));
        }
        let (value, format) = read(self.tracer)?;
        self.tracer.open.pop();
        self.tracer.within -= usize::from(within);
        if !within && self.tracer.within == 0 {
            self.tracer.containers.entry(name).or_insert(format);
        }
        Ok(value)
    }

    fn unsupported<T>(self, what: &'static str) -> Result<T, Error> {
        self.tracer.asks.get_or_insert(what);
        Err(Error::custom(what))
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty, $format:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            *self.format = Format::$format;
            visitor.$visit(Cast::<$type>::cast(self.tracer.number::<V::Value>()))
        }
    )*};
}

/// A small number as any other.
trait Cast<T> {
    fn cast(self) -> T;
}
macro_rules! casts {
    ($($type:ty),*) => {$(
        impl Cast<$type> for u8 {
            fn cast(self) -> $type { <$type>::try_from(self).unwrap_or_default() }
        }
    )*};
}
casts!(i8, i16, i32, i64, i128, u8, u16, u32, u64, u128);

impl<'de> Deserializer<'de> for Ask<'_, '_> {
    type Error = Error;

    numbers! {
        deserialize_i8 visit_i8 i8, I8;
        deserialize_i16 visit_i16 i16, I16;
        deserialize_i32 visit_i32 i32, I32;
        deserialize_i64 visit_i64 i64, I64;
        deserialize_i128 visit_i128 i128, I128;
        deserialize_u8 visit_u8 u8, U8;
        deserialize_u16 visit_u16 u16, U16;
        deserialize_u32 visit_u32 u32, U32;
        deserialize_u64 visit_u64 u64, U64;
        deserialize_u128 visit_u128 u128, U128;
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.format = Format::Bool;
        visitor.visit_bool(self.tracer.number::<V::Value>() != 0)
    }
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.format = Format::F32;
        visitor.visit_f32(self.tracer.number::<V::Value>().into())
    }
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.format = Format::F64;
        visitor.visit_f64(self.tracer.number::<V::Value>().into())
    }
    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.format = Format::Char;
        self.tracer.choice::<V::Value>();
        visitor.visit_char('A')
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.format = Format::Str;
        visitor.visit_borrowed_str(self.tracer.text::<V::Value>())
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.format = Format::Bytes;
        let bytes = if self.tracer.choice::<V::Value>() == 0 {
            BYTES
        } else {
            &[]
        };
        visitor.visit_borrowed_bytes(bytes)
    }
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.tracer.within > 0 {
            return visitor.visit_none();
        }
        let mut inner = Format::Unit;
        let read = visitor.visit_some(Ask {
            tracer: self.tracer,
            format: &mut inner,
        });
        *self.format = Format::Option(Box::new(inner));
        read
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.format = Format::Unit;
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.container(name, |_| Ok((visitor.visit_unit()?, ContainerFormat::UnitStruct)))
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.container(name, |tracer| {
            let mut inner = Format::Unit;
            let format = &mut inner;
            let read = visitor.visit_newtype_struct(Ask { tracer, format });
            let place = tracer.open.last().cloned().unwrap_or_default();
            tracer.note(&place, &inner);
            Ok((read?, ContainerFormat::NewTypeStruct(Box::new(inner))))
        })
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let count = usize::from(self.tracer.within == 0);
        *self.format = Format::Seq(Box::new(Format::Unit));
        let (value, mut formats) = several(self.tracer, count, |all| visitor.visit_seq(all))?;
        *self.format = Format::Seq(Box::new(formats.pop().unwrap_or(Format::Unit)));
        Ok(value)
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        let (value, formats) = several(self.tracer, length, |all| visitor.visit_seq(all))?;
        *self.format = Format::Tuple(formats);
        Ok(value)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.container(name, |tracer| {
            let (value, formats) = several(tracer, length, |all| visitor.visit_seq(all))?;
            Ok((value, ContainerFormat::TupleStruct(formats)))
        })
    }
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let left = usize::from(self.tracer.within == 0) * 2;
        let (tracer, formats) = (self.tracer, Vec::new());
        let mut pair = Several { tracer, left, formats };
        let value = visitor.visit_map(&mut pair)?;
        let mut formats = pair.formats.into_iter();
        let mut next = || Box::new(formats.next().unwrap_or(Format::Unit));
        *self.format = Format::Map {
            key: next(),
            value: next(),
        };
        Ok(value)
    }
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.container(name, |tracer| {
            let (value, fields) = tracer.fields(None, fields, visitor)?;
            Ok((value, ContainerFormat::Struct(fields)))
        })
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name = self.tracer.name::<V::Value>(name);
        *self.format = Format::TypeName(name.clone());
        let (any, shallow) = (self.tracer.any(), self.tracer.within > 0);
        let known = self.tracer.enums.entry(name.clone()).or_insert_with(|| Variants {
            names: variants,
            known: BTreeMap::new(),
            open: Vec::new(),
        });
        let number = if self.tracer.probes && !shallow {
            u32::try_from(any % variants.len().max(1)).unwrap_or(0)
        } else {
            known.next(any, shallow)
        };
        let within = known.open.contains(&number);
        known.open.push(number);
        if known.open.len() > DEEP {
            return Err(Error::custom("it holds itself without an end"));
        }
        self.tracer.within += usize::from(within);
        let mut format = VariantFormat::Unit;
        let place = format!("{name}::{number}");
        self.tracer.note(&name, &variants);
        if self.tracer.probes {
            self.tracer.open.push(place.clone());
        }
        let read = visitor.visit_enum(AskVariant {
            tracer: self.tracer,
            number,
            format: &mut format,
        });
        self.tracer.note(&place, &format);
        let value = read?;
        if self.tracer.probes {
            self.tracer.open.pop();
        }
        self.tracer.within -= usize::from(within);
        let shallow = within || self.tracer.within > 0;
        if let Some(known) = self.tracer.enums.get_mut(&name) {
            known.open.pop();
            if !shallow && !known.known.contains_key(&number) {
                known.known.insert(number, format);
                self.tracer.grew = true;
            }
        }
        Ok(value)
    }
    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.unsupported("deserialize_any")
    }
    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.unsupported("deserialize_identifier")
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        self.unsupported("deserialize_ignored_any")
    }
    /// As the format of the checkpoint.
    fn is_human_readable(&self) -> bool {
        false
    }
}

struct AskVariant<'t, 'c> {
    tracer: &'t mut Tracer<'c>,
    number: u32,
    format: &'t mut VariantFormat,
}

impl<'de> EnumAccess<'de> for AskVariant<'_, '_> {
    type Error = Error;
    type Variant = Self;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let number: serde::de::value::U32Deserializer<Error> = self.number.into_deserializer();
        Ok((seed.deserialize(number)?, self))
    }
}

impl<'de> VariantAccess<'de> for AskVariant<'_, '_> {
    type Error = Error;
    fn unit_variant(self) -> Result<(), Error> {
        *self.format = VariantFormat::Unit;
        Ok(())
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        let mut inner = Format::Unit;
        let read = seed.deserialize(Ask {
            tracer: self.tracer,
            format: &mut inner,
        });
        *self.format = VariantFormat::NewType(Box::new(inner));
        read
    }
    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        let (value, formats) = several(self.tracer, length, |all| visitor.visit_seq(all))?;
        *self.format = VariantFormat::Tuple(formats);
        Ok(value)
    }
    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        let (value, fields) = self.tracer.fields(Some(self.number), fields, visitor)?;
        *self.format = VariantFormat::Struct(fields);
        Ok(value)
    }
}
