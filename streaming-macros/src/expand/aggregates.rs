//! The accumulators of one `agg(…)`, and its expression with their results in place.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::fused::{Binding, Fused, Here, look_at_record};
use super::names::{self, own};
use super::values::{self, pairs};
use crate::graph::agg::{AggCall, Piece};
use crate::graph::{Aggregation, Node, NodeId};
use crate::spec::{Bound, Given};

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
                std::ptr::eq(other.spec, call.spec) && text(other) == text(call)
            };
            let owner = owners.iter().position(alike).unwrap_or_else(|| {
                owners.push(at);
                owners.len() - 1
            });
            shared.push(owner);
        }
        Self { agg, shared, owners }
    }

    /// Each with the fields that it is for, and as the user wrote it.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (Vec<&'a str>, String)> + '_ {
        self.owners.iter().enumerate().map(|(owner, call)| {
            let calls = self.agg.calls.iter().zip(&self.shared);
            let names = calls.filter(|(_, shared)| **shared == owner);
            let call = &self.agg.calls[*call];
            let args: Vec<String> = call.args.iter().map(shown).collect();
            let text = format!("{}({})", call.name, args.join(", "));
            (names.map(|(call, _)| call.field.as_str()).collect(), text)
        })
    }

    /// `(a0, (a1, ()))`
    pub(crate) fn pattern(&self) -> TokenStream {
        pairs((0..self.owners.len()).map(|at| {
            let name = accumulator(at);
            quote!(#name)
        }))
    }

    /// `(Count, (Sum<_>, ()))`
    pub(crate) fn types(&self) -> TokenStream {
        pairs(self.owners.iter().map(|call| {
            let call = &self.agg.calls[*call];
            let module = names::user(names::AGG, &call.name);
            let types = std::iter::repeat_n(quote!(_), call.spec.types);
            let generics = (call.spec.types > 0).then(|| quote!(<#(#types),*>));
            let name = names::user(call.spec.accumulator, &call.name);
            quote!(#module::#name #generics)
        }))
    }

    /// Shows the record to every accumulator. Those that keep it come last.
    pub(crate) fn update(&self, fused: &mut Fused<'_>, here: Here) -> TokenStream {
        let calls = self
            .owners
            .iter()
            .enumerate()
            .map(|(at, call)| (accumulator(at), &self.agg.calls[*call]));
        let (keeping, others): (Vec<_>, Vec<_>) = calls.partition(|(_, call)| call.spec.given == Given::Record);
        let mut code: TokenStream = others
            .iter()
            .map(|(name, call)| look(fused, name, call, here))
            .collect();
        let last = keeping.len().saturating_sub(1);
        for (at, (name, call)) in keeping.iter().enumerate() {
            let here = Here {
                owned: here.owned && at == last,
                ..here
            };
            code.extend(keep(fused, name, call, here));
        }
        code
    }

    /// The results, each bound for one place in the expression, and the user's expression with calls of them in place.
    pub(crate) fn finish(&self, fused: &mut Fused<'_>) -> (TokenStream, TokenStream) {
        let mut prepare = TokenStream::new();
        for at in 0..self.owners.len() {
            let name = accumulator(at);
            prepare.extend(quote!(let #name = #name.finish();));
        }
        let mut results = Results {
            accumulators: self,
            left: (0..self.owners.len()).map(|owner| self.uses(owner)).collect(),
            keys: count_keys(&self.agg.expr),
            bound: 0,
            prepare,
        };
        let expr = results.pieces(fused, &self.agg.expr);
        (results.prepare, expr)
    }

    fn uses(&self, owner: usize) -> usize {
        self.shared.iter().filter(|at| **at == owner).count()
    }
}

/// A function as the user wrote it: the parameters of a closure come with spaces around them.
fn shown(tokens: &TokenStream) -> String {
    let text = tokens.to_string();
    let closure = text.strip_prefix("| ").and_then(|rest| rest.split_once(" | "));
    closure.map_or_else(|| text.clone(), |(record, body)| format!("|{record}| {body}"))
}

/// Fills the holes of the expression.
struct Results<'a> {
    accumulators: &'a Accumulators<'a>,
    /// Uses still to come, by accumulator: the last one takes the result.
    left: Vec<usize>,
    keys: usize,
    bound: usize,
    prepare: TokenStream,
}

impl Results<'_> {
    fn pieces(&mut self, fused: &mut Fused<'_>, pieces: &[Piece]) -> TokenStream {
        let mut code = TokenStream::new();
        for piece in pieces {
            match piece {
                Piece::Tokens(tokens) => code.extend(tokens.clone()),
                Piece::Group {
                    delimiter,
                    span,
                    pieces,
                } => {
                    let mut group = Group::new(*delimiter, self.pieces(fused, pieces));
                    group.set_span(*span);
                    code.extend([TokenTree::Group(group)]);
                }
                Piece::Aggregate(call) => {
                    let owner = self.accumulators.shared[*call];
                    self.left[owner] -= 1;
                    let call = &self.accumulators.agg.calls[*call];
                    code.extend(self.place(&accumulator(owner), self.left[owner] == 0, &call.name, call.paren));
                }
                Piece::Bound(bound, name, paren) => {
                    let window = own("window");
                    let value = match bound {
                        Bound::Key => {
                            fused.uses(Binding::Key);
                            self.keys -= 1;
                            code.extend(self.place(&own("key"), self.keys == 0, name, *paren));
                            continue;
                        }
                        Bound::WindowStart => quote!(#window.start),
                        Bound::WindowEnd => quote!(#window.end),
                    };
                    fused.uses(Binding::Window);
                    code.extend(self.bind(&value, name, *paren));
                }
            }
        }
        code
    }

    fn place(&mut self, value: &Ident, last: bool, name: &Ident, paren: Span) -> TokenStream {
        let value = if last {
            quote!(#value)
        } else {
            quote!(::core::clone::Clone::clone(&#value))
        };
        self.bind(&value, name, paren)
    }

    /// Binds a value to a function, so that a call of it stands exactly where the user's call stood: for rustc it is that
    /// call, with its type.
    fn bind(&mut self, value: &TokenStream, name: &Ident, paren: Span) -> TokenStream {
        let (function, module) = (
            names::user(&format!("__value{}", self.bound), name),
            own(names::PRIVATE),
        );
        self.bound += 1;
        self.prepare.extend(quote!(let #function = #module::given(#value);));
        let mut call = Group::new(Delimiter::Parenthesis, TokenStream::new());
        call.set_span(paren);
        let call = TokenTree::Group(call);
        quote!(#function #call)
    }
}

fn count_keys(pieces: &[Piece]) -> usize {
    let keys = pieces.iter().map(|piece| match piece {
        Piece::Bound(Bound::Key, ..) => 1,
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
    let (record, function) = (look_at_record(&call.name), &call.name);
    let args: Vec<TokenStream> = call.args.iter().map(values::by_name).collect();
    let given = call.spec.given;
    if given == Given::Presence {
        let call = names::call(names::AGG, function, &quote!(#name));
        return quote!(#call;);
    }
    if given == Given::Number {
        let call = names::call(names::AGG, function, &quote!(#name, #record, #(#args),*));
        return quote!(#call;);
    }
    let value = own("value");
    let lent = match given {
        Given::Compared => Fused::checked(&Fused::lend_compared(&value, function), "__compared", function),
        Given::Distinct => Fused::checked(&Fused::lend(&value, function), "__distinct", function),
        _ => Fused::checked(&Fused::lend(&value, function), "__kept", function),
    };
    let ordered = given == Given::Ordered;
    let order = ordered.then(|| fused.order(here)).map(|order| quote!(#order,));
    let call = names::call(names::AGG, function, &quote!(#record, #(#args),*));
    let add = quote_spanned!(function.span()=> #name.add(#order #lent));
    quote!(let #value = #call; #add;)
}

/// An aggregate that keeps the record where it is among the best.
fn keep(fused: &mut Fused<'_>, name: &Ident, call: &AggCall, here: Here) -> TokenStream {
    let [limit, by] = &call.args[..] else {
        return TokenStream::new();
    };
    let by = values::by_name(by);
    let (record, function, order, rank) = (
        own("record"),
        &call.name,
        fused.order(here),
        names::user("__rank", &call.name),
    );
    let lent = Fused::checked(&Fused::lend(&record, function), "__kept", function);
    let taken = Fused::take(here, function);
    let look = look_at_record(function);
    let by = names::call(names::AGG, function, &quote!(#look, #by));
    let private = names::user(names::PRIVATE, function);
    let of = quote_spanned!(function.span()=> #private::Ask::about(&#rank));
    let passed = Fused::passed(&of, &quote!(#rank), "__compared", function);
    let add = quote_spanned!(function.span()=> #name.add(#limit, #order, #passed, || { let #record = #taken; #lent }));
    quote!(let #rank = #by; #add;)
}

/// The node behind an aggregate's placeholders.
pub(crate) fn aggregation<'a>(fused: &Fused<'a>, id: NodeId) -> Option<&'a Aggregation> {
    aggregation_of(fused.node(id))
}

/// The aggregates that a node is made of, where it is.
pub(crate) fn aggregation_of(node: &Node) -> Option<&Aggregation> {
    node.args.iter().find_map(|arg| match arg {
        crate::graph::ArgValue::Aggregation(agg) => Some(&**agg),
        _ => None,
    })
}
