//! The arguments of a call against its spec: how many, which options, each once.

use proc_macro2::Ident;

use super::build::Builder;
use super::{ArgValue, NodeId, Opt};
use crate::diag::{Diagnostic, SpanRange, catalogue, suggest};
use crate::spec::{Count, Gives, OpSpec, OptSpec, Part, Shape, Ty};
use crate::syntax::names_in;
use crate::syntax::tree::{Arg, Call, Value};
use crate::syntax::unit;

impl Builder<'_> {
    /// Reads the arguments of a call into its node.
    pub(super) fn arguments(&mut self, id: NodeId, call: &Call) {
        let spec = self.graph.nodes[id.0].spec;
        let mut positional: Vec<&Value> = positional(&call.args).collect();
        if let Some((option, at)) = unnamed_option(spec, call, &positional) {
            let value = positional.remove(at);
            let text = value.tokens.to_string();
            self.diagnostics
                .push(catalogue::unnamed_option(value.span, option.name, &text));
            let broken = vec![ArgValue::Broken(value.tokens.clone())];
            self.option_values(id, Some(option), &call.name, broken);
        }
        if call.paren.is_some()
            && let Some(diagnostic) = wrong_arity(spec, call, &positional)
        {
            self.diagnostics.push(diagnostic);
            // How many streams it gives follows from its arguments.
            self.graph.nodes[id.0].facts.poisoned |= spec.gives == Gives::PartsPlusOne;
        }
        for value in positional.iter().filter(|value| value.broken) {
            self.mark_used(&names_in(value.tokens.clone()));
        }
        for (at, value) in positional.into_iter().enumerate() {
            let lowered = match spec.arg(at) {
                Some(arg) => self.lower(id, value, arg.ty, spec.name),
                None => Some(ArgValue::Broken(value.tokens.clone())),
            };
            self.graph.nodes[id.0].args.extend(lowered);
        }
        for arg in &call.args {
            if let Some(name) = &arg.name {
                self.named(id, name, &arg.value);
            }
        }
    }

    /// `name = value`
    fn named(&mut self, id: NodeId, name: &Ident, value: &Value) {
        let spec = self.graph.nodes[id.0].spec;
        let Some(option) = spec.option(&name.to_string()) else {
            self.diagnostics.push(unknown_option(spec, name));
            self.option_values(id, None, name, vec![ArgValue::Broken(value.tokens.clone())]);
            return;
        };
        let ([ty], false) = (option.values, option.follows()) else {
            let form = option.form();
            self.diagnostics.push(catalogue::option_form(name, option.name, &form));
            self.option_values(id, Some(option), name, vec![ArgValue::Broken(value.tokens.clone())]);
            return;
        };
        let values = self.lower(id, value, *ty, option.name).into_iter().collect();
        self.option_values(id, Some(option), name, values);
    }

    /// Whether the call is an option of the node directly before it.
    pub(super) fn modifies(&self, owner: NodeId, call: &Call) -> bool {
        let spec = self.graph.nodes[owner.0].spec;
        spec.kind.has_modifiers() && spec.option(&call.name.to_string()).is_some()
    }

    /// `.name(value)` directly behind its owner.
    pub(super) fn modifier(&mut self, owner: NodeId, call: &Call) {
        let spec = self.graph.nodes[owner.0].spec;
        let Some(option) = spec.option(&call.name.to_string()) else {
            return;
        };
        if !option.parts.is_empty() {
            self.parts(owner, option, call);
            return;
        }
        let positional: Vec<&Value> = positional(&call.args).collect();
        if let Some(name) = call.args.iter().find_map(|arg| arg.name.as_ref()) {
            self.diagnostics.push(unknown_named(option, name));
        } else if call.paren.is_some() && positional.len() != option.values.len() {
            let takes = option.values.len().to_string();
            let form = option.form();
            let span = surplus(&positional, option.values.len()).unwrap_or((&call.name).into());
            self.diagnostics
                .push(catalogue::arity(span, option.name, &takes, positional.len(), &form));
        }
        let mut values = Vec::new();
        for (at, value) in positional.into_iter().enumerate() {
            match option.values.get(at) {
                Some(ty) => values.extend(self.lower(owner, value, *ty, option.name)),
                None => values.push(ArgValue::Broken(value.tokens.clone())),
            }
        }
        self.option_values(owner, Some(option), &call.name, values);
    }

    /// `.roll(size = 1GiB, every = 10min)`: each argument is an option.
    fn parts(&mut self, owner: NodeId, modifier: &'static OptSpec, call: &Call) {
        if call.args.is_empty() && call.paren.is_some() {
            let form = modifier.form();
            let diagnostic = catalogue::arity(&call.name, modifier.name, "1 or more", 0, &form);
            self.diagnostics.push(diagnostic);
        }
        for Arg { name, value } in &call.args {
            let named = |part: &&Part| name.as_ref().is_some_and(|name| name == part.name);
            let Some(part) = modifier.parts.iter().find(named) else {
                if name.is_some() || !value.broken {
                    self.diagnostics.push(unknown_part(modifier, name.as_ref(), value));
                }
                let name = name.as_ref().unwrap_or(&call.name);
                self.option_values(owner, None, name, vec![ArgValue::Broken(value.tokens.clone())]);
                continue;
            };
            let Some(name) = name else { continue };
            if self.graph.nodes[owner.0].option(part.option.name).is_some() {
                self.diagnostics.push(catalogue::given_twice(name, "option", part.name));
            }
            let values: Vec<ArgValue> = self
                .lower(owner, value, part.option.values[0], part.name)
                .into_iter()
                .collect();
            self.graph.nodes[owner.0].options.push(Opt {
                spec: part.option.name,
                name: name.clone(),
                values,
            });
        }
    }

    pub(super) fn option_values(
        &mut self,
        id: NodeId,
        option: Option<&'static OptSpec>,
        name: &Ident,
        values: Vec<ArgValue>,
    ) {
        let node = &mut self.graph.nodes[id.0];
        if let Some(option) = option
            && !option.repeats
            && node.option(option.name).is_some()
        {
            self.diagnostics
                .push(catalogue::given_twice(name, "option", option.name));
        }
        node.options.push(Opt {
            spec: option.map_or("", |option| option.name),
            name: name.clone(),
            values,
        });
    }
}

