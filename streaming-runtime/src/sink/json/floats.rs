//! Looks for numbers that JSON does not have, in the order in which they are written.

use std::fmt::{self, Display, Formatter};

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::sink::within::{elements, transparent};

/// What a `null` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Null {
    Nothing,
    NotANumber,
    Infinite,
    NegativeInfinite,
}

/// A serializer that writes nothing: it notes what is written as `null`.
#[derive(Debug)]
pub(super) struct Floats {
    pub(super) nulls: Vec<Null>,
    fails: bool,
}

/// A number that is not finite, and the field that it is in.
#[derive(Debug)]
pub(super) struct Found {
    /// From the innermost field outwards.
    path: Vec<&'static str>,
    what: String,
}

impl Display for Found {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let path: Vec<&str> = self.path.iter().rev().copied().collect();
        match path.as_slice() {
            [] => f.write_str("the record")?,
            path => write!(f, "field `{}`", path.join("."))?,
        }
        write!(
            f,
            " is {}, which JSON has no number for: keep it out of the records, or choose `.non_finite(null)` or \
             `.non_finite(text)`",
            self.what
        )
    }
}

impl std::error::Error for Found {}

impl serde::ser::Error for Found {
    fn custom<T: Display>(what: T) -> Self {
        Self {
            path: Vec::new(),
            what: what.to_string(),
        }
    }
}

impl Floats {
    pub(super) fn new(fails: bool) -> Self {
        let nulls = Vec::new();
        Self { nulls, fails }
    }

    fn number(&mut self, value: f64) -> Result<(), Found> {
        let (null, what) = if value.is_finite() {
            return Ok(());
        } else if value.is_nan() {
            (Null::NotANumber, "NaN")
        } else if value > 0.0 {
            (Null::Infinite, "Infinity")
        } else {
            (Null::NegativeInfinite, "-Infinity")
        };
        if self.fails {
            return Err(serde::ser::Error::custom(what));
        }
        self.nulls.push(null);
        Ok(())
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Found> {
        value.serialize(self)
    }

    fn field(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), Found> {
        value.serialize(self).map_err(|mut found| {
            found.path.push(name);
            found
        })
    }
}

macro_rules! nothing {
    ($($method:ident: $ty:ty),* $(,)?) => {$(
        #[inline]
        fn $method(self, _: $ty) -> Result<(), Found> { Ok(()) }
    )*};
}

macro_rules! compound {
    ($($method:ident($($arg:ty),*) -> $ty:ident),* $(,)?) => {$(
        type $ty = Self;
        #[inline]
        fn $method(self, $(_: $arg),*) -> Result<Self, Found> { Ok(self) }
    )*};
}

impl Serializer for &mut Floats {
    type Ok = ();
    type Error = Found;

    transparent!();
    nothing!(
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
    );
    compound!(
        serialize_seq(Option<usize>) -> SerializeSeq,
        serialize_tuple(usize) -> SerializeTuple,
        serialize_tuple_struct(&'static str, usize) -> SerializeTupleStruct,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> SerializeTupleVariant,
        serialize_map(Option<usize>) -> SerializeMap,
        serialize_struct(&'static str, usize) -> SerializeStruct,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> SerializeStructVariant,
    );

    fn serialize_f32(self, value: f32) -> Result<(), Found> {
        self.number(value.into())
    }
    fn serialize_f64(self, value: f64) -> Result<(), Found> {
        self.number(value)
    }
    fn serialize_none(self) -> Result<(), Found> {
        self.nulls.push(Null::Nothing);
        Ok(())
    }
    fn serialize_unit(self) -> Result<(), Found> {
        self.nulls.push(Null::Nothing);
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Found> {
        self.nulls.push(Null::Nothing);
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Found> {
        Ok(())
    }
    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<(), Found> {
        Ok(())
    }
}

elements!(SerializeSeq::serialize_element, Found, [] &mut Floats);
elements!(SerializeTuple::serialize_element, Found, [] &mut Floats);
elements!(SerializeTupleStruct::serialize_field, Found, [] &mut Floats);
elements!(SerializeTupleVariant::serialize_field, Found, [] &mut Floats);

macro_rules! fields {
    ($($of:ident),* $(,)?) => {$(
        impl $of for &mut Floats {
            type Ok = ();
            type Error = Found;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Found> {
                self.field(name, value)
            }
            fn end(self) -> Result<(), Found> { Ok(()) }
        }
    )*};
}
fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for &mut Floats {
    type Ok = ();
    type Error = Found;
    /// A key is text: no `null` is written for it.
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Found> {
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Found> {
        self.element(value)
    }
    fn end(self) -> Result<(), Found> {
        Ok(())
    }
}
