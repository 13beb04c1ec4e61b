//! Tells pipeline statements from ordinary Rust, before anything is parsed in earnest.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::chain::{self, Outline};
use super::cursor::Cursor;
use crate::diag::suggest;
use crate::spec::{OpSpec, Table, Ty};

/// What a statement looks like from outside.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    /// The names in front of the `=` of a `let`; `None` where it is no `let`.
    pub(super) names: Option<Vec<Ident>>,
    /// What stands behind the `=`, or the whole statement.
    pub(super) value: &'a [TokenTree],
}

/// Takes a statement apart as far as its first words allow.
pub(super) fn shape(tokens: &[TokenTree]) -> Shape<'_> {
    let mut cursor = Cursor::new(tokens);
    while cursor.is_punct(0, '#') && matches!(cursor.peek(1), Some(TokenTree::Group(_))) {
        cursor.bump();
        cursor.bump();
    }
    if cursor.keyword("let").is_none() {
        return Shape {
            names: None,
            value: cursor.rest(),
        };
    }
    let start = cursor;
    while !cursor.at_end() && cursor.equals().is_none() {
        cursor.bump();
    }
    let count = cursor.position() - start.position();
    let names = names_in(start.rest()[..count].iter().cloned().collect());
    Shape {
        names: Some(names),
        value: cursor.rest(),
    }
}

/// All names of a pattern. A few that bind nothing (`mut`, a type) do no harm here.
pub(crate) fn names_in(pattern: TokenStream) -> Vec<Ident> {
    let mut names = Vec::new();
    for token in pattern {
        match token {
            TokenTree::Ident(ident) => names.push(ident),
            TokenTree::Group(group) if group.delimiter() != Delimiter::Bracket => {
                names.extend(names_in(group.stream()));
            }
            _ => {}
        }
    }
    names
}

/// All statements of a body, for questions that depend on the others.
pub(super) struct Body<'a> {
    pub(super) shapes: Vec<Shape<'a>>,
    pub(super) table: &'static Table,
}

