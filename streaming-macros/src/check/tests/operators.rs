//! SP0101, SP0104, SP0110: operators, options, and where they stand.

use super::check;

#[test]
fn options_away_from_their_owner() {
    check(
        "kafka(\"a\").json::<T>().brokers(b).print();",
        &[
            "1:24 SP0101 `brokers` is an option of `kafka`, not of the stream | move `.brokers(…)` directly behind `kafka(…)`",
        ],
    );
    check(
        "memory(v).on_error(skip).print();",
        &[
            "1:11 SP0101 `on_error` is an option, and nothing before it takes it | put it directly behind `lines`, `json`, `csv`",
        ],
    );
    check(
        "let a = stdin().lines(); a.union(a).print();",
        &["1:28 SP0101 `union` cannot stand behind a dot | begin a stream with it: `let stream = union(…);`"],
    );
}

#[test]
fn exactly_once_names_the_part_that_cannot() {
    check(
        "settings(guarantee = exactly_once); stdin().print();",
        &[
            "1:37 SP0107 `stdin` cannot be part of a pipeline with `guarantee = exactly_once`: what was read from it is gone after \
             a crash | use `kafka(…)` or `files(…)`, or `guarantee = at_least_once`",
            "1:45 SP0107 `print` cannot be part of a pipeline with `guarantee = exactly_once`: what is printed again after a \
             crash is there twice | use `to(kafka(…))` or `to(files(…))`, or `guarantee = at_least_once`",
        ],
    );
    check("settings(guarantee = at_least_once); stdin().print();", &[]);
    check(
        "settings(guarantee = exactly_once, checkpoint = dir); files(a).lines().to(files(b).jsonl());",
        &[],
    );
}

#[test]
fn misfits() {
    let keyed = "put it before `.key_by(…)`, or aggregate first: `.batch().count()`";
    check(
        "memory(v).key_by(f).map(g).print();",
        &[&format!("1:21 SP0104 `map` does not work on a keyed stream | {keyed}")],
    );
    check(
        "memory(v).key_by(f).print();",
        &[&format!(
            "1:21 SP0104 `print` does not work on a keyed stream | {keyed}"
        )],
    );
    check(
        "memory(v).key_by(f).batch().map(g).print();",
        &[
            "1:29 SP0104 `map` cannot stand between a scope and its aggregate | aggregate first: `.agg(…)`, `.count()`, `.sum(…)`, `.reduce(…)` or `.fold(…)`",
        ],
    );
    check(
        "memory(v).batch().count().print();",
        &["1:11 SP0104 `batch` needs a key | put `.key_by(…)` before it"],
    );
    check(
        "memory(v).key_by(f).count().print();",
        &[
            "1:21 SP0104 `count` has no scope: over what does it aggregate? | put `.batch()`, `.window(tumbling(1min))` or `.running(ttl = 1h)` before it",
        ],
    );
    check(
        "memory(v).map(f).sum(|x| x.n).print();",
        &[
            "1:18 SP0104 `sum` needs a key and a scope | put `.key_by(…).batch()`, or `.key_by(…)` and another scope, before it",
        ],
    );
    check(
        "memory(v).key_by(f).batch().running(ttl = 1h).count().print();",
        &[
            "1:29 SP0104 `running` is a second scope on the same stream | keep one scope, and aggregate behind it",
            "1:47 SP0106 `count` keeps state, so it needs a name | bind it: `let NAME = …;`, then `NAME.to(…)` or `NAME.print()`",
        ],
    );
    check(
        "stdin().lines().json::<T>().print();",
        &[
            "1:17 SP0104 `json` decodes raw input, and this stream is not raw any more | put it directly behind the source",
        ],
    );
    check(
        "stdin().print().map(f);",
        &[
            "1:17 SP0104 `map` cannot stand behind a sink | a sink ends its chain: bind the stream with `let`, and begin a new statement with its name",
        ],
    );
    check(
        "stdin().split(f).map(f).print();",
        &[
            "1:18 SP0104 `map` cannot stand directly behind `split`, which gives several streams | bind them first: `let (a, b) = …;`",
        ],
    );
    check(
        "let x = stdin().print();",
        &["1:5 SP0104 a sink gives nothing to bind | remove `let NAME =`"],
    );
}

