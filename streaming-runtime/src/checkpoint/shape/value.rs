//! A value that a type has written which may no longer exist, to be read by the type that takes its place.
//!
//! The reader decides as it does for JSON: a field that is not there is `#[serde(default)]` or `None` or a mistake, a field that it does not
//! know is left out, and an integer goes into a wider one.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, VariantAccess, Visitor};
use serde_reflection::{ContainerFormat, Format, Named, VariantFormat};

use super::{Misread, Shape, block, length, take, unzigzag, varint};

/// A value, whatever its type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Unit,
    Bool(bool),
    Signed(i128),
    Unsigned(u128),
    F32(f32),
    F64(f64),
    Char(char),
    Str(String),
    Bytes(Vec<u8>),
    Option(Option<Box<Self>>),
    Seq(Vec<Self>),
    Map(Vec<(Self, Self)>),
    /// Fields by name.
    Struct(Vec<(String, Self)>),
    Newtype(Box<Self>),
    Variant(String, Box<Self>),
}

impl Shape {
    /// The value of these bytes, which are no more than those of it.
    pub(crate) fn value(&self, mut bytes: &[u8]) -> Result<Value, Misread> {
        let value = self.one(&self.format, &mut bytes)?;
        bytes.is_empty().then_some(value).ok_or(Misread)
    }

    fn one(&self, format: &Format, bytes: &mut &[u8]) -> Result<Value, Misread> {
        let signed = |bytes: &mut &[u8]| Ok(Value::Signed(unzigzag(varint(bytes)?)));
        Ok(match format {
            Format::Variable(_) => return Err(Misread),
            Format::Unit => Value::Unit,
            Format::Bool => Value::Bool(take(bytes, 1)?[0] != 0),
            Format::I8 => Value::Signed(take(bytes, 1)?[0].cast_signed().into()),
            Format::U8 => Value::Unsigned(take(bytes, 1)?[0].into()),
            Format::I16 | Format::I32 | Format::I64 | Format::I128 => signed(bytes)?,
            Format::U16 | Format::U32 | Format::U64 | Format::U128 => Value::Unsigned(varint(bytes)?),
            Format::F32 => Value::F32(f32::from_le_bytes(take(bytes, 4)?.try_into().map_err(|_| Misread)?)),
            Format::F64 => Value::F64(f64::from_le_bytes(take(bytes, 8)?.try_into().map_err(|_| Misread)?)),
            Format::Char => Value::Char(text(bytes)?.chars().next().ok_or(Misread)?),
            Format::Str => Value::Str(text(bytes)?.to_owned()),
            Format::Bytes => Value::Bytes(block(bytes)?.to_vec()),
            Format::Option(inner) => Value::Option(match take(bytes, 1)?[0] {
                0 => None,
                _ => Some(Box::new(self.one(inner, bytes)?)),
            }),
            Format::Seq(inner) => {
                let count = length(bytes)?;
                Value::Seq((0..count).map(|_| self.one(inner, bytes)).collect::<Result<_, _>>()?)
            }
            Format::Map { key, value } => {
                let count = length(bytes)?;
                let pair = |_| Ok((self.one(key, bytes)?, self.one(value, bytes)?));
                Value::Map((0..count).map(pair).collect::<Result<_, _>>()?)
            }
            Format::Tuple(all) => self.all(all, bytes)?,
            Format::TupleArray { content, size } => {
                Value::Seq((0..*size).map(|_| self.one(content, bytes)).collect::<Result<_, _>>()?)
            }
            Format::TypeName(name) => match self.registry.get(name).ok_or(Misread)? {
                ContainerFormat::UnitStruct => Value::Unit,
                ContainerFormat::NewTypeStruct(inner) => Value::Newtype(Box::new(self.one(inner, bytes)?)),
                ContainerFormat::TupleStruct(all) => self.all(all, bytes)?,
                ContainerFormat::Struct(fields) => self.fields(fields, bytes)?,
                ContainerFormat::Enum(variants) => {
                    let number = u32::try_from(varint(bytes)?).map_err(|_| Misread)?;
                    let variant = variants.get(&number).ok_or(Misread)?;
                    let content = match &variant.value {
                        VariantFormat::Variable(_) => return Err(Misread),
                        VariantFormat::Unit => Value::Unit,
                        VariantFormat::NewType(inner) => self.one(inner, bytes)?,
                        VariantFormat::Tuple(all) => self.all(all, bytes)?,
                        VariantFormat::Struct(fields) => self.fields(fields, bytes)?,
                    };
                    Value::Variant(variant.name.clone(), Box::new(content))
                }
            },
        })
    }

