//! The plan as a constant, for `explain()` and the numbers of every batch.

use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::quote;

use super::aggregates::{self, Accumulators};
use super::cx::Cx;
use super::names::{self, own};
use super::settings;
use crate::graph::{ArgValue, Node, NodeId, Output, Quantity, Shift, WindowShape};
use crate::plan;
use crate::spec::{Kind, OptSpec};

/// The longest detail: one line of a page.
const DETAIL: usize = 60;

/// A value of `$crate::plan::Plan`.
pub(super) fn emit(cx: &Cx<'_>) -> TokenStream {
    let (krate, private, name) = (cx.krate, own(names::PRIVATE), settings::name(&cx.graph.name));
    let operators = cx.graph.nodes.iter().enumerate().map(|(at, node)| {
        let (id, kind, role, detail) = (&node.id, node.spec.name, role(node.spec.kind), detail(node));
        let stage = Literal::usize_unsuffixed(cx.plan.stage_of[at]);
        let line = Literal::u32_unsuffixed((cx.line)(node.name.span()));
        let inputs = node.inputs.iter().map(|input| {
            let (operator, output) = (super::fused::operator(input.node), output(input.output));
            quote!(#private::input(#operator, #output))
        });
        let number = NodeId(at);
        // What the runtime must know of an operator is the function's name: a fact costs no token.
        let stateful = plan::is_stateful(cx.graph, number);
        let operator = own(if stateful {
            "stateful"
        } else if plan::is_counted(cx.graph, number) {
            "counted"
        } else {
            "operator"
        });
        let operator =
            quote!(#private::#operator(#id, #kind, #private::Role::#role, #stage, &[#(#inputs),*], #detail, #line));
        marked(cx, node, stateful, operator)
    });
    quote!(#krate::plan::Plan { name: #name, operators: &[#(#operators),*] })
}

/// The operator, with what a checkpoint has to know of it.
fn marked(cx: &Cx<'_>, node: &Node, stateful: bool, mut operator: TokenStream) -> TokenStream {
    let private = own(names::PRIVATE);
    if let Some(agg) = aggregates::aggregation_of(node).filter(|_| stateful) {
        let accumulators = Accumulators::of(agg);
        let fields = accumulators
            .fields()
            .map(|(names, call)| quote!(#private::field(&[#(#names),*], #call)));
        operator = quote!(#private::of_fields(#operator, &[#(#fields),*]));
    }
    let kind = node.spec.kind;
    let is_kept = stateful || matches!(kind, Kind::Source | Kind::Time | Kind::Sink | Kind::End);
    let marks = cx
        .graph
        .marked
        .iter()
        .filter_map(|marked| Some((marked, marked.rest(&node.id)?)));
    for (marked, rest) in marks.filter(|_| is_kept) {
        let was = marked.marks.was.iter().map(|was| was.value() + rest);
        let was: Vec<String> = was.collect();
        if !was.is_empty() {
            operator = quote!(#private::that_was(#operator, &[#(#was),*]));
        }
        if let Some(reset) = marked.marks.reset.as_ref().filter(|_| stateful) {
            operator = quote!(#private::that_resets(#operator, #reset));
        }
    }
    operator
}

fn role(kind: Kind) -> TokenStream {
    match kind {
        Kind::Source => quote!(Source),
        Kind::Decode => quote!(Decode),
        Kind::Record | Kind::Unknown => quote!(Record),
        Kind::Union | Kind::Parts | Kind::Side => quote!(Shape),
        Kind::Time => quote!(Time),
        Kind::KeyBy => quote!(Key),
        Kind::Scope => quote!(Scope),
        Kind::Reduce | Kind::Join => quote!(Aggregate),
        Kind::End | Kind::Sink => quote!(Sink),
    }
}

fn output(output: Output) -> String {
    match output {
        Output::Main => String::new(),
        Output::Part(part) => part.to_string(),
        Output::Late => "late".to_owned(),
        Output::Errors => "errors".to_owned(),
    }
}

/// The arguments that say something to a person: never closures, which the source shows better.
fn detail(node: &Node) -> String {
    // What the user's own source or sink is given may be an address with a password in it.
    let own = |value: &ArgValue| match value {
        ArgValue::Expr(tokens) => Some(without_texts(tokens.clone()).to_string()),
        value => text(value),
    };
    let args = node.args.iter();
    let mut parts: Vec<String> = args
        .filter_map(|value| if node.spec.custom { own(value) } else { text(value) })
        .collect();
    if let (Some(types), true) = (&node.turbofish, node.spec.typed.is_some()) {
        let types = types.to_string().replace(' ', "");
        parts.push(types.trim_start_matches("::<").trim_end_matches('>').to_owned());
    }
    for option in &node.options {
        if node.spec.option(option.spec).is_some_and(OptSpec::follows) {
            parts.push(option.spec.to_owned());
        }
        // The value of an option of a library may be a password.
        let values = match node.spec.option(option.spec) {
            Some(spec) if spec.secret => option.values.get(..1).unwrap_or_default(),
            _ => &option.values[..],
        };
        let shown = values.iter().filter_map(text).collect::<Vec<_>>().join(", ");
        if !shown.is_empty() {
            parts.push(format!("{} = {shown}", option.spec));
        }
    }
    let mut detail = parts.join(", ");
    if let Some((cut, _)) = detail.char_indices().nth(DETAIL) {
        detail.truncate(cut);
        detail.push('…');
    }
    detail
}

/// The same tokens, with `"…"` for every text.
fn without_texts(tokens: TokenStream) -> TokenStream {
    let hidden = |token| match token {
        TokenTree::Group(group) => {
            let mut hidden = Group::new(group.delimiter(), without_texts(group.stream()));
            hidden.set_span(group.span());
            TokenTree::Group(hidden)
        }
        TokenTree::Literal(literal) if literal.to_string().contains('"') => TokenTree::Literal(Literal::string("…")),
        token => token,
    };
    tokens.into_iter().map(hidden).collect()
}

fn text(value: &ArgValue) -> Option<String> {
    match value {
        ArgValue::Expr(tokens) => {
            let text = tokens.to_string();
            Some(text.trim_matches('"').to_owned())
        }
        ArgValue::Duration(duration) => Some(duration_text(duration)),
        ArgValue::Number(number) => Some(match number {
            Quantity::Literal(number, _) => number.to_string(),
            Quantity::Expr(tokens) => tokens.to_string(),
        }),
        ArgValue::Word(word) | ArgValue::DeadLetter(word, _) => Some(word.to_string()),
        ArgValue::WordCall(word, tokens) => Some(format!("{word}({tokens})")),
        ArgValue::Window(WindowShape {
            word,
            shape,
            lengths,
            offset,
        }) => {
            let names = shape.first.map(|_| String::new()).into_iter();
            let names = names.chain(shape.named.map(|name| format!("{name} = ")));
            let mut parts: Vec<String> = names
                .zip(lengths)
                .map(|(name, length)| name + &duration_text(length))
                .collect();
            if let Some(offset) = offset {
                parts.push(format!("offset = {}", shift_text(offset)));
            }
            Some(format!("{word}({})", parts.join(", ")))
        }
        ArgValue::Range(first, last) => Some(format!("{}..={}", shift_text(first), shift_text(last))),
        ArgValue::Function { .. } | ArgValue::Aggregation(_) | ArgValue::Inherited(_) | ArgValue::Broken(_) => None,
    }
}

fn shift_text(Shift { earlier, amount }: &Shift) -> String {
    let sign = if *earlier { "-" } else { "" };
    format!("{sign}{}", duration_text(amount))
}

fn duration_text(duration: &Quantity<std::time::Duration>) -> String {
    match duration {
        Quantity::Literal(duration, _) => format!("{duration:?}"),
        Quantity::Expr(tokens) => tokens.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_own_sink_is_given_is_not_shown() {
        let shown = without_texts(quote!(
            Table::connect("postgres://user:secret@host", 3).named(of(r"raw secret"))
        ));
        let expected = quote!(Table::connect("…", 3).named(of("…")));
        assert_eq!(shown.to_string(), expected.to_string());
    }
}
