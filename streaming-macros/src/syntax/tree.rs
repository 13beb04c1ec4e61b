//! What the parser gives: statements and chains over untouched user tokens.
//!
//! The tree covers all of the input. What could not be understood is kept as it was written, in
//! [`Statement::Broken`], [`Value::broken`] and [`Chain::rest`], so that an editor still sees every token.

use proc_macro2::{Ident, Span, TokenStream};
use syn::LitStr;

use crate::diag::SpanRange;

/// The whole input of one `stream_pipeline!`.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline {
    pub(crate) form: Form,
    pub(crate) statements: Vec<Statement>,
    /// `#[allow(…)]` and its like, of statements that are streams.
    pub(crate) lints: TokenStream,
    /// Where mistakes of the whole pipeline are reported: a token of the user's.
    pub(crate) span: Span,
}

/// How the macro was called, and so what it must expand to.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// `stream_pipeline!({ … })`: an expression that captures its environment.
    Expression,
    /// `stream_pipeline!( pub fn name(…) { … } );`: a function that returns the pipeline.
    Item(Box<Signature>),
    /// Meant as an item, but its head cannot be read: these are its tokens.
    Broken(TokenStream),
}

/// The head of the item form, in raw pieces that are emitted as they were written.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    /// Outer attributes, doc comments included.
    pub(crate) attrs: TokenStream,
    /// `pub`, `pub(crate)` or nothing.
    pub(crate) vis: TokenStream,
    /// The `fn` keyword.
    pub(crate) keyword: Ident,
    pub(crate) name: Ident,
    /// `<'a, T: Bound>` with its angle brackets, or nothing.
    pub(crate) generics: TokenStream,
    /// What stands between the parentheses of the argument list.
    pub(crate) args: TokenStream,
    /// The parentheses of the argument list.
    pub(crate) paren: Span,
    /// `where …`, or nothing.
    pub(crate) where_clause: TokenStream,
    /// The braces of the body.
    pub(crate) brace: Span,
}

/// One statement of the body.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// `settings(…);`
    Settings(SettingsCall),
    /// `let NAME = CHAIN;` or `let (a, b) = CHAIN;`
    Let(Let),
    /// `CHAIN;`
    Chain(Chain),
    /// Ordinary Rust, emitted as it is, its semicolon included.
    Rust(TokenStream),
    /// Neither: a diagnostic has been given, the tokens are kept for the editor.
    Broken(TokenStream),
}

/// `settings(a = 1s, b = c)`.
#[derive(Clone, Debug)]
pub(crate) struct SettingsCall {
    pub(crate) args: Vec<Arg>,
}

/// A binding of one or several streams.
#[derive(Clone, Debug)]
pub(crate) struct Let {
    pub(crate) marks: Marks,
    pub(crate) pattern: Pattern,
    pub(crate) chain: Chain,
}

/// What the attributes of a `let` say of state that a checkpoint has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// The old names in `#[was = "old"]`.
    pub(crate) was: Vec<LitStr>,
    /// Why state begins anew: `#[reset = "why"]`.
    pub(crate) reset: Option<LitStr>,
}

/// The left side of a `let`.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    /// `let name`
    One(Ident),
    /// `let (a, b)`
    Many(Vec<Ident>, Span),
}

impl Pattern {
    /// All names that the pattern binds.
    pub(crate) fn names(&self) -> &[Ident] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names, _) => names,
        }
    }
}

/// `head.call(…).call(…)`.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) head: Head,
    pub(crate) calls: Vec<Call>,
    /// Tokens behind the last call that fit nowhere; empty in sound input.
    pub(crate) rest: TokenStream,
}

/// What a chain begins with.
#[derive(Clone, Debug)]
pub(crate) enum Head {
    /// A bound stream: `orders`.
    Name(Ident),
    /// A source, `union(…)`, or a sink: `kafka("orders")`.
    Call(Call),
}

impl Head {
    /// The user's first token.
    pub(crate) fn ident(&self) -> &Ident {
        match self {
            Self::Name(name) => name,
            Self::Call(call) => &call.name,
        }
    }
}

/// `name::<T>(args)`, as a head or behind a dot.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: Ident,
    /// `::<T>` with its leading colons.
    pub(crate) turbofish: Option<TokenStream>,
    pub(crate) args: Vec<Arg>,
    /// The parentheses; `None` while the user is still typing the name.
    pub(crate) paren: Option<Span>,
}

/// One argument of a call.
#[derive(Clone, Debug)]
pub(crate) struct Arg {
    /// `ident` of `ident = value`.
    pub(crate) name: Option<Ident>,
    pub(crate) value: Value,
}

/// The user's tokens of one argument, verbatim, with views on them (see `syntax::value`).
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) tokens: TokenStream,
    /// Where it stands; of the enclosing call where it is empty.
    pub(crate) span: SpanRange,
    /// A diagnostic has been given for these tokens: they are for the editor only.
    pub(crate) broken: bool,
}