#[test]
fn side_outputs() {
    check(
        "memory(v).errors().print();",
        &[
            "1:11 SP0104 `errors` needs a decode, and there is none before it | decode the source first: `.lines()`, `.json::<T>()` or `.csv::<T>()`",
        ],
    );
    check(
        "memory(v).late().print();",
        &[
            "1:11 SP0104 `late` needs a windowed aggregate, and there is none before it | write it behind the stream that a `.window(…)` aggregate was bound to",
        ],
    );
    check(
        "let a = memory(v).key_by(f).batch().count(); a.late().print();",
        &[
            "1:48 SP0103 `late` needs windows, and the aggregate before it has none | only `.event_time(…)` with `.window(…)` makes a record late",
        ],
    );
}

#[test]
fn arity() {
    check(
        "stdin().lines().map().print();",
        &["1:17 SP0110 `map` takes 1 argument, 0 given | write `map(|record| …)`"],
    );
    check(
        "stdin().lines().map(f, g, h).print();",
        &["1:24 SP0110 `map` takes 1 argument, 3 given | write `map(|record| …)`"],
    );
    check(
        "stdin(1).print();",
        &["1:7 SP0110 `stdin` takes 0 arguments, 1 given | write `stdin()`"],
    );
    check(
        "let a = stdin(); union(a).print();",
        &["1:18 SP0110 `union` takes 2 or more arguments, 1 given | write `union(a, b, …)`"],
    );
    check(
        "memory(v).event_time(f, 30s).print();",
        &["1:25 SP0110 the option `max_delay` is given without its name | write `max_delay = 30s`"],
    );
    check(
        "kafka(\"a\").brokers(b).config(\"x\").print();",
        &["1:23 SP0110 `config` takes 2 arguments, 1 given | write `.config(key, value)`"],
    );
    check(
        "kafka(\"a\", config = x).brokers(b).print();",
        &["1:12 SP0110 option `config` does not take one value | write `.config(key, value)`"],
    );
    check(
        "kafka(\"a\", brokers = b).brokers(c).print();",
        &["1:25 SP0110 option `brokers` is given twice | keep one of them"],
    );
    check(
        "stdin().to(files(d).csv().jsonl());",
        &["1:27 SP0110 `csv` and `jsonl` exclude each other | keep one of them"],
    );
    check(
        "stdin().to(files(d));",
        &["1:12 SP0110 `files` needs a format | add `.jsonl()` or `.csv()`"],
    );
    check("stdin().to(files(d).roll(size = 1GiB, every = age()).csv());", &[]);
    check(
        "stdin().to(files(d).csv().roll(1GiB));",
        &["1:32 SP0110 the option `size` is given without its name | write `size = 1GiB`"],
    );
    check(
        "stdin().to(files(d).csv().roll(age = 1min, size = 1s));",
        &[
            "1:32 SP0101 unknown option `age` of `roll` | choose from `every`, `size`",
            "1:51 SP0108 `1s` is a time | units of size are `B`, `KiB`, `MiB` and `GiB`",
        ],
    );
    check(
        "stdin().to(files(d, roll = 1GiB).csv());",
        &["1:21 SP0110 option `roll` does not take one value | write `.roll(size = …)`"],
    );
    check(
        "stdin().to(roll(files(d)));",
        &["1:12 SP0101 unknown sink `roll` | choose from `kafka`, `files`, `collect`, `sink`"],
    );
}

#[test]
fn closure_parameters() {
    check(
        "memory(v).map(|a, b, c| a).print();",
        &[
            "1:15 SP0110 the closure of `map` has 3 parameters | it takes one, the record, or two, the record and its meta",
        ],
    );
    check(
        "memory(v).key_by(f).batch().reduce(|a| a).print();",
        &[
            "1:36 SP0110 the closure of `reduce` has 1 parameter | it takes two, what has come of the records so far and the next record",
        ],
    );
    check(
        "let a = stdin(); union(a, a).map(|x, meta| x).print();",
        &[
            "1:34 SP0110 `map` has no meta here: a union or an aggregate stands before it | take one parameter, or copy what you need from the meta into the record further up",
        ],
    );
}

