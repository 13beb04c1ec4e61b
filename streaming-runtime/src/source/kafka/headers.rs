//! Headers whose names are not UTF-8.
//!
//! Kafka asks for UTF-8 and brokers do not check it. The client library panics over such a name, and has no other safe call that tells it or the value. Here
//! it is a header with a name of its own, and nothing else of the message is lost. Where panics cannot be caught, because the process is built with
//! `panic = "abort"`, it ends with an error that says where and why. Headers are touched only where somebody asks for them.

use std::cell::{Cell, RefCell};
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use rdkafka::message::{Header, Headers};

/// The name of a header whose name is not UTF-8; its value cannot be read.
pub(super) const UNREADABLE: &str = "\u{fffd}";

/// A panic ends the process.
const ENDS: bool = cfg!(panic = "abort");

thread_local! {
    /// The panic of this thread, if there is one, is expected.
    static LOOKING: Cell<bool> = const { Cell::new(false) };
    /// Where the message is; kept only where a panic ends the process.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A header by its place, of a message at this place and offset.
pub(super) fn at<'h, H: Headers>(headers: &'h H, index: usize, place: (&str, i64)) -> Header<'h, &'h [u8]> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |panic| {
            if !LOOKING.get() {
                hook(panic);
            } else if ENDS {
                PLACE.with_borrow(|place| eprintln!("{}", end_of_process(place)));
            }
        }));
    });
    if ENDS {
        PLACE.with_borrow_mut(|text| {
            text.clear();
            let (partition, offset) = place;
            // Writing to a string does not fail.
            let _ = write!(text, "{partition}, offset {offset}");
        });
    }
    LOOKING.set(true);
    let header = catch_unwind(AssertUnwindSafe(|| headers.try_get(index)));
    LOOKING.set(false);
    header.ok().flatten().unwrap_or(Header {
        key: UNREADABLE,
        value: None,
    })
}

/// The bytes of the name and the value of a header. Where a name that is not UTF-8 would end the process nothing is touched, and it is 0.
pub(super) fn size<H: Headers>(headers: &H, index: usize, place: (&str, i64)) -> usize {
    if ENDS {
        return 0;
    }
    let header = at(headers, index, place);
    header.key.len() + header.value.map_or(0, <[u8]>::len)
}

/// What is said before the process ends.
fn end_of_process(place: &str) -> String {
    format!(
        "error: a header of the message at {place} has a name that is not UTF-8, and a process that is built with `panic = \"abort\"` ends where it is read: \
         build it with `panic = \"unwind\"`, or do not read the headers"
    )
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
        let names: Vec<_> = (0..3).map(|index| at(&Some3, index, ("orders/3", 7))).collect();
        assert_eq!(
            names.iter().map(|header| header.key).collect::<Vec<_>>(),
            ["a", "\u{fffd}", "c"]
        );
        assert_eq!(
            names.iter().map(|header| header.value).collect::<Vec<_>>(),
            [Some(&b"v"[..]), None, Some(b"v")]
        );
        let sizes: Vec<_> = (0..3).map(|index| size(&Some3, index, ("orders/3", 7))).collect();
        assert_eq!(sizes, [2, UNREADABLE.len(), 2]);
    }

    #[test]
    fn a_process_says_why_it_ends() {
        let said = end_of_process("orders/3, offset 7");
        assert!(said.contains("the message at orders/3, offset 7 has a name"), "{said}");
    }
}
