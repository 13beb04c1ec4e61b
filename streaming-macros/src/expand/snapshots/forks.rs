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
        let k3 = __rt::SinkEdge::new("numbers.print", 3, __sink::print());
        let k5 = __rt::SinkEdge::new("numbers.print.2", 5, __sink::print());
        let k7 = __rt::SinkEdge::new("numbers.print.3", 7, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (
                __rt::SinkEdge::outlet(&k3, 0),
                (__rt::SinkEdge::outlet(&k5, 0), (__rt::SinkEdge::outlet(&k7, 0), ())),
            ),
            move |chunk, task, (k3, (k5, (k7, ())))| {
                let mut n0 = 0u64;
                let mut n2 = 0u64;
                let mut n6 = 0u64;
                let fates = &mut __rt::Fates::new();
                for (row, (_, record)) in __rt::numbered(
                    __rt::Records::records({ chunk }),
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    task.enter(1);
                    let record = __op::map({ record }, |n| *n);
                    {
                        task.enter(2);
                        if __op::filter({ &record }, |n| *n > 1) {
                            n2 += 1;
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k3 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        }
                    }
                    {
                        task.enter(4);
                        let record = __op::map(__op::fork({ &record }), |n| n + 1);
                        fates.used();
                        __sink::Accept::put(
                            { &mut *k5 },
                            (&__rt::Ask::about({ &record }))
                                .__printed()
                                .text({ &record }),
                            task,
                        );
                    }
                    {
                        task.enter(6);
                        for record in __op::flat_map({ record }, |n| 0..n) {
                            n6 += 1;
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k7 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        }
                    }
                    fates.end();
                }
                task.count(0, n0);
                task.count(2, n2);
                task.count(6, n6);
                task.fates(fates.total());
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted(
                        "numbers",
                        "memory",
                        __rt::Role::Source,
                        0,
                        &[],
                        "values",
                        2,
                    ),
                    __rt::operator(
                        "numbers",
                        "map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(0, "")],
                        "",
                        2,
                    ),
                    __rt::counted(
                        "numbers.filter",
                        "filter",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "numbers.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(2, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "numbers.map",
                        "map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "numbers.print.2",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(4, "")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "numbers.flat_map",
                        "flat_map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        5,
                    ),
                    __rt::operator(
                        "numbers.print.3",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(6, "")],
                        "",
                        5,
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
            (k3, (k5, (k7, ()))),
        )
    }
}
