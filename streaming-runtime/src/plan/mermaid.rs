use std::fmt::Write;

use super::{Edge, Explain, OperatorInfo, Role, Via};

/// Writes the plan as a Mermaid flowchart.
pub(super) fn mermaid(explain: &Explain) -> String {
    let mut out = String::from("flowchart LR\n");
    for stage in &explain.stages {
        let _ = writeln!(out, "    subgraph stage{0}[\"stage {0}\"]", stage.stage);
        for operator in &stage.operators {
            let _ = writeln!(out, "        {}", node(operator));
        }
        out.push_str("    end\n");
    }
    for edge in &explain.edges {
        let _ = writeln!(out, "    o{} {} o{}", edge.from, arrow(edge), edge.to);
    }
    out
}

/// A node; its shape says what it is for: rounded reads, a cylinder writes, a double frame keeps state.
fn node(operator: &OperatorInfo) -> String {
    let (open, close) = match operator.role {
        Role::Source => ("([", "])"),
        Role::Sink => ("[(", ")]"),
        Role::Aggregate => ("[[", "]]"),
        Role::Decode | Role::Record | Role::Shape | Role::Time | Role::Key | Role::Scope => ("[", "]"),
    };
    let (name, call) = (escape(&operator.name), escape(&operator.call()));
    format!("o{}{open}\"{name}<br/>{call}\"{close}", operator.id)
}

/// An arrow; thick where records leave their loop.
fn arrow(edge: &Edge) -> String {
    let how = match edge.via {
        Via::Fused | Via::Staged => "",
        Via::Exchange => "by key",
        Via::Rows => "rows",
    };
    let label = match (edge.output.as_str(), how) {
        ("", how) => how.to_owned(),
        (output, "") => output.to_owned(),
        (output, how) => format!("{output}, {how}"),
    };
    let line = if edge.via == Via::Fused { "-->" } else { "==>" };
    if label.is_empty() {
        line.to_owned()
    } else {
        format!("{line}|\"{}\"|", escape(&label))
    }
}

/// Text within a quoted label: what ends the label, starts markup or an entity is written as an entity.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '&' => out.push_str("#amp;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '`' => out.push_str("#96;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
