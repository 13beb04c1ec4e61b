//! SP0101: names of operators, sources, sinks, streams and settings.

use super::check;

#[test]
fn unknown_operators() {
    check(
        "stdin().lines().fitler(|x| x).print();",
        &["1:17 SP0101 unknown operator `fitler` | did you mean `filter`?"],
    );
    check(
        "stdin().lines().group_by(|x| x).print();",
        &["1:17 SP0101 unknown operator `group_by` | did you mean `key_by`?"],
    );
    check(
        "stdin().lines().dedup(|x| x, within = 1h).print();",
        &[
            "1:17 SP0101 unknown operator `dedup` | there is none yet: keep one record a key, `.key_by(…).window(tumbling(1min)).agg(first(|record| …))`",
        ],
    );
    check(
        "stdin().lines().frobnicate().print();",
        &[
            "1:17 SP0101 unknown operator `frobnicate` | choose from `map`, `filter`, `filter_map`, `flat_map`, `inspect`, `split`, `branch`, `event_time`, `key_by`, `join`, `late`, …",
        ],
    );
    check(
        "stdin().lines().key_by(|x| x).process(f).print();",
        &[
            "1:31 SP0101 unknown operator `process` | write `.key_by(…).state::<S>(ttl = 1h).on_event(|state, record, cx| …)`, with `.on_timer(|state, cx| …)` for timers",
        ],
    );
    check(
        "kafka(\"a\").brokers(b).avro::<T>().on_error(skip).print();",
        &[
            "1:23 SP0101 unknown operator `avro` | this format is not there yet: there are `.lines()`, `.json::<T>()` and `.csv::<T>()`",
        ],
    );
}

#[test]
fn unknown_sources() {
    check(
        "kafak(\"a\").brokers(b).json::<T>().print();",
        &["1:1 SP0101 unknown source `kafak` | did you mean `kafka`?"],
    );
    check(
        "let a = kafak(\"a\"); a.json::<T>().print();",
        &["1:9 SP0101 unknown source `kafak` | did you mean `kafka`?"],
    );
    check(
        "kinesis(stream).json::<T>().print();",
        &[
            "1:1 SP0101 unknown source `kinesis` | this source is not there yet: write one of your own, and begin with `source(…)`",
        ],
    );
}

#[test]
fn unknown_streams() {
    check(
        "let orders = stdin().lines(); ordrs.to(collect(h));",
        &["1:31 SP0101 unknown stream `ordrs` | did you mean `orders`?"],
    );
    check(
        "let a = stdin().lines(); union(a, bee).print();",
        &["1:35 SP0101 unknown stream `bee` | there is only `a`"],
    );
    let only = "SP0101 unknown stream `refunds` | there is only `orders`";
    for (at, read) in [
        ("1:48", "refunds.map(f).print();"),
        ("1:48", "refunds.to(collect(h));"),
        (
            "1:56",
            "let x = refunds.filter(f); x.key_by(g).batch().count().print();",
        ),
        ("1:48", "refunds.key_by(f).batch().count().print();"),
    ] {
        let pipeline = format!("let orders = stdin().lines(); orders.print();  {read}");
        let expected = format!("{at} {only}");
        check(&pipeline, &[&expected]);
    }
    check(
        "let orders = stdin(); orders.print(); report.print(); let n = words.map(f); n.count();",
        &[],
    );
}

#[test]
fn unknown_sinks_and_formats() {
    check(
        "stdin().to(kafak(\"a\"));",
        &["1:12 SP0101 unknown sink `kafak` | did you mean `kafka`?"],
    );
    check(
        "stdin().to(postgres(table));",
        &["1:12 SP0101 unknown sink `postgres` | this sink is not there yet: write one of your own, `.to(sink(…))`"],
    );
    check(
        "let out = files(d).lines(); stdin().lines().to(out);",
        &[
            "1:48 SP0101 `out` is a stream, not a sink | write the sink itself: `.to(files(dir).jsonl())`, `.to(kafka(topic).json())`, `.to(sink(…))`",
        ],
    );
    check(
        "stdin().lines().to(somewhere(1));",
        &["1:20 SP0101 unknown sink `somewhere` | choose from `kafka`, `files`, `collect`, `sink`"],
    );
    check(
        "stdin().to(files(dir).parquet());",
        &[
            "1:23 SP0101 unknown option `parquet` of `files` | choose from `jsonl`, `csv`, `non_finite`, `on_error`, `columns`, `roll`",
        ],
    );
    check(
        "stdin().to(collect(h).json());",
        &["1:23 SP0101 unknown option `json` of `collect` | `collect` has no options"],
    );
    check("stdin().to(files);", &["1:12 SP0100 expected `(` behind `files`"]);
    check(
        "stdin().to(\"x\");",
        &["1:12 SP0110 expected a sink, found a text | write files with `to(files(\"x\").jsonl())`"],
    );
    check(
        "stdin().to();",
        &["1:9 SP0110 `to` takes 1 argument, 0 given | write `to(files(dir).jsonl())`"],
    );
}

