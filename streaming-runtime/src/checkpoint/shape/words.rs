//! Shapes in the words of whoever wrote the types.

use std::collections::BTreeSet;

use serde_reflection::{ContainerFormat, Format, Named, VariantFormat};

use super::{OPAQUE, Shape};

/// As many differences are named.
const NAMED: usize = 3;

/// What differs between two shapes, in words; `None` where values of both have the same bytes and mean the same.
pub(crate) fn difference(was: &str, is: &str) -> Option<String> {
    if was == is {
        return None;
    }
    let (Some(old), Some(new)) = (Shape::parse(was), Shape::parse(is)) else {
        if shown(was) == shown(is) {
            let lines = |text: &str, other: &str| -> Vec<String> {
                let known: BTreeSet<&str> = other.lines().collect();
                let lines = text.lines().skip(1).filter(|line| !known.contains(line));
                lines.take(NAMED).map(|line| format!("`{line}`")).collect()
            };
            return Some(format!(
                "`{}` reads itself in a way of its own or gives a variant several names, and no longer is what it was: it had {} and has {}",
                shown(is),
                or_nothing(&lines(was, is)),
                or_nothing(&lines(is, was))
            ));
        }
        return Some(format!("it was `{}` and is `{}`", shown(was), shown(is)));
    };
    let mut compare = Compare {
        was: &old,
        is: &new,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    compare.formats("", &old.format, &new.format);
    let more = compare.found.len().saturating_sub(NAMED);
    compare.found.truncate(NAMED);
    let text = compare.found.join(", ");
    match (compare.found.is_empty(), more) {
        (true, _) => None,
        (_, 0) => Some(text),
        (_, more) => Some(format!("{text} and {more} more")),
    }
}

/// A shape as the type that it is of.
pub(crate) fn shown(text: &str) -> String {
    if let Some(shape) = Shape::parse(text) {
        return type_of(&shape.format);
    }
    let name = text.lines().next().unwrap_or(text);
    name.strip_prefix(OPAQUE).unwrap_or(name).to_owned()
}

fn or_nothing(lines: &[String]) -> String {
    if lines.is_empty() {
        "nothing more".to_owned()
    } else {
        lines.join(", ")
    }
}

struct Compare<'s> {
    was: &'s Shape,
    is: &'s Shape,
    /// Pairs of types that are compared: they may hold themselves.
    seen: BTreeSet<(&'s str, &'s str)>,
    found: Vec<String>,
}

impl<'s> Compare<'s> {
    fn formats(&mut self, place: &str, was: &'s Format, is: &'s Format) {
        match (was, is) {
            (Format::TypeName(was), Format::TypeName(is)) => {
                if self.seen.insert((was, is)) {
                    self.containers(place, was, is);
                }
            }
            (Format::Option(was), Format::Option(is)) | (Format::Seq(was), Format::Seq(is)) => {
                self.formats(place, was, is);
            }
            (Format::Map { key: k1, value: v1 }, Format::Map { key: k2, value: v2 }) => {
                self.formats(place, k1, k2);
                self.formats(place, v1, v2);
            }
            (Format::Tuple(was), Format::Tuple(is)) if was.len() == is.len() => self.each(place, was, is),
            (Format::TupleArray { content: was, size: n }, Format::TupleArray { content: is, size: m }) if n == m => {
                self.formats(place, was, is);
            }
            (was, is) if was == is => {}
            (was, is) => self.differ(place, &type_of(was), &type_of(is)),
        }
    }

    fn each(&mut self, place: &str, was: &'s [Format], is: &'s [Format]) {
        for (at, (was, is)) in was.iter().zip(is).enumerate() {
            self.formats(&format!("{place}.{at}"), was, is);
        }
    }

