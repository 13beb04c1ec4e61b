#![allow(clippy::needless_borrow, reason = "what the macro emits, to the letter")]

use super::{
    Ask, DebugKind as _, DisplayKind as _, FarKind as _, Lent as _, NearKind as _, PlainKind as _, TextKind as _,
};

/// What the macro emits, to the letter.
macro_rules! own {
    ($value:expr) => {{
        let value = $value;
        (&&&&Ask::about(&value)).__kind().lend(value).own()
    }};
}

macro_rules! printed {
    ($value:expr) => {{
        let value = $value;
        (&Ask::about(&value)).__printed().text(&value).to_string()
    }};
}

#[derive(Debug, Clone, PartialEq)]
struct Opaque {
    n: u8,
}

#[test]
fn texts_are_kept_as_strings() {
    let line = String::from("the fox");
    let word: String = own!(line.split(' ').next_back().expect("a word"));
    let again: String = own!(&line.as_str());
    let literal: String = own!("the fox");
    assert_eq!((word.as_str(), again, literal), ("fox", line.clone(), line));
}

#[test]
fn everything_else_is_kept_as_it_is() {
    let number: i64 = own!(-7);
    let text: String = own!(String::from("own"));
    let pair: (u8, Option<char>) = own!((1, Some('x')));
    let opaque: Opaque = own!(Opaque { n: 3 });
    let floats: Vec<f64> = own!(vec![1.5]);
    assert_eq!(
        (number, text.as_str(), pair, opaque, floats),
        (-7, "own", (1, Some('x')), Opaque { n: 3 }, vec![1.5])
    );
}

#[test]
fn references_are_cloned_when_kept() {
    let opaque = Opaque { n: 3 };
    let near: Opaque = own!(&opaque);
    let far: Opaque = own!(&&opaque);
    let string: String = own!(&String::from("own"));
    assert_eq!((near, far, string.as_str()), (opaque.clone(), opaque, "own"));
}

#[test]
fn an_owned_value_is_moved_not_copied() {
    let text = String::from("somewhere on the heap");
    let place = text.as_ptr();
    let kept: String = own!(text);
    assert_eq!(kept.as_ptr(), place);
}

#[test]
fn both_forms_compare_by_one_view() {
    let borrowed = "b";
    assert!((&&&&Ask::about(&borrowed)).__kind().lend(borrowed).view() < "c");
    assert_eq!(*(&&&&Ask::about(&4)).__kind().lend(4).view(), 4);
}

#[test]
fn records_print_by_display_else_by_debug() {
    assert_eq!(printed!("text"), "text");
    assert_eq!(printed!(1.5), "1.5");
    assert_eq!(printed!(&&String::from("text")), "text");
    assert_eq!(printed!(Opaque { n: 1 }), "Opaque { n: 1 }");
    assert_eq!(printed!(&Opaque { n: 1 }), "Opaque { n: 1 }");
    assert_eq!(printed!(("text", Some(2))), "(\"text\", Some(2))");
}
