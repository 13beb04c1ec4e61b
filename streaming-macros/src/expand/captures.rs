//! Variables that the closures of the expansion take.
//!
//! To the user a pipeline is one piece of code, in which a variable may be used as often as one likes. The expansion
//! makes a closure of each stage, and each owns what it uses, as the pipeline outlives the block that it is written in. So
//! every variable passes through one statement before the stages, where rustc judges it at the user's token: whether it may be
//! moved, and whether other threads may use it. A variable that more than one closure takes is then cloned for each, once, when
//! the pipeline is built.
//!
//! Whether a name is a variable or a function cannot be seen from its call. A name that is looked at (a receiver, an operand, in a
//! text) is a variable, and so is what the pipeline itself declares. What is only called is cloned where several closures call it,
//! each once, since a function can be cloned as well; a generic function that one closure calls twice, with two types, could not.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

use super::fused::Fused;
use super::names::{self, own};
use crate::graph::agg::Piece;
use crate::graph::{Aggregation, ArgValue, Graph, How, Names, Node, NodeId, Receiver, Use};
use crate::plan::{self, Plan};
use crate::spec::Ty;

/// A closure of the expansion's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// The body of a stage.
    Stage(usize),
    /// What a `fold` begins with.
    Start(NodeId),
    /// A function of what rests behind an exchange, by the name of the argument.
    Step(NodeId, &'static str),
}

/// The variables that closures take, by name.
#[derive(Debug, Default)]
pub(crate) struct Captures {
    variables: Vec<Variable>,
}

/// A variable that closures take.
#[derive(Debug)]
struct Variable {
    /// A use of it.
    ident: Ident,
    /// The first token of the user's closure that it is used in.
    closure: Span,
    places: BTreeSet<Place>,
    /// It is more than a name that is called or handed on.
    looked: bool,
    /// A method is called that changes it, if it is a collection.
    altered: bool,
    /// As [`looked`](Self::looked), outside closures.
    mentioned: bool,
    /// How often each place calls it.
    calls: BTreeMap<Place, usize>,
    /// It stands for `self`.
    receiver: Option<Receiver>,
}

impl Captures {
    pub(crate) fn of(graph: &Graph, plan: &Plan) -> Self {
        let mut found = Found::default();
        for (at, node) in graph.nodes.iter().enumerate() {
            found.node(graph, plan, NodeId(at), node);
        }
        let Found { variables, mentions } = found;
        let captured = variables.into_iter().filter_map(|(name, mut variable)| {
            variable
                .places
                .extend(mentions.get(&name).into_iter().flatten().copied());
            variable.receiver = graph.receiver.get(&name).cloned();
            is_captured(graph, &name, &variable).then_some(variable)
        });
        Self {
            variables: captured.collect(),
        }
    }

    /// The statements before the stages: each variable once, taken over by the pipeline, or cloned for it.
    pub(crate) fn prepare(&self, ends: fn(Span) -> (Span, Span)) -> TokenStream {
        self.variables.iter().map(|variable| variable.prepare(ends)).collect()
    }