    fn containers(&mut self, place: &str, was: &'s str, is: &'s str) {
        let (Some(old), Some(new)) = (self.was.registry.get(was), self.is.registry.get(is)) else {
            self.differ(place, was, is);
            return;
        };
        match (old, new) {
            (ContainerFormat::UnitStruct, ContainerFormat::UnitStruct) => {}
            (ContainerFormat::NewTypeStruct(was), ContainerFormat::NewTypeStruct(is)) => self.formats(place, was, is),
            (ContainerFormat::TupleStruct(was), ContainerFormat::TupleStruct(is)) if was.len() == is.len() => {
                self.each(place, was, is);
            }
            (ContainerFormat::Struct(was), ContainerFormat::Struct(new)) => self.fields(is, was, new),
            (ContainerFormat::Enum(was), ContainerFormat::Enum(new)) => {
                for (number, variant) in was {
                    match new.get(number) {
                        Some(other) if other.name == variant.name => {
                            let place = format!("{is}::{}", other.name);
                            self.variants(&place, &variant.value, &other.value);
                        }
                        _ => self
                            .found
                            .push(format!("`{is}::{}` is gone or elsewhere", variant.name)),
                    }
                }
                let added = new.iter().filter(|(number, _)| !was.contains_key(number));
                let added: Vec<String> = added
                    .map(|(_, added)| format!("`{is}::{}` is new", added.name))
                    .collect();
                self.found.extend(added);
            }
            _ => self.differ(place, was, is),
        }
    }

    fn variants(&mut self, place: &str, was: &'s VariantFormat, is: &'s VariantFormat) {
        match (was, is) {
            (VariantFormat::NewType(was), VariantFormat::NewType(is)) => self.formats(place, was, is),
            (VariantFormat::Tuple(was), VariantFormat::Tuple(is)) if was.len() == is.len() => self.each(place, was, is),
            (VariantFormat::Struct(was), VariantFormat::Struct(is)) => self.fields(place, was, is),
            (VariantFormat::Unit, VariantFormat::Unit) => {}
            _ => self.found.push(format!("`{place}` holds something else")),
        }
    }

    fn fields(&mut self, of: &str, was: &'s [Named<Format>], is: &'s [Named<Format>]) {
        let named = |all: &'s [Named<Format>], name: &str| all.iter().find(|field| field.name == name);
        for field in was {
            match named(is, &field.name) {
                Some(now) => self.formats(&format!("{of}.{}", field.name), &field.value, &now.value),
                None => self.found.push(format!("`{of}.{}` is gone", field.name)),
            }
        }
        for field in is.iter().filter(|field| named(was, &field.name).is_none()) {
            self.found.push(format!("`{of}.{}` is new", field.name));
        }
        let shared = |all: &'s [Named<Format>], other: &'s [Named<Format>]| -> Vec<&'s str> {
            let both = all.iter().filter(move |field| named(other, &field.name).is_some());
            both.map(|field| field.name.as_str()).collect()
        };
        if shared(was, is) != shared(is, was) {
            self.found.push(format!("the fields of `{of}` are in another order"));
        }
    }

    fn differ(&mut self, place: &str, was: &str, is: &str) {
        let place = place.trim_start_matches('.');
        self.found.push(if place.is_empty() {
            format!("it was `{was}` and is `{is}`")
        } else {
            format!("`{place}` was `{was}` and is `{is}`")
        });
    }
}

fn type_of(format: &Format) -> String {
    match format {
        Format::Variable(_) => "_".to_owned(),
        Format::TypeName(name) => name.clone(),
        Format::Unit => "()".to_owned(),
        Format::Str => "String".to_owned(),
        Format::Bytes => "bytes".to_owned(),
        Format::Option(inner) => format!("Option<{}>", type_of(inner)),
        Format::Seq(inner) => format!("Vec<{}>", type_of(inner)),
        Format::Map { key, value } => format!("Map<{}, {}>", type_of(key), type_of(value)),
        Format::Tuple(all) => format!("({})", all.iter().map(type_of).collect::<Vec<_>>().join(", ")),
        Format::TupleArray { content, size } => format!("[{}; {size}]", type_of(content)),
        plain => format!("{plain:?}").to_lowercase(),
    }
}
