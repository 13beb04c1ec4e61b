//! JSON for sinks: what `serde_json` writes, but for numbers that JSON does not have.

mod floats;

use std::cell::Cell;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use self::floats::{Floats, Null};

/// What a JSON sink makes of a floating-point number that is not finite, which JSON has no number for. See
/// [`non_finite`](super::Files::non_finite).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NonFinite {
    /// An error that names the field.
    #[default]
    Fail,
    /// `null`.
    Null,
    /// `"NaN"`, `"Infinity"` and `"-Infinity"`.
    Text,
}

/// The words of `.non_finite(…)` in a pipeline.
pub mod non_finite {
    use super::NonFinite;

    /// An error that names the field.
    #[must_use]
    pub fn fail() -> NonFinite {
        NonFinite::Fail
    }

    /// `null`.
    #[must_use]
    pub fn null() -> NonFinite {
        NonFinite::Null
    }

    /// `"NaN"`, `"Infinity"` and `"-Infinity"`.
    #[must_use]
    pub fn text() -> NonFinite {
        NonFinite::Text
    }
}

/// Appends a record as JSON. The error says why it cannot be written.
///
/// `serde_json` writes `null` for a number that is not finite. So only a record with a `null` is looked at once more: was that a number?
#[inline]
pub(super) fn write_json(record: &impl Serialize, bytes: &mut Vec<u8>, non_finite: NonFinite) -> Result<(), String> {
    let (start, has_null) = (bytes.len(), Cell::new(false));
    let mut serializer = Serializer::with_formatter(&mut *bytes, Noting(&has_null));
    record.serialize(&mut serializer).map_err(|e| e.to_string())?;
    if has_null.get() && non_finite != NonFinite::Null {
        return look_again(record, bytes, start, non_finite);
    }
    Ok(())
}

#[cold]
fn look_again(record: &impl Serialize, bytes: &mut Vec<u8>, start: usize, non_finite: NonFinite) -> Result<(), String> {
    let mut floats = Floats::new(non_finite == NonFinite::Fail);
    record.serialize(&mut floats).map_err(|found| found.to_string())?;
    if floats.nulls.iter().all(|null| *null == Null::Nothing) {
        return Ok(());
    }
    bytes.truncate(start);
    let formatter = Replacing(floats.nulls.into_iter());
    let mut serializer = Serializer::with_formatter(bytes, formatter);
    record.serialize(&mut serializer).map_err(|e| e.to_string())
}

/// Notes whether a `null` is written.
struct Noting<'n>(&'n Cell<bool>);

impl Formatter for Noting<'_> {
    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.set(true);
        writer.write_all(b"null")
    }
}

/// Writes for every `null` what it stands for.
struct Replacing(std::vec::IntoIter<Null>);

impl Formatter for Replacing {
    fn write_null<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let text: &[u8] = match self.0.next() {
            None | Some(Null::Nothing) => b"null",
            Some(Null::NotANumber) => b"\"NaN\"",
            Some(Null::Infinite) => b"\"Infinity\"",
            Some(Null::NegativeInfinite) => b"\"-Infinity\"",
        };
        writer.write_all(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Serialize, Clone)]
    struct Inner {
        none: Option<u8>,
        rates: Vec<f64>,
    }

    #[derive(Serialize, Clone)]
    enum Kind {
        Unit,
        One(f32),
        Named { x: f64 },
    }

    #[derive(Serialize, Clone)]
    struct Record {
        unit: (),
        rate: f64,
        inner: Option<Inner>,
        by_name: BTreeMap<String, f64>,
        pair: (f32, Kind),
    }

    fn record(rate: f64) -> Record {
        Record {
            unit: (),
            rate,
            inner: Some(Inner {
                none: None,
                rates: vec![1.0, 0.5],
            }),
            by_name: BTreeMap::from([("a".to_owned(), 2.0)]),
            pair: (1.5, Kind::Unit),
        }
    }

    fn json(record: &impl Serialize, non_finite: NonFinite) -> Result<String, String> {
        let mut bytes = b"before ".to_vec();
        write_json(record, &mut bytes, non_finite)?;
        Ok(String::from_utf8(bytes)
            .unwrap()
            .strip_prefix("before ")
            .unwrap()
            .to_owned())
    }

    #[test]
    fn finite_numbers_are_written_as_ever() {
        let record = record(-0.25);
        let expect = serde_json::to_string(&record).unwrap();
        for non_finite in [NonFinite::Fail, NonFinite::Null, NonFinite::Text] {
            assert_eq!(json(&record, non_finite).unwrap(), expect);
        }
    }

    #[test]
    fn a_number_that_is_not_finite_is_an_error_that_names_the_field() {
        let error = |record: &Record| json(record, NonFinite::Fail).unwrap_err();
        assert!(error(&record(f64::NAN)).starts_with("field `rate` is NaN, which JSON has no number for"));
        assert!(error(&record(f64::NEG_INFINITY)).starts_with("field `rate` is -Infinity"));
        let mut nested = record(0.0);
        nested.inner = Some(Inner {
            none: None,
            rates: vec![0.0, f64::INFINITY],
        });
        assert!(error(&nested).starts_with("field `inner.rates` is Infinity"));
        let mut nested = record(0.0);
        nested.by_name.insert("b".to_owned(), f64::NAN);
        assert!(error(&nested).starts_with("field `by_name` is NaN"));
        let mut nested = record(0.0);
        nested.pair.1 = Kind::Named { x: f64::NAN };
        assert!(error(&nested).starts_with("field `pair.x` is NaN"));
        assert!(
            json(&f64::NAN, NonFinite::Fail)
                .unwrap_err()
                .starts_with("the record is NaN")
        );
    }

    #[test]
    fn a_number_that_is_not_finite_as_null_or_text() {
        let mut odd = record(f64::NAN);
        odd.inner = Some(Inner {
            none: None,
            rates: vec![0.5, f64::INFINITY, f64::NEG_INFINITY],
        });
        odd.pair = (f32::NAN, Kind::One(f32::INFINITY));
        let null = json(&odd, NonFinite::Null).unwrap();
        assert_eq!(null, serde_json::to_string(&odd).unwrap());
        let text = json(&odd, NonFinite::Text).unwrap();
        let expect = r#"{"unit":null,"rate":"NaN","inner":{"none":null,"rates":[0.5,"Infinity","-Infinity"]},"by_name":{"a":2.0},"pair":["NaN",{"One":"Infinity"}]}"#;
        assert_eq!(text, expect);
    }

    #[test]
    fn doubles_are_read_as_they_were_written() {
        for text in ["117.63331139400017", "10587.436593658975", "9007199254740991.0"] {
            let number: f64 = crate::op::json(text.as_bytes()).unwrap();
            assert_eq!(json(&number, NonFinite::Fail).unwrap(), text);
        }
    }
}
