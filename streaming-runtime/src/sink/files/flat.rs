//! A record as a list of fields: structs and tuples within it give their fields in turn.

use std::fmt::{self, Display, Formatter, Write as _};

use serde::ser::{
    Impossible, Serialize, SerializeSeq, SerializeStruct, SerializeTuple, SerializeTupleStruct, Serializer,
};

use crate::sink::within::{elements, transparent};

/// Where a value is in its record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    within: Option<&'p Path<'p>>,
    name: Name<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Name<'p> {
    Record,
    Field(&'p str),
    Element(usize),
}

impl Path<'_> {
    const RECORD: Path<'static> = Path {
        within: None,
        name: Name::Record,
    };

    /// There is no name for it: it is an element of a tuple that is the record, or the record itself.
    fn is_unnamed(&self) -> bool {
        match (self.within, self.name) {
            (None, _) => true,
            (Some(within), Name::Element(_)) => within.within.is_none(),
            (Some(within), _) => within.within.is_some() && within.is_unnamed(),
        }
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(within) = self.within else { return Ok(()) };
        if within.within.is_some() {
            write!(f, "{within}_")?;
        }
        match self.name {
            Name::Record => Ok(()),
            Name::Field(name) => f.write_str(name),
            Name::Element(number) => write!(f, "{number}"),
        }
    }
}

/// What takes the fields of a record.
pub(super) trait Fields {
    /// Takes the next one. Text may have to be quoted.
    fn field(&mut self, path: &Path<'_>, value: &[u8], is_text: bool);
}

/// Gives the fields of a record, whose elements have these names where it is a tuple.
pub(super) fn flatten<'w, F: Fields>(
    record: &impl Serialize,
    names: &'w [String],
    fields: &'w mut F,
) -> Result<(), Unfit> {
    record.serialize(Flat {
        fields,
        names,
        path: &Path::RECORD,
    })
}

/// Why a record has no fields.
#[derive(Debug)]
pub(super) struct Unfit(String);

impl Unfit {
    #[cold]
    fn new(path: &Path<'_>, what: &str) -> Self {
        match path.within {
            None => Self(format!("the record is {what}")),
            Some(_) => Self(format!("`{path}` is {what}")),
        }
    }
}

impl Display for Unfit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl serde::ser::Error for Unfit {
    fn custom<T: Display>(what: T) -> Self {
        Self(what.to_string())
    }
}

struct Flat<'w, F> {
    fields: &'w mut F,
    /// Of the elements of the tuple that is the record.
    names: &'w [String],
    path: &'w Path<'w>,
}

impl<'w, F: Fields> Flat<'w, F> {
    #[inline]
    fn text(self, value: &[u8]) {
        self.fields.field(self.path, value, true);
    }

    #[inline]
    fn plain(self, value: &str) {
        self.fields.field(self.path, value.as_bytes(), false);
    }

    fn elements(self, count: Option<usize>) -> Result<Elements<'w, F>, Unfit> {
        if let Some(count) = count
            && !self.names.is_empty()
            && self.names.len() != count
        {
            let names = self.names.len();
            return Err(Unfit(format!(
                "`columns` has {names} names, and the record {count} elements"
            )));
        }
        Ok(Elements {
            fields: self.fields,
            names: self.names,
            path: self.path,
            count: 0,
        })
    }

    #[cold]
    fn unfit(&self, what: &str) -> Unfit {
        Unfit::new(self.path, what)
    }
}

macro_rules! integers {
    ($($method:ident: $ty:ty),* $(,)?) => {$(
        #[inline]
        fn $method(self, value: $ty) -> Result<(), Unfit> {
            self.plain(itoa::Buffer::new().format(value));
            Ok(())
        }
    )*};
}