fn positional(args: &[Arg]) -> impl Iterator<Item = &Value> {
    args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value)
}

/// `event_time(f, 30s)`, `running(1h)`: which value is an option without its name.
fn unnamed_option(spec: &OpSpec, call: &Call, given: &[&Value]) -> Option<(&'static OptSpec, usize)> {
    let options = spec.options.iter();
    let mut quantities = options.filter(|option| matches!(option.values, [Ty::Duration | Ty::Delay | Ty::Number]));
    let option = quantities.next()?;
    let named = call
        .args
        .iter()
        .any(|arg| arg.name.as_ref().is_some_and(|name| name == option.name));
    let takes_number = |at: usize| {
        let ty = spec.arg(at).map(|arg| arg.ty);
        matches!(ty, Some(Ty::Number | Ty::Expr | Ty::Init))
    };
    let at = given
        .iter()
        .enumerate()
        .position(|(at, value)| value.number().is_some() && !takes_number(at))?;
    (!named).then_some((option, at))
}

fn wrong_arity(spec: &OpSpec, call: &Call, given: &[&Value]) -> Option<Diagnostic> {
    let (least, most) = spec.arity();
    let too_many = most.filter(|most| given.len() > *most);
    // What a broken argument was meant to be, and how many, has been asked for.
    let broken = given.iter().any(|value| value.broken);
    if too_many.is_none() && (broken || given.len() >= least) {
        return None;
    }
    // A required argument that was written as `name = value` is an unknown option already.
    let mistaken = call.args.iter().filter_map(|arg| arg.name.as_ref());
    if too_many.is_none()
        && mistaken
            .into_iter()
            .any(|name| spec.option(&name.to_string()).is_none())
    {
        return None;
    }
    let takes = match most {
        None => format!("{least} or more"),
        Some(most) if most == least => most.to_string(),
        Some(most) => format!("at most {most}"),
    };
    let span = too_many
        .and_then(|most| surplus(given, most))
        .unwrap_or((&call.name).into());
    Some(catalogue::arity(
        span,
        spec.name,
        &takes,
        given.len(),
        &spec.signature(),
    ))
}

/// The first value that is one too many.
fn surplus(given: &[&Value], most: usize) -> Option<SpanRange> {
    given.get(most).map(|value| value.span)
}

fn unknown_option(spec: &OpSpec, name: &Ident) -> Diagnostic {
    let text = name.to_string();
    let mut known: Vec<&str> = spec
        .options
        .iter()
        .filter(|option| option.values.len() == 1 && !option.follows())
        .map(|o| o.name)
        .collect();
    let window = spec.args.iter().any(|arg| matches!(arg.ty, Ty::Window));
    if window && Shape::of(&text).is_some() {
        return catalogue::shape_as_option(name, &text);
    }
    if spec.args.iter().any(|arg| matches!(arg.ty, Ty::Aggregation)) {
        return catalogue::field_as_option(name, &text);
    }
    if spec.needs_format {
        return catalogue::unknown_option(name, spec.name, &text, None, &[]).formats(&spec.formats());
    }
    let argument = spec
        .args
        .iter()
        .any(|arg| arg.name == text && arg.count != Count::Optional);
    if argument {
        return catalogue::named_argument(name, spec.name, &text);
    }
    if known.is_empty() {
        return catalogue::no_options(name, spec.name, &text);
    }
    let meant = suggest::nearest(&text, known.iter().copied());
    known.sort_unstable();
    catalogue::unknown_option(name, spec.name, &text, meant, &known)
}

fn unknown_named(option: &OptSpec, name: &Ident) -> Diagnostic {
    catalogue::no_options(name, option.name, &name.to_string())
}

/// An argument of a modifier that it does not know, or that has no name.
fn unknown_part(modifier: &OptSpec, name: Option<&Ident>, value: &Value) -> Diagnostic {
    let mut known: Vec<&str> = modifier.parts.iter().map(|part| part.name).collect();
    if let Some(name) = name {
        let text = name.to_string();
        let meant = suggest::nearest(&text, known.iter().copied());
        known.sort_unstable();
        return catalogue::unknown_option(name, modifier.name, &text, meant, &known);
    }
    let number = value.number();
    let fits = |part: &&Part| match (part.option.values, &number) {
        ([Ty::Size], Some(number)) => unit::bytes(number).is_ok(),
        ([Ty::Duration], Some(number)) => unit::duration(number).is_ok(),
        _ => false,
    };
    let meant = modifier.parts.iter().find(fits).map_or(known[0], |part| part.name);
    catalogue::unnamed_option(value.span, meant, &value.tokens.to_string())
}
