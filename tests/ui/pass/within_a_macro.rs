//! A pipeline inside another macro, whose variables are its own.
#![deny(warnings, clippy::pedantic)]

macro_rules! echo {
    ($name:ident, $prefix:expr, |$line:ident| $body:expr) => {
        streaming_runtime::stream_pipeline!(
            /// Prints what comes in.
            pub(super) fn $name() {
                let record = $prefix;
                let lines = memory(vec![String::from("a"), String::from("b")]);
                let echoed = lines.map(|$line| format!("{record}{}", $body));
                echoed.print();
            }
        );
    };
}

echo!(loud, "> ", |text| text.to_uppercase());
echo!(quiet, "", |key| key.to_lowercase());

#[test]
fn compiles() {
    assert!(loud().explain().to_string().contains("echoed"));
    assert!(quiet().explain().to_string().contains("echoed"));
}
