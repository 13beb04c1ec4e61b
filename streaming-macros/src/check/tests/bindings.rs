//! SP0102, SP0106, SP0110, SP0112: names and what they are bound to.

use super::check;

#[test]
fn everything_reaches_a_sink() {
    check(
        "let a = stdin(); let b = a.lines(); a.print();",
        &["1:22 SP0102 stream `b` never reaches a sink | write it with `b.to(…)` or `b.print()`, or call it `_b`"],
    );
    check(
        "stdin().lines();",
        &["1:9 SP0102 this chain never reaches a sink | end it with `.to(…)` or `.print()`, or bind it with `let`"],
    );
    check(
        "let a = stdin(); a;",
        &["1:18 SP0102 this chain never reaches a sink | end it with `.to(…)` or `.print()`, or bind it with `let`"],
    );
    check(
        "let _a = stdin();",
        &["1:17 SP0102 this pipeline has no sink | end a stream with `.to(…)` or `.print()`"],
    );
    check(
        "",
        &["1:1 SP0102 this pipeline has no source | begin with one: `let lines = stdin().lines();`"],
    );
    check(
        "pub fn empty() {}",
        &["1:8 SP0102 this pipeline has no source | begin with one: `let lines = stdin().lines();`"],
    );
}

#[test]
fn names_are_unique() {
    check(
        "let a = stdin(); let a = a.lines(); a.print();",
        &[
            "1:22 SP0106 stream `a` is bound twice | choose another name: it is the operator's id in metrics and checkpoints",
        ],
    );
}

#[test]
fn nothing_is_used_before_it_is_bound() {
    check(
        "let b = a.map(f); let a = stdin(); b.print(); a.print();",
        &["1:9 SP0112 stream `a` is used before it is bound | move `let a = …;` up; streams cannot form a cycle"],
    );
    check(
        "let a = b.map(f); let b = a.map(f); b.print();",
        &["1:9 SP0112 stream `b` is used before it is bound | move `let b = …;` up; streams cannot form a cycle"],
    );
    check(
        "let all = union(stdin(), late); let late = stdin(); late.print(); all.print();",
        &[
            "1:26 SP0112 stream `late` is used before it is bound | move `let late = …;` up; streams cannot form a cycle",
        ],
    );
}

#[test]
fn patterns() {
    check(
        "let x = stdin().split(f); x.print();",
        &["1:5 SP0110 this gives 2 streams, and one is bound here | bind both: `let (yes, no) = …;`"],
    );
    check(
        "let (x, y) = stdin().map(f); x.print(); y.print();",
        &["1:5 SP0110 this gives 1 stream, and 2 are bound here | bind it to one name: `let name = …;`"],
    );
    check(
        "let (x, y) = stdin().branch(f, g); x.print(); y.print();",
        &[
            "1:5 SP0110 this gives 3 streams, and 2 are bound here | bind all: a tuple of 3 names, the last one for the rest",
        ],
    );
    check(
        "stdin().split(f);",
        &["1:9 SP0110 this gives 2 streams, and none is bound here | bind both: `let (yes, no) = …;`"],
    );
}

#[test]
fn several_mistakes_in_one_run() {
    check(
        "let a = stdin().lins(|x| x);
         let b = a.key_by(f).count();
         let c = stdin().lines().map();
         b.print();
         let d = c.key_by(f).running().count();",
        &[
            "1:17 SP0101 unknown operator `lins` | did you mean `lines`?",
            "3:34 SP0110 `map` takes 1 argument, 0 given | write `map(|record| …)`",
            "5:14 SP0102 stream `d` never reaches a sink | write it with `d.to(…)` or `d.print()`, or call it `_d`",
            "5:30 SP0105 the state of `running` has no bound | write `running(ttl = 1h)`, or `running(unbounded)` if keys are few",
        ],
    );
}

#[test]
fn streams_are_no_values() {
    let help = "a stream is no variable: look at its records with `.inspect(…)`, or give the variable that you mean another name";
    check(
        "let a = stdin(); println!(\"{a:?}\"); a.print();",
        &[&format!("1:27 SP0104 stream `a` is used as a value | {help}")],
    );
    check(
        "let a = stdin(); let b = memory(v).filter(|x| !a.contains(x)); a.print(); b.print();",
        &[&format!("1:48 SP0104 stream `a` is used as a value | {help}")],
    );
    // The same name may mean something else: a parameter, a variable of the user's own, a field, a method.
    check(
        "let a = stdin(); let b = a.map(|a| a.len()); let c = b.filter(|x| x.a > x.b() && S { a: 1 }.ok()); a.print(); c.print();",
        &[],
    );
    check("let orders = memory(orders); orders.print();", &[]);
    check("let a = stdin(); let b = { let a = 3; a + 1 }; a.print();", &[]);
}

#[test]
fn a_pipeline_outlives_what_its_function_borrows() {
    let echo = |ty: &str| format!("pub fn echo(x: {ty}) {{ stdin().map(|line| line + x).print(); }}");
    check(
        &echo("&str"),
        &[
            "1:50 SP0110 argument `x` is borrowed, and the pipeline lives longer | take an owned value, such as `x: String` or `x: Arc<…>`",
        ],
    );
    check(&echo("&'static str"), &[]);
    check(&echo("String"), &[]);
    check("pub fn a(topic: &str) { files(topic).lines().print(); }", &[]);
}

#[test]
fn the_graph_is_fixed() {
    let decides = "the graph is fixed at build time: decide by record, `.filter(…)` or `.branch(…)`, \
                   or build two pipelines and choose one to run";
    let repeats = "the graph is fixed at build time: write each stream and `union` them, \
                   or build and run a pipeline for each item";
    let says = |place: &str, what: &str, help: &str| format!("{place} SP0104 {what} | {help}");
    check(
        "let a = stdin().lines(); if debug { a.print(); } else { a.to(collect(h)); }",
        &[&says("1:26", "`if` cannot decide where streams go", decides)],
    );
    check(
        "let a = stdin(); let b = match mode { 1 => a.lines(), _ => a.json::<T>() }; b.print();",
        &[&says("1:26", "`match` cannot decide where streams go", decides)],
    );
    check(
        "let a = stdin(); #[allow(x)] if let Some(x) = y { union(a, b).print(); } a.print();",
        &[&says("1:30", "`if` cannot decide where streams go", decides)],
    );
    check(
        "for topic in topics { files(topic).lines().print(); }",
        &[&says("1:1", "`for` cannot make streams", repeats)],
    );
    check(
        "while more() { let a = stdin(); a.lines().to(files(d).jsonl()); }",
        &[&says("1:1", "`while` cannot make streams", repeats)],
    );
    check(
        "let a = stdin().lines(); { a.print(); }",
        &[
            "1:26 SP0104 a block cannot hold streams | write their statements directly in the pipeline, without braces around them",
        ],
    );
    check("let a = stdin(); if debug { log(files(1)); } a.print();", &[]);
    check(
        "let a = stdin(); let n = if debug { 1 } else { 2 }; a.filter(|x| x > n).print();",
        &[],
    );
}

#[test]
fn sources_stand_in_statements_of_the_pipeline() {
    let help = "a stream begins a statement of the pipeline: `let stream = files(…);`, not in a block or an expression";
    check(
        "let found = start(files(topic).lines());",
        &[&format!(
            "1:19 SP0102 `files` inside ordinary Rust, where it begins no stream | {help}"
        )],
    );
    check(
        "let x = my::files(3) + self.files(4);",
        &["1:37 SP0102 this pipeline has no source | begin with one: `let lines = stdin().lines();`"],
    );
}
