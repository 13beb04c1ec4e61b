//! SP0103, SP0105, SP0106, SP0113: time, state and updates.

use super::check;

#[test]
fn windows_need_event_time() {
    check(
        "let a = memory(v).key_by(f).window(tumbling(1min)).count();
         let b = a.key_by(f).window(tumbling(1h)).count();
         b.print();",
        &[
            "1:29 SP0103 `window` needs event time, and this stream has none | add `.event_time(|record| …, max_delay = 30s)` before `.key_by(…)`",
        ],
    );
    check(
        "let a = memory(v).event_time(f, max_delay = 1s).key_by(f).batch().count();
         let b = a.key_by(f).window(tumbling(1h)).count();
         b.print();",
        &[
            "2:30 SP0103 `window` needs event time, and `batch` further up ends it | add `.event_time(|record| …, max_delay = 30s)` behind it",
        ],
    );
    check(
        "let a = memory(v).event_time(f, max_delay = 1s);
         let b = union(a, memory(w)).key_by(f).window(tumbling(1h)).count();
         b.print();",
        &[
            "2:48 SP0103 `window` needs event time, and not every stream of the union has it | add `.event_time(…)` to each stream, or once behind `union(…)`",
        ],
    );
}

#[test]
fn windows_have_a_shape() {
    let window = |shape: &str| {
        format!("let a = memory(v).event_time(f, max_delay = 1s).key_by(f).window({shape}).count(); a.print();")
    };
    check(
        &window("1min"),
        &["1:66 SP0110 expected the shape of the window | write for example `window(tumbling(1min))`"],
    );
    check(
        &window("sliding(1h, every = 7min)"),
        &[
            "1:86 SP0109 `every`, `7min`, does not divide the size of the window, `1h` | write for example `every = 6min`",
        ],
    );
    check(
        &window("hopping(1h)"),
        &["1:66 SP0101 unknown window `hopping` | write `window(sliding(10min, every = 1min))`"],
    );
    check(
        &window("tumblin(1h)"),
        &["1:66 SP0101 unknown window `tumblin` | did you mean `tumbling`?"],
    );
    check(
        &window("tumbling(0s)"),
        &["1:75 SP0109 a window of no length | write for example `tumbling(1min)`"],
    );
    check(
        &window("tumbling(5m)"),
        &["1:75 SP0108 unknown unit in `5m` | write `5min`"],
    );
    check(
        &window("tumbling()"),
        &["1:66 SP0110 `tumbling` takes 1 argument, 0 given | write `tumbling(1min)`"],
    );
    check(
        &window(""),
        &["1:59 SP0110 `window` takes 1 argument, 0 given | write `window(tumbling(1min))`"],
    );
}

#[test]
fn state_is_bounded_and_named() {
    check(
        "let a = memory(v).key_by(f).running().count(); a.print();",
        &[
            "1:29 SP0105 the state of `running` has no bound | write `running(ttl = 1h)`, or `running(unbounded)` if keys are few",
        ],
    );
    check(
        "let a = memory(v).key_by(f).running(unbounded, ttl = 1h).count(); a.print();",
        &["1:48 SP0110 `ttl` and `unbounded` exclude each other | keep one of them"],
    );
    check(
        "memory(v).key_by(f).running(ttl = 1h).count().print();",
        &[
            "1:39 SP0106 `count` keeps state, so it needs a name | bind it: `let NAME = …;`, then `NAME.to(…)` or `NAME.print()`",
        ],
    );
}

#[test]
fn files_cannot_update() {
    check(
        "let a = memory(v).key_by(f).running(ttl = 1h).count(); a.map(f).to(files(d).csv());",
        &[
            "1:68 SP0113 `files` can only append, and this stream updates what it wrote before | write it to `kafka(…)`, or aggregate over `.window(…)` or `.batch()` in place of `.running(…)`",
        ],
    );
}