    /// The closure, with clones of its own of what others take as well.
    pub(crate) fn taken(&self, place: Place, closure: TokenStream) -> TokenStream {
        let shared = |variable: &&Variable| variable.places.len() > 1 && variable.places.contains(&place);
        let clones: Vec<TokenStream> = self.variables.iter().filter(shared).map(Variable::cloned).collect();
        if clones.is_empty() {
            return closure;
        }
        quote!({ #(#clones)* #closure })
    }
}

/// Whether a name is a variable that the pipeline takes care of, and not a function or a constant.
fn is_captured(graph: &Graph, name: &str, variable: &Variable) -> bool {
    if variable.receiver.is_some() {
        return true;
    }
    if name.starts_with(char::is_uppercase) || graph.items.contains(name) {
        return false;
    }
    let shared = variable.places.len() > 1;
    let calls_once = !variable.calls.is_empty() && variable.calls.values().all(|calls| *calls == 1);
    variable.looked || shared && (calls_once || variable.mentioned || graph.variables.contains(name))
}

impl Variable {
    /// `let words = …;`, by which the pipeline takes the variable over.
    ///
    /// rustc looks for what moves a variable by its place in the source, and takes the last expression that stands there; an
    /// editor looks for the user's token, and takes the first. So here the variable stands at the empty places on both sides of
    /// that token, where nothing else does: what rustc shows is right, and what the editor finds is the user's closure.
    fn prepare(&self, ends: fn(Span) -> (Span, Span)) -> TokenStream {
        let (before, behind) = ends(self.ident.span());
        let (shared, private) = (self.places.len() > 1, own(names::PRIVATE));
        let (variable, name) = (self.placed(before), self.placed(behind));
        let value = match &self.receiver {
            Some(Receiver::Field(field)) => quote_spanned!(self.ident.span()=> ::core::clone::Clone::clone(&#field)),
            Some(Receiver::Whole(word)) => {
                let (user, value) = (word.span(), own("value"));
                let whole = if shared {
                    quote_spanned!(user=> ::core::clone::Clone::clone(&#word))
                } else {
                    quote!(#word)
                };
                let lent = Fused::lend(&value, word);
                quote!(match #whole { #value => #private::Lent::own(#lent) })
            }
            // Perhaps a function.
            None if !self.looked => return self.clone_to(&variable, &name),
            None if shared => self.clone_of(&variable),
            // A closure, as rustc would have others cloned where the user cannot write it.
            None => {
                let taken = quote_spanned!(self.closure=> move || #variable);
                quote!((#taken)())
            }
        };
        let (user, kept) = (self.ident.span(), own("kept"));
        let private = names::user(names::PRIVATE, &self.ident);
        let look = quote!(&#kept);
        let ask = Ident::new(if self.altered { "__altered" } else { "__captured" }, user);
        let kind = quote_spanned!(user=> (&#private::Ask::about(#look)).#ask());
        let keep = names::apply(&quote_spanned!(user=> keep), user, names::shown(quote!(#kept), user));
        binding(&name, &quote!(match #value { #kept => #kind.#keep }))
    }

    /// A clone for one of several closures.
    fn cloned(&self) -> TokenStream {
        self.clone_to(&self.placed(self.closure), &self.placed(Span::mixed_site()))
    }

    fn clone_to(&self, variable: &Ident, name: &Ident) -> TokenStream {
        binding(name, &self.clone_of(variable))
    }

    fn clone_of(&self, variable: &Ident) -> TokenStream {
        let lent = names::shown(quote!(&#variable), self.ident.span());
        quote_spanned!(self.ident.span()=> ::core::clone::Clone::clone(#lent))
    }

    fn placed(&self, place: Span) -> Ident {
        Ident::new(&self.ident.to_string(), self.ident.span().located_at(place))
    }
}

fn binding(name: &Ident, value: &TokenStream) -> TokenStream {
    // All that rustc shows of a declaration: its name and its value.
    let (mutable, value) = (Ident::new("mut", name.span()), names::shown(value.clone(), name.span()));
    quote!(#[allow(unused_variables, unused_assignments, unused_mut, unused_braces, clippy::all)] let #mutable #name = #value;)
}

#[derive(Debug, Default)]
struct Found {
    /// What closures of the user's take from outside, and where.
    variables: BTreeMap<String, Variable>,
    /// Words of expressions that are no whole ones: variables perhaps, if they are variables elsewhere.
    mentions: BTreeMap<String, BTreeSet<Place>>,
}

impl Found {
    fn node(&mut self, graph: &Graph, plan: &Plan, id: NodeId, node: &Node) {
        let here = Place::Stage(plan.stage_of[id.0]);
        // An aggregate sees the records in the stage of its `key_by`, and gives its result in its own.
        let writers = plan::writers(graph, id);
        let near: Vec<Place> = if writers.is_empty() {
            vec![here]
        } else {
            let stages = writers.iter().map(|writer| plan.stage_of[writer.key.0]);
            stages.map(Place::Stage).collect()
        };
        let options = node.options.iter().flat_map(|option| {
            let types = node.spec.option(option.spec).map_or(&[][..], |spec| spec.values);
            let values = option.values.iter().zip(types);
            values.map(|(value, ty)| (value, ty, option.spec))
        });
        let args = node.args.iter().enumerate();
        let args = args.filter_map(|(at, arg)| node.spec.arg(at).map(|spec| (arg, &spec.ty, spec.name)));
        for (arg, ty, name) in args.chain(options) {
            let of_input: Vec<Place>;
            let places = match ty {
                Ty::Step(_) => &[Place::Step(id, name)][..],
                Ty::Init => &[Place::Start(id)],
                Ty::InputFn(input) => {
                    let input = node.inputs.get(*input).copied();
                    let stages = input.into_iter().flat_map(|input| plan.stages_of(graph, input));
                    of_input = stages.map(Place::Stage).collect();
                    &of_input
                }
                _ => &near,
            };
            for place in places {
                match arg {
                    ArgValue::Function { tokens, params: None } => self.called(tokens, *place),
                    ArgValue::Function { tokens, .. } => self.expression(tokens, *place),
                    ArgValue::Expr(tokens) if matches!(ty, Ty::Init) => self.expression(tokens, *place),
                    ArgValue::Aggregation(agg) => self.aggregation(agg, *place, here),
                    _ => {}
                }
            }
        }
    }

    fn expression(&mut self, tokens: &TokenStream, place: Place) {
        for used in Names::of(tokens).free() {
            self.used(used, tokens, place);
        }
    }

    /// The name of a function, or a variable that holds one.
    fn called(&mut self, tokens: &TokenStream, place: Place) {
        match names::word(tokens) {
            Some(ident) => {
                let how = How::Called;
                self.used(&Use { ident, how }, tokens, place);
            }
            None => self.expression(tokens, place),
        }
    }

    fn used(&mut self, used: &Use, expression: &TokenStream, place: Place) {
        let closure = beginning(expression);
        let variable = self
            .variables
            .entry(used.ident.to_string())
            .or_insert_with(|| Variable {
                ident: used.ident.clone(),
                closure: closure.unwrap_or(used.ident.span()),
                places: BTreeSet::new(),
                looked: false,
                altered: false,
                mentioned: false,
                calls: BTreeMap::new(),
                receiver: None,
            });
        variable.places.insert(place);
        variable.altered |= used.how == How::Altered;
        match used.how {
            How::Called => *variable.calls.entry(place).or_default() += 1,
            How::Looked | How::Changed | How::Altered if closure.is_some() => variable.looked = true,
            How::Looked | How::Changed | How::Altered => variable.mentioned = true,
            How::Value => {}
        }
    }

    fn aggregation(&mut self, agg: &Aggregation, near: Place, here: Place) {
        for argument in agg.calls.iter().flat_map(|call| &call.args) {
            self.called(argument, near);
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

/// The first token of a closure; `None` where it is none.
fn beginning(closure: &TokenStream) -> Option<Span> {
    match closure.clone().into_iter().next()? {
        TokenTree::Punct(punct) if punct.as_char() == '|' => Some(punct.span()),
        TokenTree::Ident(word) if word == "move" => Some(word.span()),
        _ => None,
    }
}
