//! The shape of a window as a value.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::{names, values};
use crate::graph::{ArgValue, Node};

/// `op::tumbling(size).later(offset)`
pub(crate) fn value(node: &Node) -> TokenStream {
    let shapes = node.args.iter().filter_map(|arg| match arg {
        ArgValue::Window(shape) => Some(shape),
        _ => None,
    });
    let values = shapes.map(|shape| {
        let durations = shape.durations.iter().map(values::duration);
        let mut value = names::call(names::OP, &shape.word, &quote!(#(#durations),*));
        for (option, shift) in &shape.options {
            let method = names::user(option.methods[usize::from(shift.earlier)], &shape.word);
            let amount = values::duration(&shift.amount);
            value = quote_spanned!(shape.word.span()=> #value.#method(#amount));
        }
        value
    });
    values.collect()
}
