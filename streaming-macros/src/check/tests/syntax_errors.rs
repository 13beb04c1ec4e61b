//! SP0100: broken syntax, all of it in one run, each mistake once.

use super::check;

const SETTINGS_CALL: &str = "1:1 SP0100 expected `(` behind `settings` | settings are named arguments: \
    `settings(batch_interval = 1s, name = \"orders\");`";

#[test]
fn statements() {
    check(
        "let a = stdin().lines()
         let b = a.map(f)
         b.print()
         a.print()",
        &[
            "1:23 SP0100 expected `;`",
            "2:25 SP0100 expected `;`",
            "3:18 SP0100 expected `;`",
        ],
    );
    check("let a = ; stdin().print();", &["1:7 SP0100 expected an expression"]);
    check(
        "let a = stdin(); a..print(); a.print();",
        &["1:19 SP0100 expected an operator behind `.`"],
    );
    check(
        "let a = stdin(); a.; a.print();",
        &["1:19 SP0100 expected an operator behind `.`"],
    );
    check(
        "let a = stdin(); a.print; a.print();",
        &["1:20 SP0100 expected `(` behind `print`"],
    );
    check("stdin().print() + 1;", &["1:17 SP0100 expected `.` or `;`"]);
    check(
        "stdin;",
        &["1:6 SP0102 this pipeline has no source | begin with one: `let lines = stdin().lines();`"],
    );
}

#[test]
fn bindings() {
    check(
        "let mut a = stdin(); a.print();",
        &["1:5 SP0100 a stream cannot be mutable | remove `mut`"],
    );
    check(
        "let a: Stream = stdin(); a.print();",
        &["1:6 SP0100 a stream has no type that could be written | remove the type: `let NAME = …;`"],
    );
    check(
        "let (a, 3) = stdin().split(f); a.print();",
        &["1:9 SP0100 expected a name"],
    );
    check(
        "#[inline] let a = stdin(); a.print();",
        &[
            "1:1 SP0100 unexpected attribute on a stream | a stream takes doc comments, `#[cfg(…)]`, `#[allow(…)]`, and before `let` also `#[was = \"old_name\"]` and `#[reset = \"why\"]`",
        ],
    );
    check(
        "#[was = 3] let a = stdin(); a.print();",
        &["1:9 SP0100 expected string literal"],
    );
    check("settings; stdin().print();", &[SETTINGS_CALL]);
    check("settings { threads = 1 } stdin().lines().print();", &[SETTINGS_CALL]);
    check(
        "settings { threads: 1, name: \"a\" }; stdin().lines().print();",
        &[SETTINGS_CALL],
    );
    // The brokers are read: that the source has none is no second mistake.
    check(
        "settings { brokers = b; nonsense } kafka(\"o\").lines().print();",
        &[SETTINGS_CALL],
    );
    check(
        "settings(threads = 1).x(); stdin().print();",
        &["1:22 SP0100 expected `;`"],
    );
}

#[test]
fn arguments() {
    check(
        "let a = stdin().lines().map(|x| x +).filter(|a, b| );
         a.map(|x| x y).print();
         let b = a.running(ttl = ).map(f g, h = 3);",
        &[
            "1:36 SP0100 expected an expression",
            "1:52 SP0100 expected an expression",
            "2:22 SP0100 expected `,` | a comma stands between two arguments",
            "3:20 SP0104 `running` needs a key | put `.key_by(…)` before it",
            "3:28 SP0100 expected a value behind `ttl =`",
            "3:42 SP0100 expected `,` | a comma stands between two arguments",
            "3:45 SP0101 unknown option `h` of `map` | `map` has no options",
        ],
    );
}

#[test]
fn ordinary_rust() {
    check("let x = 3 +; stdin().print();", &["1:11 SP0100 expected an expression"]);
    check(
        "let x = foo(; ); stdin().print();",
        &["1:13 SP0100 expected an expression"],
    );
}

#[test]
fn items() {
    check(
        "pub fn (x: u8) { stdin().print(); }",
        &["1:8 SP0100 expected the pipeline's name"],
    );
    check(
        "pub fn a { stdin().print(); }",
        &["1:10 SP0100 expected the pipeline's arguments, `(…)`"],
    );
    check("pub fn a()", &["1:9 SP0100 expected the pipeline's body, `{ … }`"]);
    check(
        "pub fn a() -> u8 { stdin().print(); }",
        &["1:12 SP0100 a pipeline has no return type | remove it: the function returns the pipeline"],
    );
    check("pub struct A { stdin().print(); }", &["1:5 SP0100 expected `fn`"]);
}

#[test]
fn habits_of_plain_rust() {
    check(
        "let a = stdin().await; let b = stdin().lines()?; b.print();",
        &[
            "1:17 SP0100 a stream is not awaited | remove `.await`, and await the whole pipeline: `pipeline.run().await`",
            "1:47 SP0100 a stream cannot fail here | remove `?`: what `.on_error(…)` does not handle comes out of `pipeline.run().await?`",
        ],
    );
    check(
        "settings(threads: 4); let a = files(g).json<u64>(); a.map(|x| x; y).print();",
        &[
            "1:17 SP0100 expected `=` behind `threads` | a named argument is written `threads = …`",
            "1:40 SP0100 expected `::` behind `json` | a type is given as in `json::<Order>()`",
            "1:64 SP0100 unexpected `;` in an argument | a closure of several statements needs braces: `|record| { …; … }`",
        ],
    );
    check(
        "memory(v).event_time(|x| x.t max_delay = 1s).print();",
        &["1:30 SP0100 expected `,` | a comma stands between two arguments"],
    );
    check("let a = &stdin().lines();", &["1:9 SP0100 expected a stream"]);
    check(
        "pub async fn a() { stdin().print(); }",
        &[
            "1:5 SP0100 a pipeline cannot be `async` | remove `async`: the function only builds the pipeline, `run` is async",
        ],
    );
}