#[test]
fn brokers() {
    check(
        "kafka(\"a\").print();",
        &["1:1 SP0110 `kafka` needs the option `brokers` | add `.brokers(…)`, or `settings(brokers = …)` for all"],
    );
    check(
        "kafka(\"a\").brokers(x).print(); kafka(\"b\").brokers(y).print(); stdin().to(kafka(\"c\"));",
        &["1:74 SP0110 `kafka` needs the option `brokers` | add `.brokers(…)`, or `settings(brokers = …)` for all"],
    );
}

#[test]
fn aggregates() {
    let agg = |expr: &str| format!("memory(v).key_by(f).batch().agg({expr}).print();");
    check(
        &agg("T { n: count(1), m: sum() }"),
        &[
            "1:46 SP0110 `count` takes 0 arguments, 1 given | write `count()`",
            "1:53 SP0110 `sum` takes 1 argument, 0 given | write `sum(|record| …)`",
        ],
    );
    check(
        &agg("T { n: top(3) }"),
        &["1:40 SP0110 `top` takes 2 arguments, 1 given | write `top(n, |record| …)`"],
    );
    check(
        &agg("(key(), window_start())"),
        &["1:41 SP0104 `window_start` outside a window | remove it, or aggregate over `.window(tumbling(…))`"],
    );
}

#[test]
fn settings_that_rival() {
    check(
        "settings(trigger = asap, batch_interval = 1s); stdin().print();",
        &["1:26 SP0110 `trigger` and `batch_interval` exclude each other | keep one of them"],
    );
}

#[test]
fn closures_do_not_wait() {
    for closure in ["async |x| x", "|x| async move { x }"] {
        check(
            &format!("memory(v).map({closure}).print();"),
            &[
                "1:15 SP0110 the closure of `map` is async | operators do not wait: what must be awaited belongs into a source or a sink",
            ],
        );
    }
}

#[test]
fn what_stands_for_a_closure() {
    check(
        "memory(v).key_by(\"user\").batch().sum(1).print();",
        &[
            "1:18 SP0110 expected a closure, found `\"user\"` | write `key_by(|record| …)`",
            "1:38 SP0110 expected a closure, found `1` | write `sum(|record| …)`",
        ],
    );
    check(
        "memory(v).key_by(f).batch().agg((key(), sum(max(|x| x.n)))).print();",
        &["1:45 SP0110 `max` inside `sum` | an aggregate takes a closure of the record: `sum(|record| …)`"],
    );
}

#[test]
fn broken_arguments_are_one_mistake() {
    check(
        "let a = stdin(); let b = stdin(); union(a b).print();",
        &["1:43 SP0100 expected `,` | a comma stands between two arguments"],
    );
    check(
        "let (a, b) = stdin().branch(); a.print(); b.print();",
        &["1:22 SP0110 `branch` takes 1 or more arguments, 0 given | write `branch(|record| …, …)`"],
    );
    check(
        "files(g).json::<T>().on_error(dead_letter).print();",
        &["1:31 SP0110 `dead_letter` takes 1 argument, 0 given | write `dead_letter(files(dir).jsonl())`"],
    );
}

#[test]
fn values_of_decode_options() {
    check(
        r#"stdin().csv::<T>(delimiter = b'"').print();"#,
        &["1:30 SP0110 `delimiter` cannot be a quote or a line end | write for example `delimiter = b';'`"],
    );
    check(
        r"stdin().csv::<T>(comment = b'\n').print();",
        &["1:28 SP0110 `comment` cannot be a quote or a line end | write for example `comment = b';'`"],
    );
    check(
        "stdin().csv::<T>(comment = b',').print();",
        &["1:28 SP0110 `comment` cannot be the delimiter | write for example `comment = b'#'`"],
    );
    check(
        r#"stdin().csv::<T>(null = "").print();"#,
        &[
            "1:25 SP0110 an empty `null` says nothing: an empty field is `None` without it | write for example `null = \"NA\"`",
        ],
    );
    check(
        r#"stdin().csv::<T>(delimiter = ";", comment = '#').print();"#,
        &[
            "1:30 SP0110 `delimiter` is one byte | write for example `delimiter = b';'`",
            "1:45 SP0110 `comment` is one byte | write for example `comment = b'#'`",
        ],
    );
    check(
        r#"stdin().csv::<T>(delimiter = "\t").print();"#,
        &["1:30 SP0110 `delimiter` is one byte | write for example `delimiter = b'\\t'`"],
    );
    check(
        "stdin().csv::<T>(trim = yes).print();",
        &["1:25 SP0101 unknown value `yes` of `trim` | choose from `true`, `false`"],
    );
    check(
        "stdin().json::<T>(max_record = 2GiB).print();",
        &["1:32 SP0108 `2147483648B` is out of range | a record has 1GiB at most, as it is held in memory as a whole"],
    );
    check(
        "stdin().csv::<T>(skip = 1).print();",
        &[
            "1:18 SP0101 unknown option `skip` of `csv` | choose from `comment`, `delimiter`, `flexible`, `header`, `max_record`, `null`, `on_error`, `trim`",
        ],
    );
    check(
        r#"stdin().csv::<T>(header = false, delimiter = b';', null = "NA", comment = b'#', trim = true, flexible = true, max_record = 1MiB).print();"#,
        &[],
    );
}

