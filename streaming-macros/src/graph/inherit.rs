//! Options that are given once for the whole pipeline.

use super::{ArgValue, Graph, Inherited, NodeId, Opt};
use crate::spec::Kind;

impl Graph {
    /// Fills in options that were left out: from the settings, or else from the sources, where they agree.
    pub(crate) fn inherit(&mut self) {
        for at in 0..self.nodes.len() {
            let node = &self.nodes[at];
            let missing: Vec<&'static str> = node
                .spec
                .options
                .iter()
                .filter(|option| option.inherits && node.option(option.name).is_none())
                .map(|option| option.name)
                .collect();
            for option in missing {
                if let Some(from) = self.origin(option) {
                    let name = self.nodes[at].name.clone();
                    self.nodes[at].options.push(Opt {
                        spec: option,
                        name,
                        values: vec![ArgValue::Inherited(from)],
                    });
                }
            }
        }
    }

    fn origin(&self, option: &str) -> Option<Inherited> {
        if option == "brokers" && self.settings.brokers.is_some() {
            return Some(Inherited::Setting);
        }
        let sources = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.spec.kind == Kind::Source);
        let given = sources.filter_map(|(at, node)| match node.option(option)?.values.as_slice() {
            [ArgValue::Expr(tokens)] => Some((NodeId(at), tokens.to_string())),
            _ => None,
        });
        let given: Vec<(NodeId, String)> = given.collect();
        let (first, text) = given.first()?;
        given
            .iter()
            .all(|(_, other)| other == text)
            .then_some(Inherited::Node(*first))
    }
}