impl<'w, F: Fields> Serializer for Flat<'w, F> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Elements<'w, F>;
    type SerializeTuple = Elements<'w, F>;
    type SerializeTupleStruct = Elements<'w, F>;
    type SerializeTupleVariant = Impossible<(), Unfit>;
    type SerializeMap = Impossible<(), Unfit>;
    type SerializeStruct = Elements<'w, F>;
    type SerializeStructVariant = Impossible<(), Unfit>;

    transparent!();
    integers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
    );

    fn serialize_bool(self, value: bool) -> Result<(), Unfit> {
        self.plain(if value { "true" } else { "false" });
        Ok(())
    }
    fn serialize_f32(self, value: f32) -> Result<(), Unfit> {
        self.plain(ryu::Buffer::new().format(value));
        Ok(())
    }
    fn serialize_f64(self, value: f64) -> Result<(), Unfit> {
        self.plain(ryu::Buffer::new().format(value));
        Ok(())
    }
    fn serialize_char(self, value: char) -> Result<(), Unfit> {
        self.text(value.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }
    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Unfit> {
        self.text(value.as_bytes());
        Ok(())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unfit> {
        self.text(value);
        Ok(())
    }
    fn serialize_none(self) -> Result<(), Unfit> {
        self.plain("");
        Ok(())
    }
    fn serialize_unit(self) -> Result<(), Unfit> {
        self.plain("");
        Ok(())
    }
    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Unfit> {
        self.text(name.as_bytes());
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Unfit> {
        self.text(variant.as_bytes());
        Ok(())
    }
    fn serialize_seq(self, count: Option<usize>) -> Result<Elements<'w, F>, Unfit> {
        // A list that is the record itself gives a row, as long as all rows are of one length.
        match self.path.within {
            None => self.elements(count),
            Some(_) => Err(self.unfit("a list, which may have any number of elements")),
        }
    }
    fn serialize_tuple(self, count: usize) -> Result<Elements<'w, F>, Unfit> {
        self.elements(Some(count))
    }
    fn serialize_tuple_struct(self, _: &'static str, count: usize) -> Result<Elements<'w, F>, Unfit> {
        self.elements(Some(count))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unfit>, Unfit> {
        Err(self.unfit("a variant of an enum that has fields"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Impossible<(), Unfit>, Unfit> {
        Err(self.unfit("a map (as a struct with `#[serde(flatten)]` is), which may have any keys"))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Elements<'w, F>, Unfit> {
        if !self.names.is_empty() {
            return Err(Unfit(
                "`columns` names the elements of a tuple, and the fields of a struct have names".to_owned(),
            ));
        }
        self.elements(None)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Impossible<(), Unfit>, Unfit> {
        Err(self.unfit("a variant of an enum that has fields"))
    }
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Unfit> {
        let mut text = String::new();
        write!(text, "{value}").map_err(serde::ser::Error::custom)?;
        self.text(text.as_bytes());
        Ok(())
    }
}

/// The values within a value.
struct Elements<'w, F> {
    fields: &'w mut F,
    names: &'w [String],
    path: &'w Path<'w>,
    count: usize,
}

impl<F: Fields> Elements<'_, F> {
    #[inline]
    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Unfit> {
        let number = self.count;
        self.count += 1;
        let name = self
            .names
            .get(number)
            .map_or(Name::Element(number), |name| Name::Field(name));
        self.value(name, value)
    }

    #[inline]
    fn value(&mut self, name: Name<'_>, value: &(impl Serialize + ?Sized)) -> Result<(), Unfit> {
        let path = Path {
            within: Some(self.path),
            name,
        };
        value.serialize(Flat {
            fields: &mut *self.fields,
            names: &[],
            path: &path,
        })
    }
}

elements!(SerializeSeq::serialize_element, Unfit, [<F: Fields>] Elements<'_, F>);
elements!(SerializeTuple::serialize_element, Unfit, [<F: Fields>] Elements<'_, F>);
elements!(SerializeTupleStruct::serialize_field, Unfit, [<F: Fields>] Elements<'_, F>);

impl<F: Fields> SerializeStruct for Elements<'_, F> {
    type Ok = ();
    type Error = Unfit;
    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unfit> {
        self.value(Name::Field(name), value)
    }
    /// A field that is left out has its column nevertheless.
    fn skip_field(&mut self, name: &'static str) -> Result<(), Unfit> {
        self.value(Name::Field(name), &())
    }
    fn end(self) -> Result<(), Unfit> {
        Ok(())
    }
}

/// The names of the columns as fields of a row.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) row: Row,
    /// A column has no name.
    pub(super) unnamed: bool,
}

impl Fields for Names {
    fn field(&mut self, path: &Path<'_>, _: &[u8], _: bool) {
        self.unnamed |= path.is_unnamed();
        self.row.push(path.to_string().as_bytes(), true);
    }
}

/// A row being written.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) bytes: Vec<u8>,
    /// Where the row begins.
    start: usize,
    pub(super) columns: usize,
}

impl Row {
    /// A row behind these bytes.
    pub(super) fn behind(bytes: Vec<u8>) -> Self {
        Self {
            start: bytes.len(),
            bytes,
            columns: 0,
        }
    }

    /// The row and what comes before it, or what comes before it alone.
    pub(super) fn cut_off(mut self) -> Vec<u8> {
        self.bytes.truncate(self.start);
        self.bytes
    }

    /// The row and what comes before it.
    pub(super) fn end(mut self) -> Vec<u8> {
        // A line without a byte would be no row.
        if self.bytes.len() == self.start {
            self.bytes.extend_from_slice(b"\"\"");
        }
        self.bytes.push(b'\n');
        self.bytes
    }

    #[inline]
    fn push(&mut self, value: &[u8], is_text: bool) {
        if self.columns > 0 {
            self.bytes.push(b',');
        }
        self.columns += 1;
        let needs_quotes =
            is_text && (memchr::memchr3(b',', b'"', b'\n', value).is_some() || memchr::memchr(b'\r', value).is_some());
        if !needs_quotes {
            self.bytes.extend_from_slice(value);
            return;
        }
        self.bytes.push(b'"');
        let mut from = 0;
        for quote in memchr::memchr_iter(b'"', value) {
            self.bytes.extend_from_slice(&value[from..=quote]);
            self.bytes.push(b'"');
            from = quote + 1;
        }
        self.bytes.extend_from_slice(&value[from..]);
        self.bytes.push(b'"');
    }
}

impl Fields for Row {
    #[inline]
    fn field(&mut self, _: &Path<'_>, value: &[u8], is_text: bool) {
        self.push(value, is_text);
    }
}