#[test]
fn options_about_cuts_do_nothing_for_messages() {
    check(
        "kafka(\"a\").brokers(b).json::<T>(max_record = 1MiB).print();",
        &["1:33 SP0104 `max_record` does nothing here: a message is a record as it comes | remove it"],
    );
    check(
        "kafka(\"a\").brokers(b).csv::<T>(header = false, comment = b'#').print();",
        &["1:48 SP0104 `comment` does nothing here: a message is a record as it comes | remove it"],
    );
}

#[test]
fn decodes_of_one_source_agree() {
    check(
        "let raw = stdin(); raw.lines().print(); raw.csv::<T>().print();",
        &[
            "1:45 SP0104 `csv` and `lines` of one source: a CSV row and a line do not end in the same place | read the source twice, each with its own decode",
        ],
    );
    check(
        "let raw = stdin(); raw.csv::<T>().print(); raw.csv::<U>(trim = true).print();",
        &[
            "1:48 SP0104 the decodes of one source differ in `trim`, which says where its records are | write it alike in each of them",
        ],
    );
    check(
        "let raw = stdin(); raw.csv::<T>(null = \"NA\").print(); raw.csv::<U>().print();",
        &[],
    );
    check("let raw = stdin(); raw.lines().print(); raw.json::<U>().print();", &[]);
}

#[test]
fn options_of_formats() {
    check(
        "stdin().lines().to(files(d).csv().non_finite(null));",
        &["1:35 SP0110 `non_finite` does nothing without `.jsonl()` | add `.jsonl()`, or remove it"],
    );
    check(
        "stdin().lines().to(files(d).jsonl().columns([\"a\"]));",
        &["1:37 SP0110 `columns` does nothing without `.csv()` | add `.csv()`, or remove it"],
    );
    check(
        "stdin().lines().to(kafka(t).brokers(b).non_finite(null));",
        &["1:40 SP0110 `non_finite` does nothing without `.json()` | add `.json()`, or remove it"],
    );
    check(
        "stdin().lines().to(kafka(t).brokers(b).json().timestamp(original));",
        &["1:47 SP0110 `timestamp` and `json` exclude each other | keep one of them"],
    );
    check(
        "stdin().lines().on_error(dead_letter(kafka(t).brokers(b).timestamp(original))).print();",
        &[],
    );
    check(
        "stdin().lines().to(kafka(t).brokers(b).on_error(dead_letter(files(d).jsonl())));",
        &[
            "1:40 SP0104 `kafka` without `.json()` takes text and bytes, which no dead letter can hold | add `.json()`, or use `on_error(skip)`",
        ],
    );
    check("stdin().lines().to(kafka(t).brokers(b).on_error(skip));", &[]);
    check(
        "stdin().lines().to(files(d).jsonl().on_error(ignore));",
        &["1:46 SP0101 unknown error policy `ignore` | choose from `fail`, `skip`, `dead_letter`"],
    );
    check(
        "stdin().lines().to(files(d).jsonl().non_finite(nil));",
        &["1:48 SP0101 unknown value `nil` of `non_finite` | choose from `fail`, `null`, `text`"],
    );
}
