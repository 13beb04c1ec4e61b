//! `json`: reads raw bytes as JSON.

use proc_macro2::TokenStream;

use crate::expand::decode;
use crate::expand::emit::{Decode, Emit};
use crate::spec::{Cut, OpSpec, OptSpec};

pub(crate) static SPEC: OpSpec = OpSpec {
    name: "json",
    options: &[OptSpec::MAX_RECORD, OptSpec::ON_ERROR],
    cut: Cut::Filled,
    ..OpSpec::DECODE
};

pub(crate) static EMIT: Emit = Emit {
    decode: Decode {
        framing: |_| decode::framing("json", &TokenStream::new()),
        ..Decode::BASE
    },
    ..Emit::BASE
};