#[test]
fn unknown_options_and_values() {
    check(
        "memory(v).event_time(|x| x.t, maxdelay = 1s).print();",
        &["1:31 SP0101 unknown option `maxdelay` of `event_time` | did you mean `max_delay`?"],
    );
    check(
        "stdin().lines().map(f, x = 3).print();",
        &["1:24 SP0101 unknown option `x` of `map` | `map` has no options"],
    );
    check(
        "kafka(topic = \"a\", brokers = b).print();",
        &["1:7 SP0101 `topic` of `kafka` is not an option | write the value alone, without `topic =`"],
    );
    check(
        "kafka(\"a\", brokers = b, start = erliest).print();",
        &["1:33 SP0101 unknown value `erliest` of `start` | did you mean `earliest`?"],
    );
    check(
        "files(g).csv::<T>(header = 1).print();",
        &["1:28 SP0101 unknown value `1` of `header` | choose from `true`, `false`"],
    );
    check(
        "files(g).json::<T>().on_error(ignore).print();",
        &["1:31 SP0101 unknown error policy `ignore` | choose from `fail`, `skip`, `dead_letter`"],
    );
    check(
        "memory(v).key_by(f).running(unbound).count().print();",
        &[
            "1:29 SP0101 unknown value `unbound` of `running` | did you mean `unbounded`?",
            "1:38 SP0106 `count` keeps state, so it needs a name | bind it: `let NAME = …;`, then `NAME.to(…)` or `NAME.print()`",
        ],
    );
}

#[test]
fn unknown_settings() {
    check(
        "settings(batch_intervall = 1s); stdin().print();",
        &["1:10 SP0101 unknown setting `batch_intervall` | did you mean `batch_interval`?"],
    );
    check(
        "settings(guarantee = sometimes, trigger = never); stdin().print();",
        &[
            "1:22 SP0101 unknown value `sometimes` of `guarantee` | choose from `at_least_once`, `exactly_once`",
            "1:43 SP0101 unknown value `never` of `trigger` | choose from `interval`, `asap`, `available_now`",
        ],
    );
    check(
        "settings(1s); stdin().print();",
        &["1:10 SP0110 `settings` takes named arguments only | write for example `settings(batch_interval = 1s)`"],
    );
    check(
        "settings(name = 5); stdin().print();",
        &["1:17 SP0110 expected a text | write for example `name = \"orders\"`"],
    );
    check(
        "settings(threads = 1, threads = 2); stdin().print();",
        &["1:23 SP0110 setting `threads` is given twice | keep one of them"],
    );
}

#[test]
fn words_of_others() {
    check(
        "stdin().lines().key_by(f).reduceByKey(g).print();",
        &[
            "1:27 SP0101 unknown operator `reduceByKey` | write `.key_by(…).batch().reduce(|a, b| …)`, or another scope than `batch`",
        ],
    );
    check(
        "stdin().lines().files(\"out\");",
        &["1:17 SP0101 `files` is a sink, not an operator | write `.to(files(…))`"],
    );
    check(
        "stdin().to(stdout());",
        &["1:12 SP0101 unknown sink `stdout` | write `.print()` in place of `.to(…)`"],
    );
    check(
        "stdin().to(jsonl(\"out\"));",
        &["1:12 SP0101 `jsonl` is a format, not a sink | write `.to(files(…).jsonl())`"],
    );
    check(
        "stdin().settings(threads = 3).print();",
        &["1:9 SP0101 `settings` is a statement, not an operator | write `settings(…);` above the streams"],
    );
    check("let merged = merge(one, two).map(|n| n + 1); stdin().print();", &[]);
}

#[test]
fn streams_given_to_what_is_unknown_have_a_reader() {
    let known = "joins go by a range of time";
    let found = super::mistakes("let a = stdin().lines(); let b = stdin().lines(); a.cogroup(b).print();");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("unknown operator `cogroup`") && found[0].contains(known),
        "{found:?}"
    );
}

#[test]
fn old_names() {
    check(
        "#[was = \"b\"] let a = stdin().lines(); let b = a.map(|x| x); b.print();",
        &[
            "1:9 SP0106 stream `b` is still there | `#[was]` takes the name of a stream that was renamed: one that is still there keeps what the checkpoint has of it",
        ],
    );
    check(
        "#[was = \"c\"] let a = stdin(); #[was = \"c\"] let b = a.lines().key_by(|x| x).running(unbounded).count(); b.print();",
        &["1:39 SP0106 `c` is given as an old name twice | what a checkpoint has under a name goes to one stream"],
    );
    check(
        "let a = stdin().lines(); #[was = \"c\"] let b = a.map(|x| x); b.map(|x| x).print();",
        &[],
    );
    check(
        "let a = stdin().lines(); #[was = \"c\"] let b = a.map(|x| x); let d = b.map(|x| x); d.print();",
        &[
            "1:34 SP0106 a checkpoint keeps nothing of `b` | remove `#[was]`: it renames sources, `event_time`, sinks and what keeps state, and here is none of these",
        ],
    );
}

#[test]
fn resets() {
    check(
        "#[reset = \"why\"] let a = stdin().lines(); a.print();",
        &["1:11 SP0106 `a` keeps no state that could begin anew | put `#[reset]` before the `let` of the aggregate"],
    );
    check(
        "#[reset = \" \"] let a = stdin().lines().key_by(|x| x).running(unbounded).count(); a.print();",
        &[
            "1:11 SP0106 `reset` needs a text that says why | the checkpoint notes it, so that state begins anew once: `#[reset = \"2026-03-01 wrong rates\"]`",
        ],
    );
    check(
        "#[reset = \"a\"] #[reset = \"b\"] let a = stdin().lines(); a.print();",
        &[
            "1:16 SP0106 a stream takes one `#[reset]` | keep the newest one: the checkpoint remembers the last that was carried out",
        ],
    );
    check(
        "#[reset = \"why\"] stdin().lines().print();",
        &[
            "1:1 SP0100 unexpected attribute on a stream | a stream takes doc comments, `#[cfg(…)]`, `#[allow(…)]`, and before `let` also `#[was = \"old_name\"]` and `#[reset = \"why\"]`",
        ],
    );
}
