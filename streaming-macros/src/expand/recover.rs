//! What a pipeline with mistakes becomes: a pipeline that is never run, so that rustc reads on.

use proc_macro2::TokenStream;
use quote::quote;

use super::names::{self, own};
use super::{Site, form, imports};
use crate::syntax::tree::{Form, Pipeline};

/// The errors, and a pipeline in their place.
pub(crate) fn pipeline(tree: &Pipeline, errors: &TokenStream, site: Site<'_>) -> TokenStream {
    let private = own(names::PRIVATE);
    let imports = imports(site.krate);
    let body = quote!(#imports #private::stub());
    match &tree.form {
        Form::Expression => quote!({ #errors #body }),
        Form::Item(signature) => {
            let item = form::item(signature, site.krate, &body);
            quote!(#errors #[allow(unused_variables)] #item)
        }
        Form::Broken(_) => errors.clone(),
    }
}