    fn all(&self, all: &[Format], bytes: &mut &[u8]) -> Result<Value, Misread> {
        let all = all.iter().map(|format| self.one(format, bytes));
        Ok(Value::Seq(all.collect::<Result<_, _>>()?))
    }

    fn fields(&self, fields: &[Named<Format>], bytes: &mut &[u8]) -> Result<Value, Misread> {
        let field = |field: &Named<Format>| Ok((field.name.clone(), self.one(&field.value, bytes)?));
        Ok(Value::Struct(fields.iter().map(field).collect::<Result<_, _>>()?))
    }
}

fn text<'b>(bytes: &mut &'b [u8]) -> Result<&'b str, Misread> {
    std::str::from_utf8(block(bytes)?).map_err(|_| Misread)
}

type Error = serde::de::value::Error;

impl IntoDeserializer<'_, Error> for Value {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Value {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Unit => visitor.visit_unit(),
            Self::Bool(value) => visitor.visit_bool(value),
            // The narrowest, which every visitor of an integer takes.
            Self::Signed(value) => match (i64::try_from(value), u64::try_from(value)) {
                (Ok(value), _) => visitor.visit_i64(value),
                (_, Ok(value)) => visitor.visit_u64(value),
                _ => visitor.visit_i128(value),
            },
            Self::Unsigned(value) => match u64::try_from(value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_u128(value),
            },
            Self::F32(value) => visitor.visit_f32(value),
            Self::F64(value) => visitor.visit_f64(value),
            Self::Char(value) => visitor.visit_char(value),
            Self::Str(value) => visitor.visit_string(value),
            Self::Bytes(value) => visitor.visit_byte_buf(value),
            Self::Option(None) => visitor.visit_none(),
            Self::Option(Some(value)) => visitor.visit_some(*value),
            Self::Seq(all) => whole(SeqDeserializer::new(all.into_iter()), |all| visitor.visit_seq(all)),
            Self::Map(all) => visitor.visit_map(MapDeserializer::new(all.into_iter())),
            Self::Struct(fields) => visitor.visit_map(MapDeserializer::new(fields.into_iter())),
            Self::Newtype(value) => value.deserialize_any(visitor),
            Self::Variant(..) => Err(Error::custom("an enum stands where another type is now")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Option(None) | Self::Unit => visitor.visit_none(),
            Self::Option(Some(value)) => visitor.visit_some(*value),
            value => visitor.visit_some(value),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Newtype(value) => visitor.visit_newtype_struct(*value),
            value => visitor.visit_newtype_struct(value),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            // By position nothing would be noticed of fields that are others.
            Self::Seq(_) => Err(Error::custom("a tuple stands where a struct with named fields is now")),
            value => value.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Variant(name, content) => visitor.visit_enum(Variant {
                name,
                content: *content,
            }),
            _ => Err(Error::custom("another type stands where an enum is now")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    /// As the format of the checkpoint.
    fn is_human_readable(&self) -> bool {
        false
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        identifier
    }
}

/// All of a list must be taken.
fn whole<T, I: Iterator<Item = Value>>(
    mut all: SeqDeserializer<I, Error>,
    read: impl FnOnce(&mut SeqDeserializer<I, Error>) -> Result<T, Error>,
) -> Result<T, Error> {
    let value = read(&mut all)?;
    all.end()?;
    Ok(value)
}

struct Variant {
    name: String,
    content: Value,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Error;
    type Variant = Value;
    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Value), Error> {
        Ok((seed.deserialize(Value::Str(self.name))?, self.content))
    }
}

impl<'de> VariantAccess<'de> for Value {
    type Error = Error;
    fn unit_variant(self) -> Result<(), Error> {
        match self {
            Self::Unit => Ok(()),
            _ => Err(Error::custom("a variant has lost what it held")),
        }
    }
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Struct(_) => self.deserialize_any(visitor),
            _ => Err(Error::custom("a variant has no fields by these names")),
        }
    }
}
