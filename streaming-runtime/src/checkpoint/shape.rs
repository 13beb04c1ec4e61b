//! Types as serde sees them: written down in the manifest, and read again to find one's way through bytes of types that no longer exist.

mod value;
mod words;

use serde_reflection::{ContainerFormat, Format, Registry, VariantFormat};

pub(crate) use value::Value;
pub(crate) use words::{difference, shown};

/// Stands in the shape of a value where its parts stand.
pub(crate) const HOLE: &str = "streaming_runtime::Parts";
/// How a shape begins that is only the name of a type.
pub(crate) const OPAQUE: &str = "type ";

/// A type, described.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(super) format: Format,
    pub(super) registry: Registry,
}

/// The bytes are not those of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misread;

impl Shape {
    /// Reads a shape; `None` where it is only the name of a type.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (format, registry) = serde_json::from_str(text).ok()?;
        Some(Self { format, registry })
    }

    /// Goes over the bytes of one value. `hole` goes over what stands in a [`HOLE`].
    pub(crate) fn pass(
        &self,
        bytes: &mut &[u8],
        hole: &mut impl FnMut(&mut &[u8]) -> Result<(), Misread>,
    ) -> Result<(), Misread> {
        let mut pass = Pass {
            registry: &self.registry,
            hole,
        };
        pass.one(&self.format, bytes)
    }
}

struct Pass<'s, H> {
    registry: &'s Registry,
    hole: &'s mut H,
}

impl<H: FnMut(&mut &[u8]) -> Result<(), Misread>> Pass<'_, H> {
    fn one(&mut self, format: &Format, bytes: &mut &[u8]) -> Result<(), Misread> {
        match format {
            Format::Variable(_) => return Err(Misread),
            Format::Unit => {}
            Format::Bool | Format::I8 | Format::U8 => drop(take(bytes, 1)?),
            Format::I16
            | Format::I32
            | Format::I64
            | Format::I128
            | Format::U16
            | Format::U32
            | Format::U64
            | Format::U128 => drop(varint(bytes)?),
            Format::F32 => drop(take(bytes, 4)?),
            Format::F64 => drop(take(bytes, 8)?),
            Format::Char | Format::Str | Format::Bytes => drop(block(bytes)?),
            Format::Option(inner) => {
                if take(bytes, 1)?[0] != 0 {
                    self.one(inner, bytes)?;
                }
            }
            Format::Seq(inner) => {
                for _ in 0..length(bytes)? {
                    self.one(inner, bytes)?;
                }
            }
            Format::Map { key, value } => {
                for _ in 0..length(bytes)? {
                    self.one(key, bytes)?;
                    self.one(value, bytes)?;
                }
            }
            Format::Tuple(all) => self.all(all, bytes)?,
            Format::TupleArray { content, size } => {
                for _ in 0..*size {
                    self.one(content, bytes)?;
                }
            }
            Format::TypeName(name) if name == HOLE => (self.hole)(bytes)?,
            Format::TypeName(name) => self.container(name, bytes)?,
        }
        Ok(())
    }

    fn all<'f>(&mut self, all: impl IntoIterator<Item = &'f Format>, bytes: &mut &[u8]) -> Result<(), Misread> {
        all.into_iter().try_for_each(|format| self.one(format, bytes))
    }

    fn container(&mut self, name: &str, bytes: &mut &[u8]) -> Result<(), Misread> {
        let registry = self.registry;
        match registry.get(name).ok_or(Misread)? {
            ContainerFormat::UnitStruct => Ok(()),
            ContainerFormat::NewTypeStruct(inner) => self.one(inner, bytes),
            ContainerFormat::TupleStruct(all) => self.all(all, bytes),
            ContainerFormat::Struct(fields) => self.all(fields.iter().map(|field| &field.value), bytes),
            ContainerFormat::Enum(variants) => {
                let number = u32::try_from(varint(bytes)?).map_err(|_| Misread)?;
                match &variants.get(&number).ok_or(Misread)?.value {
                    VariantFormat::Variable(_) => Err(Misread),
                    VariantFormat::Unit => Ok(()),
                    VariantFormat::NewType(inner) => self.one(inner, bytes),
                    VariantFormat::Tuple(all) => self.all(all, bytes),
                    VariantFormat::Struct(fields) => self.all(fields.iter().map(|field| &field.value), bytes),
                }
            }
        }
    }
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Result<&'b [u8], Misread> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(Misread)?;
    *bytes = rest;
    Ok(taken)
}

fn length(bytes: &mut &[u8]) -> Result<usize, Misread> {
    usize::try_from(varint(bytes)?).map_err(|_| Misread)
}

fn block<'b>(bytes: &mut &'b [u8]) -> Result<&'b [u8], Misread> {
    let length = length(bytes)?;
    take(bytes, length)
}

fn varint(bytes: &mut &[u8]) -> Result<u128, Misread> {
    let mut value = 0u128;
    for shift in (0..128).step_by(7) {
        let byte = take(bytes, 1)?[0];
        value |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(Misread)
}

fn unzigzag(value: u128) -> i128 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}
