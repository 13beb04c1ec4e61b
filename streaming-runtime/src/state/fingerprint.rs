//! What state is made of, as text: so that a checkpoint of other types is not taken for one of these.

use serde::de::DeserializeOwned;
use serde_reflection::{Error, Tracer, TracerConfig};

/// The shape of keys and values as `serde` sees them: names and types of all fields, in order.
///
/// # Errors
/// A message where the values could be written but not read again: they need a format that describes itself, which the checkpoint's does not.
pub(crate) fn fingerprint<K: DeserializeOwned, V: DeserializeOwned>() -> Result<String, String> {
    Ok(format!("{} -> {}", shape::<K>()?, shape::<V>()?))
}

fn shape<T: DeserializeOwned>() -> Result<String, String> {
    let mut tracer = Tracer::new(TracerConfig::default());
    let name = std::any::type_name::<T>();
    let shape = tracer.trace_simple_type::<T>();
    let whole = shape.and_then(|(format, _)| Ok((format, tracer.registry()?)));
    match whole {
        Ok((format, registry)) => {
            let parts = (&format, &registry);
            serde_json::to_string(&parts).map_err(|e| format!("the shape of `{name}` cannot be written down: {e}"))
        }
        Err(Error::NotSupported(what)) => Err(format!(
            "`{name}` can be written to a checkpoint but not read again: it asks the format what comes (`{what}`), as \
             `#[serde(untagged)]`, `#[serde(flatten)]` and `serde_json::Value` do; keep it as a `String`, or in a type without these"
        )),
        // A type that reads itself in a way of its own, and does not take any value: its name must do.
        Err(_) => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by serde")]
    struct Total {
        n: u64,
        at: Option<i64>,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by serde")]
    enum Kind {
        One,
        Two(Total),
    }

    #[test]
    fn other_types_have_other_fingerprints() {
        let all = [
            fingerprint::<u64, u64>(),
            fingerprint::<u64, i64>(),
            fingerprint::<String, u64>(),
            fingerprint::<u64, Total>(),
            fingerprint::<u64, Kind>(),
            fingerprint::<u64, (u64, Option<i64>)>(),
            fingerprint::<u64, HashMap<String, f64>>(),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(at), "{one:?}");
        }
        assert!(all[3].as_ref().unwrap().contains(r#""at""#), "{:?}", all[3]);
    }

    #[test]
    fn what_could_not_be_read_again_is_refused() {
        let error = fingerprint::<String, serde_json::Value>().unwrap_err();
        assert!(
            error.contains("can be written to a checkpoint but not read again"),
            "{error}"
        );
    }

    #[test]
    fn a_type_with_a_check_of_its_own_goes_by_its_name() {
        assert!(fingerprint::<u64, std::num::NonZeroU64>().unwrap().contains("u64"));
        assert!(fingerprint::<u64, std::net::IpAddr>().is_ok());
    }
}
