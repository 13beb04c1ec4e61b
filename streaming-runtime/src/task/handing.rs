//! Tells a panic of a source that hands out a record from one of a closure that works on a record.

use std::cell::Cell;

thread_local! {
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

struct Handing;

impl Drop for Handing {
    #[cold]
    fn drop(&mut self) {
        PANICKED.set(true);
    }
}

/// Has a source hand out its next record. It costs nothing unless the source panics.
#[inline(always)]
pub(crate) fn handing<T>(next: impl FnOnce() -> T) -> T {
    let handing = Handing;
    let handed = next();
    std::mem::forget(handing);
    handed
}

/// Whether a source has panicked on this thread in [`handing`] since this was last asked.
pub(crate) fn was_handing() -> bool {
    PANICKED.take()
}
