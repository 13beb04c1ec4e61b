//! The name of a type as its user wrote it.

use std::fmt::{Display, Formatter, Result, Write};

/// A type's name without the paths: `Vec<Order>` of `alloc::vec::Vec<shop::Order<'_>>`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ShortName(pub(super) fn() -> &'static str);

impl Display for ShortName {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let full = (self.0)().replace("<'_>", "").replace("'_, ", "").replace("&'_ ", "&");
        let mut word = 0;
        for (at, c) in full.char_indices() {
            let rest = &full[at + c.len_utf8()..];
            if c == ':' {
                word = at + 1;
            } else if !(c.is_alphanumeric() || c == '_') {
                f.write_str(&full[word..at])?;
                f.write_char(c)?;
                word = at + c.len_utf8();
            } else if rest.is_empty() {
                f.write_str(&full[word..])?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::any::type_name;

    use super::*;

    struct Order<'a>(#[expect(dead_code)] &'a str);

    #[test]
    fn paths_and_lifetimes_are_left_out() {
        let short = |name| ShortName(name).to_string();
        assert_eq!(short(type_name::<Order<'static>>), "Order");
        assert_eq!(
            short(type_name::<Vec<(Order<'static>, Option<u64>)>>),
            "Vec<(Order, Option<u64>)>"
        );
        assert_eq!(short(type_name::<&str>), "&str");
        assert_eq!(short(type_name::<[u8; 4]>), "[u8; 4]");
    }
}
