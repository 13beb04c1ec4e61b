//! The shape of a window as a value.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{names, values};
use crate::graph::{ArgValue, Node, Shift};

/// `op::tumbling(size).later(offset)`
pub(crate) fn value(node: &Node) -> TokenStream {
    let shapes = node.args.iter().filter_map(|arg| match arg {
        ArgValue::Window(shape) => Some(shape),
        _ => None,
    });
    let values = shapes.map(|window| {
        let lengths = window.lengths.iter().map(values::duration);
        let mut value = names::call(names::OP, &window.word, &quote!(#(#lengths),*));
        if let Some(Shift { earlier, amount }) = &window.offset {
            let method = names::user(if *earlier { "earlier" } else { "later" }, &window.word);
            let amount = values::duration(amount);
            value = quote_spanned!(window.word.span()=> #value.#method(#amount));
        }
        value
    });
    values.collect()
}
