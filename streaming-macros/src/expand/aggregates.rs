//! The accumulators of one `agg(…)`, and its expression with their results in place.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::quote;

use super::cx::{Cx, pairs};
use super::fused::{Binding, Fused, Here, quote_record};
use super::names::{own, own_at};
use crate::graph::agg::{AggCall, AggFn, Piece};
use crate::graph::{Aggregation, NodeId};

/// Which accumulator each call has: calls that are written alike share one.
pub(crate) struct Accumulators<'a> {
    agg: &'a Aggregation,
    /// By call.
    shared: Vec<usize>,
    /// The calls that own one.
    owners: Vec<usize>,
}

impl<'a> Accumulators<'a> {
    pub(crate) fn of(agg: &'a Aggregation) -> Self {
        let text = |call: &AggCall| call.args.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut owners: Vec<usize> = Vec::new();
        let mut shared = Vec::new();
        for (at, call) in agg.calls.iter().enumerate() {
            let alike = |owner: &usize| {
                let other = &agg.calls[*owner];
                other.function == call.function && text(other) == text(call)
            };
            let owner = owners.iter().position(alike).unwrap_or_else(|| {
                owners.push(at);
                owners.len() - 1
            });
            shared.push(owner);
        }
        Self { agg, shared, owners }
    }

