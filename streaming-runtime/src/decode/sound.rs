use super::DecodeError;
use crate::source::Meta;
use crate::task::Task;

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

/// Whether the current record may be worked on; called before a payload is decoded, where records that panic are dead letters.
///
/// # Errors
/// When a closure further down has panicked over it in each try.
#[inline(always)]
pub fn passes(task: &mut Task) -> Result<(), DecodeError> {
    match task.set_aside() {
        None => Ok(()),
        Some(why) => Err(DecodeError::panicked(why)),
    }
}
