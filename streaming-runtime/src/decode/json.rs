use std::any::type_name;

use super::null::as_json;
use super::{DecodeError, Decoded};

/// `.json::<T>()`: a payload as one JSON value.
///
/// The record may borrow from the payload: a `&str` field takes text without escapes as it stands, a `Cow<str>` field with
/// `#[serde(borrow)]` any text.
///
/// ```
/// use streaming_runtime::op;
///
/// #[derive(serde::Deserialize)]
/// struct Order<'a> {
///     user: &'a str,
///     amount: f64,
/// }
/// let order: Order<'_> = op::json(br#"{"user": "ada", "amount": 2.5}"#).unwrap();
/// assert_eq!((order.user, order.amount), ("ada", 2.5));
/// ```
///
/// # Errors
/// When the payload is not JSON or does not fit the type; blank lines are not JSON:
/// ```
/// # use streaming_runtime::op;
/// # #[derive(Debug, serde::Deserialize)]
/// # struct Order<'a> { user: &'a str, amount: f64 }
/// let error = op::json::<Order<'_>>(br#"{"amount": 2.5}"#).unwrap_err();
/// assert_eq!(error.to_string(), "cannot decode JSON into `Order`: missing field `user` at column 15");
/// ```
#[inline]
pub fn json<'r, T: Decoded<'r>>(payload: &'r [u8]) -> Result<T, DecodeError> {
    let payload = as_json(payload);
    // Checked as a whole first: that is quicker than text by text. What is not UTF-8 is left to the decoder to report.
    let decoded = match str::from_utf8(payload) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(payload),
    };
    decoded.map_err(|error| DecodeError::json(error, type_name::<T>, payload))
}
