//! Payloads that are not there.
//!
//! A message of Kafka without a value, a tombstone, is not one with an empty value. What is lent for it is an empty slice at a place of its own, so that a
//! loop over payloads stays one over bytes, and whoever has to know can tell.

/// The place; an empty slice at the end of something else never points into it.
static PLACE: [u8; 3] = *b"nil";

/// The payload of a message without one: empty for all who do not ask.
pub(crate) fn null() -> &'static [u8] {
    &PLACE[1..1]
}

/// Whether this is the payload of a message without one.
#[inline]
pub(crate) fn is_null(payload: &[u8]) -> bool {
    payload.is_empty() && std::ptr::eq(payload.as_ptr(), null().as_ptr())
}

/// The payload as JSON has it: a message without one is `null`.
#[inline]
pub(super) fn as_json(payload: &[u8]) -> &[u8] {
    if is_null(payload) { b"null" } else { payload }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_not_empty() {
        assert!(is_null(null()));
        assert!(null().is_empty());
        let bytes = *b"ab";
        for empty in [&[][..], b"", &bytes[..0], &bytes[2..], &Vec::new()] {
            assert!(!is_null(empty));
        }
        assert!(!is_null(b"null"));
    }
}
