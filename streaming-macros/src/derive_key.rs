//! `#[derive(Key)]`: a type of the user's as a key, kept as it is.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Error, Path, parse_quote};

/// Implements `Key` for a type that owns what it holds.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    syn::parse2(input)
        .and_then(|input| derive(&input))
        .unwrap_or_else(|error| error.to_compile_error())
}

fn derive(input: &DeriveInput) -> syn::Result<TokenStream> {
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let message = "a key that borrows cannot be kept: let its fields own what they hold, \
                       or return a tuple of references from `key_by`";
        return Err(Error::new_spanned(lifetime, message));
    }
    if let Data::Union(data) = &input.data {
        return Err(Error::new_spanned(
            data.union_token,
            "a union cannot be a key: it has no equality",
        ));
    }
    let (krate, name) = (runtime(input)?, &input.ident);
    let mut generics = input.generics.clone();
    if !generics.params.is_empty() {
        generics
            .make_where_clause()
            .predicates
            .push(parse_quote!(Self: #krate::key::OwnedKey));
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    // At the type's name, where rustc says which of the other derives are missing.
    let owned = quote_spanned!(name.span()=> type Owned = Self;);
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #krate::key::Key for #name #type_generics #where_clause {
            #owned
            fn to_key(&self) -> Self {
                ::core::clone::Clone::clone(self)
            }
            fn into_key(self) -> Self {
                self
            }
            #[inline]
            fn is(&self, owned: &Self) -> bool {
                self == owned
            }
        }
    })
}

/// The runtime: `streaming_runtime`, or what `#[key(crate = …)]` says.
fn runtime(input: &DeriveInput) -> syn::Result<Path> {
    let mut path = parse_quote!(::streaming_runtime);
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("key")) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(meta.error("expected `crate = path`"));
            }
            path = meta.value()?.call(Path::parse_mod_style)?;
            Ok(())
        })?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::expand;

    fn text(input: &str) -> String {
        expand(input.parse().expect("tokens")).to_string()
    }

    #[test]
    fn generics_are_bounded_by_what_rests() {
        let text = text("struct Id<T: Copy>(T);");
        assert!(text.contains("impl < T : Copy >"), "{text}");
        assert!(
            text.contains("where Self : :: streaming_runtime :: key :: OwnedKey"),
            "{text}"
        );
    }

    #[test]
    fn a_renamed_runtime_is_found() {
        let text = text("#[key(crate = engine)] struct Id(u8);");
        assert!(text.contains("impl engine :: key :: Key for Id"), "{text}");
    }

    #[test]
    fn what_cannot_be_a_key_says_why() {
        assert!(text("struct Name<'a>(&'a str);").contains("a key that borrows cannot be kept"));
        assert!(text("union Bits { a: u8 }").contains("a union cannot be a key"));
        assert!(text("#[key(name = x)] struct Id(u8);").contains("expected `crate = path`"));
    }
}
