//! What state is made of: written down in a checkpoint, so that state of other types is not taken for one of these, and so that a later program can
//! take over what it knows of it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::trace::{self, Unknown};
use super::{Revise, State};
use crate::checkpoint::{Described, Layout, Means, OPAQUE, PartOf, StateOf, Value};
use crate::key::{OwnedKey, hash_of};

/// A part of a state that is kept by itself: an accumulator, or all of it.
#[derive(Debug)]
pub struct Part {
    shape: Result<String, String>,
    means: Means,
}

impl Part {
    /// All of the state.
    pub(crate) fn whole<S: State>() -> Self {
        Self {
            shape: shape::<S>(),
            means: Means {
                empty: None,
                needs_record: false,
                measure: measure::<S>,
                adopt: adopt::<S>,
            },
        }
    }

    /// One of several accumulators.
    pub(super) fn accumulator<A: Revise + Default>() -> Self {
        let mut part = Self::whole::<A>();
        part.means.empty = postcard::to_stdvec(&A::default()).ok();
        part.means.needs_record = A::NEEDS_RECORD;
        part
    }
}

/// Stands where the parts of a state stand.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename = "streaming_runtime::Parts")]
pub struct Hole;

/// State of which `Held` is what rests for a key, its parts in place of the hole. With `fires` a result may come of a key for which no record
/// came.
///
/// # Errors
/// A message where the values could be written but not read again: they need a format that describes itself, which the checkpoint's does not.
pub(crate) fn described<K: OwnedKey, Held: DeserializeOwned>(
    scope: &str,
    parts: Vec<Part>,
    fires: bool,
) -> Result<Described, String> {
    let mut layout = Layout {
        scope: scope.trim_end_matches(": ").to_owned(),
        key: shape::<K>()?,
        value: shape::<Held>()?,
        parts: Vec::with_capacity(parts.len()),
    };
    let mut all = Vec::with_capacity(parts.len());
    for Part { shape, mut means } in parts {
        layout.parts.push(PartOf {
            names: Vec::new(),
            call: String::new(),
            shape: shape?,
        });
        means.needs_record &= fires;
        all.push(means);
    }
    Ok(Described {
        of: StateOf {
            name: String::new(),
            state: Some(layout),
            reset: None,
        },
        was: Vec::new(),
        may_be: Vec::new(),
        means: all,
        hash: |key| postcard::from_bytes::<K>(key).ok().map(|key| hash_of(&key)),
    })
}

fn measure<S: DeserializeOwned>(bytes: &[u8]) -> Option<usize> {
    let (_, rest) = postcard::take_from_bytes::<S>(bytes).ok()?;
    Some(bytes.len() - rest.len())
}

fn adopt<S: State>(value: Value) -> Result<Vec<u8>, String> {
    let read = S::deserialize(value).map_err(|error| error.to_string())?;
    postcard::to_stdvec(&read).map_err(|error| error.to_string())
}