impl Body<'_> {
    /// Whether the statement belongs to the pipeline.
    pub(super) fn is_stream(&self, at: usize) -> bool {
        self.follow(at, &mut Vec::new()) || self.is_all_there_is(at)
    }

    /// `orders.print();` in a body that binds no `orders`, and in which nothing is a stream: that is what was meant to be one.
    fn is_all_there_is(&self, at: usize) -> bool {
        let Some(outline) = chain::outline(self.shapes[at].value) else {
            return false;
        };
        let bound = self.shapes.iter().filter_map(|shape| shape.names.as_ref());
        let unbound = !outline.called && !bound.into_iter().flatten().any(|name| name == outline.head);
        let ours = |name: &&Ident| self.table.method(&name.to_string()).is_some();
        let chain = self.shapes[at].names.is_none() && !outline.methods.is_empty() && outline.methods.iter().all(ours);
        unbound && chain && !(0..self.shapes.len()).any(|other| self.follow(other, &mut Vec::new()))
    }

    fn follow(&self, at: usize, visited: &mut Vec<usize>) -> bool {
        // Names that lead in a circle are streams: a cycle is a mistake of a pipeline, not of plain Rust.
        if visited.contains(&at) {
            return true;
        }
        visited.push(at);
        let Some(outline) = chain::outline(dereferenced(self.shapes[at].value)) else {
            return false;
        };
        if outline.called {
            self.is_head_call(at, &outline)
        } else {
            self.is_stream_name(at, &outline, visited)
        }
    }

    fn is_head_call(&self, at: usize, outline: &Outline<'_>) -> bool {
        let head = outline.head.to_string();
        if self.table.head(&head).is_some() {
            return true;
        }
        let distinctive = outline
            .methods
            .iter()
            .any(|name| self.table.is_distinctive(&name.to_string()));
        let misspelled = suggest::is_misspelled(&head, self.table.heads());
        distinctive || misspelled && (self.has_operator(outline) || self.is_read_as_stream(at))
    }

    /// The name bound here is the head of a chain of operators further down.
    fn is_read_as_stream(&self, at: usize) -> bool {
        let Some(names) = &self.shapes[at].names else {
            return false;
        };
        self.shapes[at + 1..]
            .iter()
            .filter_map(|shape| chain::outline(shape.value))
            .any(|outline| !outline.called && names.contains(outline.head) && self.has_operator(&outline))
    }

    fn is_stream_name(&self, at: usize, outline: &Outline<'_>, visited: &mut Vec<usize>) -> bool {
        let binds = |index: &usize| {
            self.shapes[*index]
                .names
                .as_ref()
                .is_some_and(|names| names.contains(outline.head))
        };
        if let Some(earlier) = (0..at).rev().find(binds) {
            return self.follow(earlier, visited);
        }
        let distinctive = outline
            .methods
            .iter()
            .any(|name| self.table.is_distinctive(&name.to_string()));
        // `let args = args.filter(…)` is how plain Rust shadows what it captures.
        if (at..=at).find(binds).is_some() {
            return distinctive;
        }
        match (at..self.shapes.len()).find(binds) {
            Some(later) => self.has_operator(outline) && self.follow(later, visited),
            None => {
                distinctive && self.is_like_a_stream(at, outline.head, visited)
                    || self.is_pipeline_of_unknown(at, outline)
            }
        }
    }

    /// A chain whose stream nobody has bound, but that nothing but a pipeline has: several of our calls with at least one that is
    /// hardly ever found elsewhere, a sink of ours at its end, or a name that is read further down as only a stream is.
    fn is_pipeline_of_unknown(&self, at: usize, outline: &Outline<'_>) -> bool {
        let names: Vec<String> = outline.methods.iter().map(ToString::to_string).collect();
        let ours = names
            .iter()
            .all(|name| self.table.method(name).is_some() || self.table.is_option(name));
        let distinctive = names.iter().any(|name| self.table.is_distinctive(name));
        let Shape { names: bound, value } = &self.shapes[at];
        let read_as_one = |outline: &Outline<'_>| {
            let bound = bound.as_ref().is_some_and(|names| names.contains(outline.head));
            bound
                && outline
                    .methods
                    .iter()
                    .any(|name| self.table.is_distinctive(&name.to_string()))
        };
        let later = || {
            let later = self.shapes[at + 1..]
                .iter()
                .filter_map(|shape| chain::outline(shape.value));
            later
                .filter(|outline| !outline.called)
                .any(|outline| read_as_one(&outline))
        };
        ours && (names.len() > 1 && distinctive || self.ends_in_sink(value) || !names.is_empty() && later())
    }

    /// An unknown name, but a misspelled stream's.
    fn is_like_a_stream(&self, at: usize, name: &Ident, visited: &[usize]) -> bool {
        let name = name.to_string();
        (0..at).any(|index| {
            let names = self.shapes[index].names.iter().flatten().map(ToString::to_string);
            let near = names
                .into_iter()
                .any(|known| suggest::nearest(&name, [known.as_str()]).is_some());
            near && self.follow(index, &mut visited.to_vec())
        })
    }

    /// `….to(files(dir).jsonl())`
    fn ends_in_sink(&self, tokens: &[TokenTree]) -> bool {
        let [.., TokenTree::Ident(to), TokenTree::Group(args)] = tokens else {
            return false;
        };
        let takes_sink = |spec: &OpSpec| spec.has_arg(|ty| matches!(ty, Ty::Sink));
        let first = args.stream().into_iter().next();
        self.table.method(&to.to_string()).is_some_and(takes_sink)
            && matches!(first, Some(TokenTree::Ident(sink)) if self.table.sink(&sink.to_string()).is_some())
    }

    fn has_operator(&self, outline: &Outline<'_>) -> bool {
        let mut methods = outline.methods.iter();
        methods.any(|name| self.table.method(&name.to_string()).is_some())
    }
}

/// Without the `&` that makes no stream, but that may stand before one by mistake.
fn dereferenced(tokens: &[TokenTree]) -> &[TokenTree] {
    match tokens {
        [TokenTree::Punct(punct), rest @ ..] if punct.as_char() == '&' => rest,
        tokens => tokens,
    }
}
