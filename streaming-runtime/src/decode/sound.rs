use super::DecodeError;
use crate::source::Meta;

/// Whether the source could hand out a record as it is; called before a payload is decoded.
///
/// # Errors
/// When it has a [fault](Meta::fault), as a record that is longer than the source may hold.
#[inline]
pub fn sound(meta: &impl Meta) -> Result<(), DecodeError> {
    match meta.fault() {
        None => Ok(()),
        Some(fault) => Err(DecodeError::fault(*fault)),
    }
}