    /// `(a0, (a1, ()))`
    pub(crate) fn pattern(&self) -> TokenStream {
        pairs((0..self.owners.len()).map(|at| {
            let name = accumulator(at);
            quote!(#name)
        }))
    }

    /// `(Count, (Sum<_>, ()))`
    pub(crate) fn types(&self, cx: &Cx<'_>) -> TokenStream {
        let krate = cx.krate;
        pairs(self.owners.iter().map(|call| match self.agg.calls[*call].function {
            AggFn::Count => quote!(#krate::agg::Count),
            AggFn::Sum => quote!(#krate::agg::Sum<_>),
            AggFn::Min => quote!(#krate::agg::Min<_>),
            AggFn::Max => quote!(#krate::agg::Max<_>),
            AggFn::Avg => quote!(#krate::agg::Avg),
            AggFn::First => quote!(#krate::agg::First<_>),
            AggFn::Last => quote!(#krate::agg::Last<_>),
            AggFn::Collect => quote!(#krate::agg::Collect<_>),
            AggFn::CountDistinct => quote!(#krate::agg::CountDistinct<_>),
            AggFn::Top => quote!(#krate::agg::Top<_, _>),
        }))
    }

    /// Shows the record to every accumulator. `top`, which keeps it, comes last.
    pub(crate) fn update(&self, fused: &mut Fused<'_>, here: Here) -> TokenStream {
        let calls = self
            .owners
            .iter()
            .enumerate()
            .map(|(at, call)| (accumulator(at), &self.agg.calls[*call]));
        let (tops, others): (Vec<_>, Vec<_>) = calls.partition(|(_, call)| call.function == AggFn::Top);
        let mut code: TokenStream = others
            .iter()
            .map(|(name, call)| look(fused, name, call, here))
            .collect();
        let last = tops.len().saturating_sub(1);
        for (at, (name, call)) in tops.iter().enumerate() {
            let here = Here {
                owned: here.owned && at == last,
                ..here
            };
            code.extend(keep(fused, name, call, here));
        }
        code
    }

    /// The user's expression with results where the aggregates stood.
    pub(crate) fn finish(&self, fused: &mut Fused<'_>) -> TokenStream {
        let mut shared = TokenStream::new();
        for at in 0..self.owners.len() {
            if self.uses(at) > 1 {
                let name = accumulator(at);
                shared.extend(quote!(let #name = #name.finish();));
            }
        }
        let keys = count_keys(&self.agg.expr);
        let expr = self.pieces(fused, &self.agg.expr, keys);
        if shared.is_empty() {
            expr
        } else {
            quote!({ #shared #expr })
        }
    }

    fn uses(&self, owner: usize) -> usize {
        self.shared.iter().filter(|at| **at == owner).count()
    }

    fn pieces(&self, fused: &mut Fused<'_>, pieces: &[Piece], keys: usize) -> TokenStream {
        let mut code = TokenStream::new();
        for (at, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Tokens(tokens) => code.extend(tokens.clone()),
                Piece::Group {
                    delimiter,
                    span,
                    pieces,
                } => {
                    let mut group = Group::new(*delimiter, self.pieces(fused, pieces, keys));
                    group.set_span(*span);
                    code.extend([TokenTree::Group(group)]);
                }
                Piece::Aggregate(call) => {
                    let owner = self.shared[*call];
                    let name = own_at(&accumulator(owner).to_string(), self.agg.calls[*call].name.span());
                    code.extend(if self.uses(owner) > 1 {
                        quote!(#name.clone())
                    } else {
                        quote!(#name.finish())
                    });
                }
                Piece::Key(user) => {
                    fused.uses(Binding::Key);
                    let key = own_at("key", user.span());
                    let moved = keys == 1 && stands_alone(pieces, at);
                    code.extend(if moved { quote!(#key) } else { quote!(#key.clone()) });
                }
                Piece::WindowStart(user) | Piece::WindowEnd(user) => {
                    fused.uses(Binding::Window);
                    let window = own_at("window", user.span());
                    let bound = if matches!(piece, Piece::WindowStart(_)) {
                        quote!(start)
                    } else {
                        quote!(end)
                    };
                    code.extend(quote!(#window.#bound));
                }
            }
        }
        code
    }
}

/// Whether a piece is all of a field's value, or all of the expression: only then is it evaluated exactly once.
fn stands_alone(pieces: &[Piece], at: usize) -> bool {
    let before = at == 0 || matches!(&pieces[at - 1], Piece::Tokens(tokens) if ends_with(tokens, &[':', ',']));
    let behind = match pieces.get(at + 1) {
        None => true,
        Some(Piece::Tokens(tokens)) => begins_with(tokens, ','),
        Some(_) => false,
    };
    before && behind
}

fn ends_with(tokens: &TokenStream, puncts: &[char]) -> bool {
    matches!(tokens.clone().into_iter().last(), Some(TokenTree::Punct(punct)) if puncts.contains(&punct.as_char()))
}

fn begins_with(tokens: &TokenStream, ch: char) -> bool {
    matches!(tokens.clone().into_iter().next(), Some(TokenTree::Punct(punct)) if punct.as_char() == ch)
}

fn count_keys(pieces: &[Piece]) -> usize {
    let keys = pieces.iter().map(|piece| match piece {
        Piece::Key(_) => 1,
        Piece::Group { pieces, .. } => count_keys(pieces),
        _ => 0,
    });
    keys.sum()
}

fn accumulator(at: usize) -> Ident {
    own(&format!("a{at}"))
}

/// An aggregate that looks at the record.
fn look(fused: &mut Fused<'_>, name: &Ident, call: &AggCall, here: Here) -> TokenStream {
    let (krate, record, function, args) = (fused.cx.krate, quote_record(), &call.name, &call.args);
    match call.function {
        AggFn::Count => quote!(#krate::agg::#function(#name);),
        AggFn::Sum | AggFn::Avg => quote!(#krate::agg::#function(#name, &#record, #(#args),*);),
        _ => {
            let value = own("value");
            let lent = fused.lend(&quote!(#value));
            let ordered = matches!(call.function, AggFn::First | AggFn::Last | AggFn::Collect);
            let order = ordered.then(|| fused.order(here)).map(|order| quote!(#order,));
            quote! {
                let #value = #krate::agg::#function(&#record, #(#args),*);
                #name.add(#order #lent);
            }
        }
    }
}

/// `top`, which keeps the record where it is among the best.
fn keep(fused: &mut Fused<'_>, name: &Ident, call: &AggCall, here: Here) -> TokenStream {
    let [limit, by] = &call.args[..] else {
        return TokenStream::new();
    };
    let (krate, record, function, order) = (fused.cx.krate, quote_record(), &call.name, fused.order(here));
    let lent = fused.lend(&record);
    let taken = fused.take(here, function);
    let rank = own("rank");
    quote! {
        let #rank = #krate::agg::#function(&#record, #by);
        #name.add(#limit, #order, #rank, || { let #record = #taken; #lent });
    }
}

/// The node behind an aggregate's placeholders.
pub(crate) fn aggregation<'a>(fused: &Fused<'a>, id: NodeId) -> Option<&'a Aggregation> {
    fused.node(id).args.iter().find_map(|arg| match arg {
        crate::graph::ArgValue::Aggregation(agg) => Some(&**agg),
        _ => None,
    })
}
