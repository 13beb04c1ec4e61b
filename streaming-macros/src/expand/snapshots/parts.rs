fn pipeline() {
    {
        #[allow(unused_imports)]
        use ::streaming_runtime::{
            op as __op, agg as __agg, source as __source, sink as __sink,
            __private as __rt,
        };
        #[allow(unused_imports)]
        use __rt::{
            AlteredKind as _, BegunKind as _, CapturedKind as _, DebugKind as _,
            DisplayKind as _, DistinctKind as _, FarKind as _, FloatKind as _,
            IndistinctKind as _, KeptKind as _, Lent as _, Meta as _, NearKind as _,
            OrderedKind as _, PlainKind as _, ResultKind as _, TextKind as _,
            ThreadSafeKind as _, UnalteredKind as _, UnbegunKind as _,
            UnkeptDistinctKind as _, UnkeptKind as _, UnkeptOrderedKind as _,
            UnorderedKind as _, ValueKind as _,
        };
        let settings = ::streaming_runtime::Settings::new("pipeline");
        let i0 = __source::memory(values);
        let k3 = __rt::SinkEdge::new("short.print", 3, __sink::print());
        let k4 = __rt::SinkEdge::new("upper.print", 4, __sink::print());
        let k6 = __rt::SinkEdge::new("digit.print", 6, __sink::print());
        let k7 = __rt::SinkEdge::new(
            "rest.collect",
            7,
            __sink::to(__sink::collect(handle)),
        );
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (
                __rt::SinkEdge::outlet(&k3, 0),
                (
                    __rt::SinkEdge::outlet(&k4, 0),
                    (
                        __rt::SinkEdge::outlet(&k6, 0),
                        (__rt::SinkEdge::outlet(&k7, 0), ()),
                    ),
                ),
            ),
            move |chunk, task, (k3, (k4, (k6, (k7, ()))))| {
                let mut n0 = 0u64;
                let mut n2 = 0u64;
                let mut n3 = 0u64;
                let mut n4 = 0u64;
                let mut n5 = 0u64;
                let mut n7 = 0u64;
                let fates = &mut __rt::Fates::new();
                for (row, (meta, record)) in __rt::numbered(
                    __rt::Records::records({ chunk }),
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    task.enter(1);
                    if __op::split({ &record }, |word| word.len() > 3) {
                        n2 += 1;
                        task.enter(2);
                        if __op::branch({ &record }, |word| upper(word)) {
                            n4 += 1;
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k4 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        } else if __op::branch(
                            { &record },
                            |given| __op::with(
                                given,
                                { &meta },
                                |word, meta| meta.offset() > digit(word),
                            ),
                        ) {
                            n5 += 1;
                            task.enter(5);
                            __op::inspect({ &record }, |word| look(word));
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k6 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        } else {
                            n7 += 1;
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k7 },
                                __rt::Lent::own(
                                    (&&&&__rt::Ask::about({ &record }))
                                        .__kind()
                                        .lend({ record }),
                                ),
                                task,
                            );
                        }
                    } else {
                        n3 += 1;
                        fates.used();
                        __sink::Accept::put(
                            { &mut *k3 },
                            (&__rt::Ask::about({ &record }))
                                .__printed()
                                .text({ &record }),
                            task,
                        );
                    }
                    fates.end();
                }
                task.count(0, n0);
                task.count(2, n2);
                task.count(3, n3);
                task.count(4, n4);
                task.count(5, n5);
                task.count(7, n7);
                task.fates(fates.total());
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted(
                        "words",
                        "memory",
                        __rt::Role::Source,
                        0,
                        &[],
                        "values",
                        2,
                    ),
                    __rt::operator(
                        "long-short",
                        "split",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(0, "")],
                        "",
                        3,
                    ),
                    __rt::counted(
                        "upper-digit-rest",
                        "branch",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(1, "0")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "short.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(1, "1")],
                        "",
                        5,
                    ),
                    __rt::counted(
                        "upper.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(2, "0")],
                        "",
                        6,
                    ),
                    __rt::counted(
                        "digit.inspect",
                        "inspect",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(2, "1")],
                        "",
                        7,
                    ),
                    __rt::operator(
                        "digit.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(5, "")],
                        "",
                        7,
                    ),
                    __rt::counted(
                        "rest.collect",
                        "collect",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(2, "2")],
                        "handle",
                        8,
                    ),
                ],
            };
            &PLAN
        };
        __rt::Pipeline::new(
            plan,
            settings,
            __rt::list([]),
            (s0, ()),
            (k3, (k4, (k6, (k7, ())))),
        )
    }
}
