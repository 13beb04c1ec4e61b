//! SP0104, SP0108 and SP0110: decodes and how their source cuts bytes into records.

use syn::{Lit, LitByte};

use crate::diag::{Diagnostics, catalogue};
use crate::graph::{ArgValue, Graph, Node, NodeId, Port, Quantity};
use crate::spec::{Cut, Kind};

/// The most bytes that a record may have: it is held in memory as a whole.
const LARGEST_RECORD: u64 = 1 << 30;

/// Literals of `csv` and `max_record` make sense.
pub(super) fn check_values(node: &Node, diagnostics: &mut Diagnostics) {
    if node.spec.kind != Kind::Decode {
        return;
    }
    if let Some([ArgValue::Number(Quantity::Literal(bytes, span))]) = values(node, "max_record")
        && *bytes > LARGEST_RECORD
    {
        let help = "a record has 1GiB at most, as it is held in memory as a whole";
        diagnostics.push(catalogue::out_of_range(*span, &format!("{bytes}B"), help));
    }
    for option in ["delimiter", "comment"] {
        if let Some(literal @ (Lit::Str(_) | Lit::Char(_) | Lit::ByteStr(_))) = literal(node, option) {
            let what = format!("`{option}` is one byte");
            let text = match &literal {
                Lit::Str(text) => text.value(),
                Lit::Char(char) => char.value().to_string(),
                _ => String::new(),
            };
            let meant = Some(text).filter(|text| text.len() == 1);
            let meant = meant.map_or_else(|| "b';'".to_owned(), |text| format!("b{text:?}").replace('"', "'"));
            diagnostics.push(catalogue::wrong_value(
                literal.span(),
                what,
                &format!("{option} = {meant}"),
            ));
        }
    }
    let delimiter = byte(node, "delimiter");
    for option in ["delimiter", "comment"] {
        if let Some(literal) = byte(node, option)
            && matches!(literal.value(), b'"' | b'\n' | b'\r')
        {
            let what = format!("`{option}` cannot be a quote or a line end");
            diagnostics.push(catalogue::wrong_value(
                literal.span(),
                what,
                &format!("{option} = b';'"),
            ));
        }
    }
    if let Some(comment) = byte(node, "comment")
        && comment.value() == delimiter.map_or(b',', |delimiter| delimiter.value())
    {
        let what = "`comment` cannot be the delimiter".to_owned();
        diagnostics.push(catalogue::wrong_value(comment.span(), what, "comment = b'#'"));
    }
    if let Some(Lit::Str(null)) = literal(node, "null")
        && null.value().is_empty()
    {
        let what = "an empty `null` says nothing: an empty field is `None` without it".to_owned();
        diagnostics.push(catalogue::wrong_value(null.span(), what, "null = \"NA\""));
    }
}

/// Options about the cut of bytes do nothing where messages come as they are.
pub(super) fn check_messages(graph: &Graph, node: &Node, diagnostics: &mut Diagnostics) {
    let messages = |input: &Port| graph.nodes[input.node.0].spec.cut == Cut::Messages;
    let of_messages = node.spec.kind == Kind::Decode && node.inputs.iter().any(messages);
    if !of_messages {
        return;
    }
    for option in node
        .options
        .iter()
        .filter(|option| matches!(option.spec, "max_record" | "comment"))
    {
        let name = option.spec;
        diagnostics.push(catalogue::misfit(
            &option.name,
            format!("`{name}` does nothing here: a message is a record as it comes"),
            "remove it",
        ));
    }
}

/// The decodes of one source agree on where a record ends.
pub(super) fn check_cuts(graph: &Graph, diagnostics: &mut Diagnostics) {
    for (at, source) in graph.nodes.iter().enumerate() {
        if source.spec.kind != Kind::Source || source.spec.cut == Cut::Messages {
            continue;
        }
        let decodes = graph.decodes_of(NodeId(at));
        let mut decodes = decodes.iter().map(|id| &graph.nodes[id.0]);
        let Some(first) = decodes.next() else { continue };
        for other in decodes {
            let (one, two) = (first.spec.cut == Cut::Rows, other.spec.cut == Cut::Rows);
            if one != two {
                let (before, name) = (first.spec.name, other.spec.name);
                diagnostics.push(catalogue::misfit(
                    &other.name,
                    format!("`{name}` and `{before}` of one source: a CSV row and a line do not end in the same place"),
                    "read the source twice, each with its own decode",
                ));
            } else if let Some(option) = cuts(first)
                .chain(cuts(other))
                .find(|option| text(first, option) != text(other, option))
            {
                diagnostics.push(catalogue::misfit(
                    &other.name,
                    format!("the decodes of one source differ in `{option}`, which says where its records are"),
                    "write it alike in each of them",
                ));
            }
        }
    }
}

fn values<'n>(node: &'n Node, option: &str) -> Option<&'n [ArgValue]> {
    node.option(option).map(|option| option.values.as_slice())
}

/// An option as it is written.
fn text(node: &Node, option: &str) -> Option<String> {
    values(node, option).map(|values| {
        values
            .iter()
            .map(|value| match value {
                ArgValue::Expr(tokens) | ArgValue::Broken(tokens) | ArgValue::Number(Quantity::Expr(tokens)) => {
                    tokens.to_string()
                }
                ArgValue::Number(Quantity::Literal(number, _)) => number.to_string(),
                ArgValue::Word(word) => word.to_string(),
                _ => String::new(),
            })
            .collect()
    })
}

/// The options of a decode that say where records end.
fn cuts(decode: &Node) -> impl Iterator<Item = &'static str> {
    let options = decode.spec.options.iter().filter(|option| option.cuts);
    options.map(|option| option.name)
}

fn literal(node: &Node, option: &str) -> Option<Lit> {
    match values(node, option) {
        Some([ArgValue::Expr(tokens)]) => syn::parse2(tokens.clone()).ok(),
        _ => None,
    }
}

fn byte(node: &Node, option: &str) -> Option<LitByte> {
    match literal(node, option) {
        Some(Lit::Byte(byte)) => Some(byte),
        _ => None,
    }
}
