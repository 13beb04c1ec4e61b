//! All operators, by name.

use super::{Kind, OpSpec};

/// The specs of all operators, in the order of the guide. The operators' files are above the phases that ask for a name, so that
/// `compile` hands the table down.
#[derive(Debug)]
pub(crate) struct Table {
    specs: &'static [&'static OpSpec],
}

impl Table {
    pub(crate) const fn new(specs: &'static [&'static OpSpec]) -> Self {
        Self { specs }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &'static OpSpec> {
        self.specs.iter().copied()
    }

    /// What stands at the head of a chain: a source, or `union`.
    pub(crate) fn head(&self, name: &str) -> Option<&'static OpSpec> {
        self.find(name, Kind::is_head)
    }

    /// What stands behind a dot.
    pub(crate) fn method(&self, name: &str) -> Option<&'static OpSpec> {
        self.find(name, Kind::is_method)
    }

    /// What stands inside `to(…)`.
    pub(crate) fn sink(&self, name: &str) -> Option<&'static OpSpec> {
        self.find(name, |kind| kind == Kind::Sink)
    }

    fn find(&self, name: &str, fits: impl Fn(Kind) -> bool) -> Option<&'static OpSpec> {
        self.all().find(|spec| spec.name == name && fits(spec.kind))
    }

    /// The names of all heads.
    pub(crate) fn heads(&self) -> impl Iterator<Item = &'static str> {
        self.names(Kind::is_head)
    }

    /// The names of all methods.
    pub(crate) fn methods(&self) -> impl Iterator<Item = &'static str> {
        self.names(Kind::is_method)
    }

    /// The names of all sinks.
    pub(crate) fn sinks(&self) -> impl Iterator<Item = &'static str> {
        self.names(|kind| kind == Kind::Sink)
    }

    fn names(&self, fits: impl Fn(Kind) -> bool) -> impl Iterator<Item = &'static str> {
        self.all().filter(move |spec| fits(spec.kind)).map(|spec| spec.name)
    }

    /// Whether that method is hardly ever found outside a pipeline.
    pub(crate) fn is_distinctive(&self, name: &str) -> bool {
        self.method(name).is_some_and(|spec| !spec.common)
            || self
                .all()
                .flat_map(|spec| spec.options)
                .any(|option| option.name == name && option.is_error_policy())
    }

    /// Whether that is an option that may be written as a method.
    pub(crate) fn is_option(&self, name: &str) -> bool {
        let owners = self.all().filter(|spec| spec.kind.has_modifiers());
        owners.flat_map(|spec| spec.options).any(|option| option.name == name)
    }
}
