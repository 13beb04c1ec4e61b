//! Headers whose names are not UTF-8.
//!
//! Kafka asks for UTF-8 and brokers do not check it. The client library panics over such a name, and has no other call that tells it or the value. Here it is
//! a header with a name of its own, and nothing else of the message is lost.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use rdkafka::message::{Header, Headers};

/// The name of a header whose name is not UTF-8; its value cannot be read.
pub(super) const UNREADABLE: &str = "\u{fffd}";

thread_local! {
    /// The panic of this thread, if there is one, is expected.
    static LOOKING: Cell<bool> = const { Cell::new(false) };
}

/// A header by its place.
pub(super) fn at<H: Headers>(headers: &H, index: usize) -> Header<'_, &[u8]> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !LOOKING.get() {
                hook(panic);
            }
        }));
    });
    LOOKING.set(true);
    let header = catch_unwind(AssertUnwindSafe(|| headers.try_get(index)));
    LOOKING.set(false);
    header.ok().flatten().unwrap_or(Header {
        key: UNREADABLE,
        value: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers of which the second has no name that can be read.
    struct Some3;

    impl Headers for Some3 {
        fn count(&self) -> usize {
            3
        }

        fn try_get(&self, index: usize) -> Option<Header<'_, &[u8]>> {
            let names: [&[u8]; 3] = [b"a", b"\xff", b"c"];
            Some(Header {
                key: std::str::from_utf8(names[index]).unwrap(),
                value: Some(b"v"),
            })
        }
    }

    #[test]
    fn a_name_that_is_not_utf_8_is_no_panic() {
        let names: Vec<_> = (0..3).map(|index| at(&Some3, index)).collect();
        assert_eq!(
            names.iter().map(|header| header.key).collect::<Vec<_>>(),
            ["a", "\u{fffd}", "c"]
        );
        assert_eq!(
            names.iter().map(|header| header.value).collect::<Vec<_>>(),
            [Some(&b"v"[..]), None, Some(b"v")]
        );
    }
}
