//! The arguments of a call: those that have a place, and those that have a name.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::super::names::own;
use super::{Around, LANGUAGE, any, repair, unread, values};
use crate::spec::{Count, OpSpec, OptSpec, Ty};
use crate::syntax::tree::{Arg, Call, Value};

/// `.name(args)`, and `.given(…)` behind it for arguments with a name.
pub(super) fn operator(call: &Call, spec: Option<&OpSpec>, around: Around<'_>) -> TokenStream {
    let (name, turbofish) = (&call.name, &call.turbofish);
    if call.paren.is_none() {
        let parens = turbofish.as_ref().map(|_| quote!(()));
        return quote!(#name #turbofish #parens);
    }
    let ty = |at| spec.and_then(|spec| spec.arg(at)).map_or(Ty::Expr, |arg| arg.ty);
    let (placed, named) = parted(call, spec);
    let least = spec.map_or(0, |spec| spec.arity().0);
    let missing = missing(&call.name);
    let missing = std::iter::repeat_n(&missing, least.saturating_sub(placed.len()));
    let placed = placed
        .into_iter()
        .chain(missing)
        .enumerate()
        .map(|(at, value)| values::of(value, ty(at), "", around));
    let given = spec.filter(|spec| has_named(spec)).map(|spec| {
        let value = |name: &str, value: &Value| match spec.option(name).map(|option| option.values) {
            Some([Ty::Expr]) => values::given(value),
            Some([ty]) => values::of(value, *ty, name, around),
            _ => repair::expression(&value.tokens),
        };
        let options = options(spec.name, &named, &value);
        quote!(.given(#options))
    });
    quote!(#name #turbofish(#(#placed),*) #given)
}

/// `.name(values)`: an option directly behind what it belongs to.
pub(super) fn modifier(call: &Call, option: &OptSpec, around: Around<'_>) -> TokenStream {
    let name = &call.name;
    if call.paren.is_none() {
        return quote!(#name);
    }
    if !option.parts.is_empty() {
        let value = |name: &str, value: &Value| {
            let part = option.parts.iter().find(|part| part.name == name);
            match part.map(|part| part.option.values) {
                Some([ty]) => values::of(value, *ty, name, around),
                _ => repair::expression(&value.tokens),
            }
        };
        let options = options(option.name, &call.args, &value);
        return quote!(#name().given(#options));
    }
    let given = call.args.iter().map(|arg| (arg.name.as_ref(), &arg.value));
    let missing = missing(name);
    let missing = std::iter::repeat_n((None, &missing), option.values.len().saturating_sub(call.args.len()));
    let args = given.chain(missing).enumerate().map(|(at, (argument, value))| {
        let ty = option.values.get(at).copied().unwrap_or(Ty::Expr);
        let value = values::of(value, ty, option.name, around);
        let before = argument.map(|name| quote!(#name =));
        quote!(#before #value)
    });
    quote!(#name(#(#args),*))
}

/// The options as a struct, so that an editor completes the names of its fields.
pub(super) fn options(of: &str, args: &[Arg], value: &dyn Fn(&str, &Value) -> TokenStream) -> TokenStream {
    let (language, of, any) = (own(LANGUAGE), own(of), any());
    let last = args.len().saturating_sub(1);
    let fields = args.iter().enumerate().map(|(at, arg)| match &arg.name {
        Some(name) => {
            let value = if arg.value.tokens.is_empty()
                && !matches!(name.to_string().as_str(), "trigger" | "guarantee" | "on_panic")
            {
                any.clone()
            } else {
                value(&name.to_string(), &arg.value)
            };
            quote!(#name: #value,)
        }
        None => match arg.value.word() {
            Some(word) if word == "unbounded" => quote!(#word: (),),
            // The editor compares the places of what follows: the marker must be all that is new.
            Some(word) if word == MARKER && at == last => quote!(#word),
            Some(word) => quote!(#word,),
            None => TokenStream::new(),
        },
    });
    let stray = args
        .iter()
        .filter(|arg| arg.name.is_none() && arg.value.word().is_none());
    let stray = unread(&stray.map(|arg| arg.value.tokens.clone()).collect());
    let options = quote!(#language::options::#of { #(#fields)* ..#any });
    if stray.is_empty() {
        return options;
    }
    quote!({ #stray #options })
}

/// The call without types that cannot be read, and these for the editor.
pub(super) fn readable(call: &Call) -> (TokenStream, Call) {
    let types = call.turbofish.clone().unwrap_or_default();
    if types.is_empty() || syn::parse2::<syn::AngleBracketedGenericArguments>(types.clone()).is_ok() {
        return (TokenStream::new(), call.clone());
    }
    let call = Call {
        turbofish: None,
        ..call.clone()
    };
    (unread(&types), call)
}

/// What rust-analyzer puts at the cursor.
pub(super) const MARKER: &str = "raCompletionMarker";

/// An argument that is not there yet.
fn missing(call: &Ident) -> Value {
    Value {
        tokens: TokenStream::new(),
        span: call.into(),
        broken: true,
    }
}

fn has_named(spec: &OpSpec) -> bool {
    spec.options
        .iter()
        .any(|option| option.values.len() == 1 && !option.follows())
}

/// Arguments by place, and those that have a name or are about to: a word behind the last place.
fn parted<'a>(call: &'a Call, spec: Option<&OpSpec>) -> (Vec<&'a Value>, Vec<Arg>) {
    let (mut placed, mut named) = (Vec::new(), Vec::new());
    // A word that may stand in place of an option is one of the options here.
    let by_place = |spec: &OpSpec| {
        let optional = spec.args.iter().filter(|arg| arg.count == Count::Optional).count();
        spec.arity().1.map_or(usize::MAX, |most| most - optional)
    };
    let most = spec.map_or(usize::MAX, by_place);
    let open = spec.is_some_and(has_named);
    for arg in &call.args {
        if arg.name.is_some() || open && placed.len() >= most {
            named.push(arg.clone());
        } else {
            placed.push(&arg.value);
        }
    }
    (placed, named)
}
