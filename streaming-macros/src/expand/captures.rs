//! Variables that several closures of the expansion take.
//!
//! To the user a pipeline is one piece of code, in which a variable may be used as often as one likes. The expansion
//! makes a closure of each stage, and each owns what it uses, as the pipeline outlives the block that it is written in. So
//! a variable that more than one of them uses is cloned for each, once, when the pipeline is built.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use crate::graph::agg::Piece;
use crate::graph::{Aggregation, ArgValue, Graph, Names, Node, NodeId};
use crate::ops::{Kind, OpKind};
use crate::plan::{self, Plan};

/// A closure of the expansion's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The body of a stage.
    Stage(usize),
    /// What a `fold` begins with.
    Start(NodeId),
    /// The function of a `fold` or a `reduce`.
    Step(NodeId),
}

/// The variables that more than one closure takes.
#[derive(Debug, Default)]
pub(crate) struct Captures {
    shared: Vec<(Ident, BTreeSet<Place>)>,
}

impl Captures {
    pub(crate) fn of(graph: &Graph, plan: &Plan) -> Self {
        let mut found = Found::default();
        for (at, node) in graph.nodes.iter().enumerate() {
            found.node(graph, plan, NodeId(at), node);
        }
        let Found {
            variables, mentions, ..
        } = found;
        let shared = variables.into_iter().filter_map(|(name, (ident, mut places))| {
            places.extend(mentions.get(&name).into_iter().flatten().copied());
            (places.len() > 1).then_some((ident, places))
        });
        Self {
            shared: shared.collect(),
        }
    }

    /// The closure, with clones of its own of what others take as well.
    pub(crate) fn taken(&self, place: Place, closure: TokenStream) -> TokenStream {
        let clones: Vec<TokenStream> = self
            .shared
            .iter()
            .filter(|(_, places)| places.contains(&place))
            .map(|(name, _)| {
                let clone = quote_spanned!(name.span()=> ::core::clone::Clone::clone(&#name));
                quote!(#[allow(unused_variables)] let #name = #clone;)
            })
            .collect();
        if clones.is_empty() {
            return closure;
        }
        quote!({ #(#clones)* #closure })
    }
}

#[derive(Debug, Default)]
struct Found {
    /// What closures of the user's take from outside, and where.
    variables: BTreeMap<String, (Ident, BTreeSet<Place>)>,
    /// Words of expressions that are no whole ones: variables perhaps, if they are variables elsewhere.
    mentions: BTreeMap<String, BTreeSet<Place>>,
}

impl Found {
    fn node(&mut self, graph: &Graph, plan: &Plan, id: NodeId, node: &Node) {
        let here = Place::Stage(plan.stage_of[id.0]);
        // An aggregate sees the records in the stage of its `key_by`, and gives its result in its own.
        let near = match node.spec.kind {
            Kind::Reduce => Place::Stage(plan.stage_of[plan::scope_and_key(graph, id).1.0]),
            _ => here,
        };
        let function = match node.spec.op {
            OpKind::Reduce | OpKind::Fold => Place::Step(id),
            _ => near,
        };
        let options = node.options.iter().flat_map(|option| &option.values);
        for arg in node.args.iter().chain(options) {
            match arg {
                // The name of a function is no variable.
                ArgValue::Function {
                    tokens,
                    params: Some(_),
                } => self.expression(tokens, function),
                ArgValue::Expr(tokens) if node.spec.op == OpKind::Fold => self.expression(tokens, Place::Start(id)),
                ArgValue::Aggregation(agg) => self.aggregation(agg, near, here),
                _ => {}
            }
        }
    }

    fn expression(&mut self, tokens: &TokenStream, place: Place) {
        for used in Names::of(tokens).free() {
            // A function that is called, a constant, a variant.
            if used.called || used.ident.to_string().starts_with(char::is_uppercase) {
                continue;
            }
            let entry = self.variables.entry(used.ident.to_string());
            let (_, places) = entry.or_insert_with(|| (used.ident.clone(), BTreeSet::new()));
            places.insert(place);
        }
    }

    fn aggregation(&mut self, agg: &Aggregation, near: Place, here: Place) {
        for argument in agg.calls.iter().flat_map(|call| &call.args) {
            self.expression(argument, near);
        }
        self.pieces(&agg.expr, here);
    }

    fn pieces(&mut self, pieces: &[Piece], place: Place) {
        for piece in pieces {
            match piece {
                Piece::Tokens(tokens) => self.mention(tokens, place),
                Piece::Group { pieces, .. } => self.pieces(pieces, place),
                _ => {}
            }
        }
    }

    fn mention(&mut self, tokens: &TokenStream, place: Place) {
        for token in tokens.clone() {
            match token {
                TokenTree::Ident(ident) => {
                    self.mentions.entry(ident.to_string()).or_default().insert(place);
                }
                TokenTree::Group(group) => self.mention(&group.stream(), place),
                _ => {}
            }
        }
    }
}