/// The shape of a type as `serde` sees it: names and types of all fields, in order.
fn shape<T: DeserializeOwned>() -> Result<String, String> {
    let name = std::any::type_name::<T>();
    match trace::shape::<T>() {
        Ok(shape) => {
            serde_json::to_string(&shape).map_err(|e| format!("the shape of `{name}` cannot be written down: {e}"))
        }
        Err(Unknown::Asks(what)) => Err(format!(
            "`{name}` can be written to a checkpoint but not read again: it asks the format what comes (`{what}`), as \
             `#[serde(untagged)]`, `#[serde(flatten)]` and `serde_json::Value` do; keep it as a `String`, or in a type without these"
        )),
        // Its name must do, with what was learnt of it: a line each.
        Err(Unknown::Picky(learnt)) => Ok(format!("{OPAQUE}{name}\n{}", learnt.join("\n"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fmt;

    use serde::Deserializer;

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

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by serde")]
    struct Nested {
        kinds: Vec<Kind>,
        all: HashMap<u8, (Kind, Option<Deep>)>,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by serde")]
    enum Deep {
        None,
        More(Box<Deep>),
        Level { of: Level },
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by serde")]
    enum Level {
        Low,
        High,
        Other(u32),
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by serde")]
    struct Tree {
        name: String,
        children: Vec<Tree>,
        parent: Option<Box<Tree>>,
    }

    mod other {
        #[derive(serde::Deserialize)]
        #[expect(dead_code, reason = "read by serde")]
        pub(super) struct Total(pub(super) bool);
    }

    #[test]
    fn types_that_hold_themselves_and_types_of_one_name_are_described() {
        assert_eq!(
            shape::<Tree>().unwrap(),
            r#"[{"TYPENAME":"Tree"},{"Tree":{"STRUCT":[{"name":"STR"},{"children":{"SEQ":{"TYPENAME":"Tree"}}},{"parent":{"OPTION":{"TYPENAME":"Tree"}}}]}}]"#
        );
        let both = shape::<(Total, other::Total)>().unwrap();
        assert!(both.contains(r#""Total#2":{"NEWTYPESTRUCT":"BOOL"}"#), "{both}");
    }

    /// Takes no value that a tracer would think of.
    #[derive(Debug)]
    struct Picky;

    impl<'de> Deserialize<'de> for Picky {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl serde::de::Visitor<'_> for Visitor {
                type Value = Picky;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a word that is known")
                }
                fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Picky, E> {
                    if text == "known" {
                        Ok(Picky)
                    } else {
                        Err(E::custom("unknown"))
                    }
                }
            }
            deserializer.deserialize_str(Visitor)
        }
    }

    #[test]
    fn other_types_have_other_shapes() {
        let all = [
            shape::<u64>(),
            shape::<i64>(),
            shape::<String>(),
            shape::<Total>(),
            shape::<Kind>(),
            shape::<(u64, Option<i64>)>(),
            shape::<HashMap<String, f64>>(),
            shape::<Picky>(),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(at), "{one:?}");
        }
        assert!(all[3].as_ref().unwrap().contains(r#""at""#), "{:?}", all[3]);
    }

    #[test]
    fn enums_inside_are_described_with_all_their_variants() {
        let shape = shape::<Nested>().unwrap();
        for variant in ["One", "Two", "None", "More", "Level", "Low", "High", "Other"] {
            assert!(shape.contains(&format!("\"{variant}\"")), "{variant}: {shape}");
        }
    }

    #[test]
    fn what_could_not_be_read_again_is_refused() {
        let error = shape::<serde_json::Value>().unwrap_err();
        assert!(
            error.contains("can be written to a checkpoint but not read again"),
            "{error}"
        );
    }

    #[test]
    fn a_type_that_checks_what_it_reads_is_described_where_it_takes_a_likely_value() {
        assert_eq!(shape::<std::num::NonZeroU64>(), shape::<u64>());
        assert!(
            shape::<(String, std::num::NonZeroU8, std::net::IpAddr)>()
                .unwrap()
                .starts_with('[')
        );
        assert!(shape::<std::net::Ipv4Addr>().unwrap().starts_with('['));
        assert_eq!(
            shape::<Picky>().unwrap(),
            "type streaming_runtime::state::layout::tests::Picky\n: \"STR\""
        );
    }

    #[test]
    fn fields_of_several_names_are_described_by_their_own() {
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "read by serde")]
        struct Cart {
            first: u8,
            #[serde(alias = "zz", alias = "aa")]
            middle: u16,
            #[serde(alias = "b")]
            next: NonZeroU32,
            last: Kind,
        }
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "read by serde")]
        enum Held {
            One {
                #[serde(alias = "b")]
                a: u8,
                c: u16,
            },
            Two {
                a: u8,
                b: u16,
                c: u32,
            },
        }
        #[derive(Deserialize)]
        #[expect(dead_code, reason = "read by serde")]
        struct Branch {
            #[serde(alias = "all")]
            children: Vec<Branch>,
            n: u8,
        }
        use std::num::NonZeroU32;
        let cart = shape::<Cart>().unwrap();
        assert!(
            cart.contains(
                r#""Cart":{"STRUCT":[{"first":"U8"},{"middle":"U16"},{"next":"U32"},{"last":{"TYPENAME":"Kind"}}]}"#
            ),
            "{cart}"
        );
        assert_eq!(
            shape::<Branch>().unwrap(),
            r#"[{"TYPENAME":"Branch"},{"Branch":{"STRUCT":[{"children":{"SEQ":{"TYPENAME":"Branch"}}},{"n":"U8"}]}}]"#
        );
        let held = shape::<Held>().unwrap();
        assert!(
            held.contains(r#"{"One":{"STRUCT":[{"a":"U8"},{"c":"U16"}]}}"#),
            "{held}"
        );
        assert!(
            held.contains(r#"{"Two":{"STRUCT":[{"a":"U8"},{"b":"U16"},{"c":"U32"}]}}"#),
            "{held}"
        );
    }

    /// Types of one name that differ in one thing each.
    macro_rules! forms {
        ($($form:ident: { $($item:item)* })*) => {
            [$({
                #[allow(dead_code, reason = "read by serde")]
                mod $form {
                    use serde::Deserialize;
                    $($item)*
                }
                let name = format!("{}::", stringify!($form));
                shape::<$form::State>().unwrap().replace(&name, "")
            }),*]
        };
    }

    #[test]
    fn types_that_cannot_be_described_differ_in_what_was_learnt_of_them() {
        let all = forms! {
            one: {
                #[derive(Deserialize)]
                pub(super) struct State { _checked: Checked, _n: u32 }
                #[derive(Deserialize)]
                #[serde(try_from = "Raw")]
                struct Checked;
                #[derive(Deserialize)]
                struct Raw { _a: u32, _b: u32 }
                impl TryFrom<Raw> for Checked {
                    type Error = String;
                    fn try_from(_: Raw) -> Result<Self, String> { Err("no".into()) }
                }
            }
            inside: {
                #[derive(Deserialize)]
                pub(super) struct State { _checked: Checked, _n: u32 }
                #[derive(Deserialize)]
                #[serde(try_from = "Raw")]
                struct Checked;
                #[derive(Deserialize)]
                struct Raw { _a: u32, _b: i32 }
                impl TryFrom<Raw> for Checked {
                    type Error = String;
                    fn try_from(_: Raw) -> Result<Self, String> { Err("no".into()) }
                }
            }
            behind: {
                #[derive(Deserialize)]
                pub(super) struct State { _checked: Checked, _n: i32 }
                #[derive(Deserialize)]
                #[serde(try_from = "Raw")]
                struct Checked;
                #[derive(Deserialize)]
                struct Raw { _a: u32, _b: u32 }
                impl TryFrom<Raw> for Checked {
                    type Error = String;
                    fn try_from(_: Raw) -> Result<Self, String> { Err("no".into()) }
                }
            }
            variants: {
                #[derive(Deserialize)]
                pub(super) enum State { #[serde(alias = "Old")] New(u32), Other { _n: u32 } }
            }
            variant: {
                #[derive(Deserialize)]
                pub(super) enum State { #[serde(alias = "Old")] New(u32), Other { _n: i32 } }
            }
            order: {
                #[derive(Deserialize)]
                pub(super) enum State { Other { _n: u32 }, #[serde(alias = "Old")] New(u32) }
            }
        };
        for (at, one) in all.iter().enumerate() {
            assert!(one.starts_with("type "), "{one}");
            assert_eq!(all.iter().position(|other| other == one), Some(at), "{one:?}");
        }
        assert_eq!(shape::<Picky>(), shape::<Picky>());
    }
}
