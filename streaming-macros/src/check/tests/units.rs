//! SP0108: units and ranges.

use super::check;

#[test]
fn durations() {
    let delay = |text: &str| format!("memory(v).event_time(f, max_delay = {text}).print();");
    check(&delay("10sec"), &["1:37 SP0108 unknown unit in `10sec` | write `10s`"]);
    check(&delay("5m"), &["1:37 SP0108 unknown unit in `5m` | write `5min`"]);
    check(&delay("1hr"), &["1:37 SP0108 unknown unit in `1hr` | write `1h`"]);
    check(&delay("30"), &["1:37 SP0108 `30` has no unit | write `30s`"]);
    check(
        &delay("3KiB"),
        &["1:37 SP0108 `3KiB` is a size | units of time are `us`, `ms`, `s`, `min`, `h` and `d`"],
    );
    check(
        &delay("-1s"),
        &["1:37 SP0108 `-1s` is out of range | it must be more than zero"],
    );
    check(
        &delay("0.0000001s"),
        &["1:37 SP0108 `0.0000001s` is not a whole number of microseconds | use a smaller unit"],
    );
    check(&delay("1.5s"), &[]);
    check(&delay("delay * 2"), &[]);
}

#[test]
fn settings() {
    let set = |text: &str| format!("settings({text}); stdin().print();");
    check(
        &set("batch_interval = 0s"),
        &["1:27 SP0108 `0s` is out of range | it must be more than zero"],
    );
    check(
        &set("batch_interval = 99999999999999999d"),
        &["1:27 SP0108 `99999999999999999d` is out of range | it is more than this version can count"],
    );
    check(
        &set("max_batch_bytes = 64MB"),
        &["1:28 SP0108 unknown unit in `64MB` | write `64MiB`"],
    );
    check(
        &set("threads = 0"),
        &["1:20 SP0108 `0` is out of range | it must be more than zero"],
    );
    check(
        &set("threads = 4s"),
        &["1:20 SP0108 `4s` is a time | write a plain number"],
    );
    check(
        &set("key_partitions = 48"),
        &["1:27 SP0108 `48` is not a power of two | write `64`"],
    );
    check(&set("threads = num_cpus()"), &[]);
}

#[test]
fn numbers_that_are_not_quite_units() {
    let set = |text: &str| format!("settings({text}); stdin().print();");
    check(
        &set("batch_interval = 1 s"),
        &["1:27 SP0108 unexpected space in `1 s` | write `1s`"],
    );
    check(
        &set("batch_interval = \"1s\""),
        &["1:27 SP0108 expected a number, found the text `1s` | write for example `1s`, without quotes"],
    );
    check(
        &set("batch_interval = 1s + 500ms"),
        &[
            "1:27 SP0108 `1s` inside an expression | a unit stands in an argument of its own only: write a `Duration` or a plain number here",
        ],
    );
    check(
        "memory(v).filter(|x| x.age > 30s).map(|x| unit!(30s)).print();",
        &[
            "1:30 SP0108 `30s` inside an expression | a unit stands in an argument of its own only: write a `Duration` or a plain number here",
        ],
    );
    check(
        &set("threads = 1.5"),
        &["1:20 SP0108 `1.5` is not a whole number | write a whole number"],
    );
}

#[test]
fn options_without_their_names() {
    check(
        "let a = memory(v).key_by(f).running(1h).count(); a.print();",
        &["1:37 SP0110 the option `ttl` is given without its name | write `ttl = 1h`"],
    );
    check(
        "rate(100, 10).print();",
        &["1:11 SP0110 the option `count` is given without its name | write `count = 10`"],
    );
}
