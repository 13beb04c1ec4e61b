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

#[test]
fn state_by_hand_is_typed_bounded_and_named() {
    check(
        "let x = stdin().lines().key_by(f).state(ttl = 1h).on_event(g); x.print();",
        &[
            "1:35 SP0110 `state` needs the type of what it keeps for a key | write `.state::<S>(…)`, where `S` is the type",
        ],
    );
    check(
        "let x = stdin().lines().key_by(f).state::<S>().on_event(g); x.print();",
        &[
            "1:35 SP0105 the state of `state` has no bound | write `state(ttl = 1h)`, or `state(unbounded)` if keys are few",
        ],
    );
    check(
        "stdin().lines().key_by(f).state::<S>(ttl = 1h).on_event(g).print();",
        &[
            "1:48 SP0106 `on_event` keeps state, so it needs a name | bind it: `let NAME = …;`, then `NAME.to(…)` or `NAME.print()`",
        ],
    );
    check(
        "let x = stdin().lines().key_by(f).state::<S>(unbounded).on_event(g).on_timer(h); x.print();",
        &[],
    );
}

#[test]
fn cx_offers_what_there_is() {
    let time = "needs event time, and this stream has none | add `.event_time(|record| …, max_delay = 30s)` before `.key_by(…)`";
    let pipeline = |source: &str, functions: &str| {
        format!("let x = {source}.key_by(f).state::<S>(ttl = 1h){functions}; x.print();")
    };
    let timed = "memory(v).event_time(t, max_delay = 1s)";
    check(
        &pipeline("memory(v)", ".on_event(|s, e, cx| cx.set_timer(3)).on_timer(h)"),
        &[&format!("1:73 SP0103 `set_timer` {time}")],
    );
    check(
        &pipeline(
            "memory(v)",
            ".on_event(g).on_timer(|s, now| if now.is_late() { s.n = now.watermark(); })",
        ),
        &[&format!("1:87 SP0103 `is_late` {time}")],
    );
    let missing = "and there is no `on_timer` that it is for | write `.on_timer(…)` directly behind `.on_event(…)`";
    check(
        &pipeline(
            "memory(v)",
            ".on_event(|s, e, cx| { cx.emit(1); cx.batch_timer(4).set(3) })",
        ),
        &[&format!("1:87 SP0110 `batch_timer`, {missing}")],
    );
    for fine in [
        pipeline(timed, ".on_event(|s, e, cx| cx.emit(cx.event_time()))"),
        pipeline(
            timed,
            ".on_event(|s, e, cx: &Cx| cx.set_timer(1)).on_timer(|s, cx| { cx.emit(1); cx.cancel_timer() })",
        ),
        pipeline("memory(v)", ".on_event(|s, e, cx| cx.emit(e.all.map(|cx| cx.timer())))"),
        pipeline("memory(v)", ".on_event(|s, timer, cx| cx.emit(timer.watermark()))"),
    ] {
        check(&fine, &[]);
    }
}

#[test]
fn what_gives_no_rows_is_no_stream() {
    let pipeline = |functions: &str| format!("let x = memory(v).key_by(f).state::<S>(ttl = 1h){functions}; x.print();");
    let silent = "1:50 SP0110 `on_event` gives no rows | call `cx.emit(row)`, which may stand in `on_timer` as well";
    check(&pipeline(".on_event(|s, e, _| s.n += 1)"), &[silent]);
    check(
        &pipeline(".on_event(|s, e, cx| cx.set_batch_timer(cx.batch_time())).on_timer(|s, cx| cx.clear())"),
        &[silent],
    );
    for fine in [
        ".on_event(g)",
        ".on_event(|s, e, cx| g(s, e, cx))",
        ".on_event(|s, e, cx| e.all.each(|e| cx.emit(e)))",
        ".on_event(|s, e, cx| emit!(cx, e))",
        ".on_event(|s, e, _| s.n += 1).on_timer(|s, cx| cx.emit(s.n))",
    ] {
        check(&pipeline(fine), &[]);
    }
}
