use super::DecodeError;

/// `.lines()`: a payload as text.
///
/// ```
/// use streaming_runtime::op;
/// assert_eq!(op::lines(b"caf\xc3\xa9").unwrap(), "café");
/// ```
///
/// # Errors
/// When the payload is not UTF-8:
/// ```
/// # use streaming_runtime::op;
/// let error = op::lines(b"caf\xe9!").unwrap_err();
/// assert_eq!(error.to_string(), "cannot decode text: byte 3 is not UTF-8");
/// ```
#[inline]
pub fn lines(payload: &[u8]) -> Result<&str, DecodeError> {
    std::str::from_utf8(payload).map_err(DecodeError::text)
}
