use serde::Deserialize;

/// A record that a decoder makes of a payload, from which it may borrow.
///
/// Every type with `Deserialize` is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be decoded",
    label = "does not implement `Deserialize`",
    note = "derive it with `#[derive(serde::Deserialize)]`; types of other crates often have it behind their feature `serde`"
)]
pub trait Decoded<'r>: Deserialize<'r> {}

#[diagnostic::do_not_recommend]
impl<'r, T: Deserialize<'r>> Decoded<'r> for T {}
