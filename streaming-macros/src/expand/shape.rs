//! The shape of a window as a value.

use proc_macro2::TokenStream;
use quote::quote_spanned;

use super::names;
use super::values;
use crate::graph::{ArgValue, Node, Shift, WindowShape};

/// `op::tumbling(size)`
pub(crate) fn value(node: &Node) -> TokenStream {
    match node.args.first() {
        Some(ArgValue::Window(WindowShape::Tumbling { word, size, offset })) => {
            let mut shape = names::call(names::OP, word, &values::duration(size));
            if let Some(Shift { earlier, amount }) = offset {
                let method = names::user(if *earlier { "earlier" } else { "later" }, word);
                let amount = values::duration(amount);
                shape = quote_spanned!(word.span()=> #shape.#method(#amount));
            }
            shape
        }
        _ => TokenStream::new(),
    }
}
