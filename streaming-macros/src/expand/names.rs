//! Names that the emitted code binds. They resolve where the macro stands, so that no name of the user's can meet them.

use proc_macro2::{Ident, Span};

use crate::graph::NodeId;

/// A name of the emitted code's own.
pub(crate) fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A name of the emitted code's own that rustc shows where the user's token stands.
pub(crate) fn own_at(name: &str, user: Span) -> Ident {
    Ident::new(name, Span::mixed_site().located_at(user))
}

/// A name of the runtime that the user's token stands for.
pub(crate) fn user(name: &str, user: &Ident) -> Ident {
    Ident::new(name, user.span())
}

/// What a node is bound to: `x3` for the exchange before node 3.
pub(crate) fn of_node(letter: char, node: NodeId) -> Ident {
    own(&format!("{letter}{}", node.0))
}
