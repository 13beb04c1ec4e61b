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
        let c1 = __rt::Clock::new(
            __rt::Duration::from_millis(0u64),
            ::core::option::Option::None,
            ::core::option::Option::None,
        );
        let i2 = __source::channel(receiver);
        let c3 = __rt::Clock::new(
            __rt::Duration::from_millis(1000u64),
            ::core::option::Option::None,
            ::core::option::Option::None,
        );
        let w6 = __op::window(__op::tumbling(__rt::Duration::from_millis(1000u64)));
        let x7 = __rt::Exchange::windowed(w6, &[&c1, &c3]);
        __rt::Exchange::combine_with(&x7, __rt::Merge);
        let k8 = __rt::SinkEdge::new("counts.print", 8, __sink::print());
        let k12 = __rt::SinkEdge::new("union.print", 12, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            __source::merge(i0, i2),
            (
                ::core::clone::Clone::clone(&c1),
                (
                    ::core::clone::Clone::clone(&c3),
                    (
                        ::core::clone::Clone::clone(&x7),
                        (__rt::SinkEdge::outlet(&k12, 0), ()),
                    ),
                ),
            ),
            move |chunk, task, (c1, (c3, (x7, (k12, ()))))| {
                let mut n0 = 0u64;
                let mut n2 = 0u64;
                let mut n4 = 0u64;
                let mut n10 = 0u64;
                let mut n11 = 0u64;
                let fates = &mut __rt::FateTable::new();
                let mut u4 = __op::union();
                match chunk {
                    __source::Either::Left(chunk) => {
                        for (row, (_, record)) in __rt::numbered(
                            __rt::Records::records({ chunk }),
                        ) {
                            task.row(row as u64);
                            fates.begin(row);
                            n0 += 1;
                            task.enter(1);
                            let at = __op::event_time({ &record }, |n| *n);
                            if !c1.see(at) {
                                task.ahead(1, at);
                            }
                            {
                                let __record = { record };
                                ::std::vec::Vec::push(&mut u4, ((row, at), __record));
                            }
                            fates.end();
                        }
                    }
                    __source::Either::Right(chunk) => {
                        for (row, (_, record)) in __rt::numbered(
                            __rt::Records::records({ chunk }),
                        ) {
                            task.row(row as u64);
                            fates.begin(row);
                            n2 += 1;
                            task.enter(3);
                            let at = __op::event_time({ &record }, |n| *n);
                            if !c3.see(at) {
                                task.ahead(3, at);
                            }
                            {
                                let __record = {
                                    #[allow(non_camel_case_types)]
                                    struct a;
                                    #[allow(non_camel_case_types)]
                                    struct b;
                                    let __record = { record };
                                    __op::alike::<a, b, _, _>({ &u4 }, __record)
                                };
                                ::std::vec::Vec::push(&mut u4, ((row, at), __record));
                            }
                            fates.end();
                        }
                    }
                }
                let mut u11 = __op::union();
                for ((row, at), record) in u4 {
                    task.row(row as u64);
                    fates.begin(row);
                    n4 += 1;
                    {
                        task.enter(5);
                        if let ::core::option::Option::Some(slice) = x7.slice(at) {
                            fates.used();
                            __agg::count(
                                x7
                                    .slot(
                                        slice,
                                        __rt::Key::given(__op::key_by({ &record }, |n| n % 2)),
                                    ),
                            );
                        } else {
                            task.late(7);
                            fates.late();
                        }
                    }
                    {
                        task.enter(9);
                        let record = __op::map(__op::fork({ &record }), |n| n + 1);
                        {
                            let __record = { record };
                            ::std::vec::Vec::push(&mut u11, ((at,), __record));
                        }
                    }
                    {
                        task.enter(10);
                        for record in __op::flat_map({ record }, |n| 0..n) {
                            n10 += 1;
                            {
                                let __record = {
                                    #[allow(non_camel_case_types)]
                                    struct both_map;
                                    #[allow(non_camel_case_types)]
                                    struct both_flat_map;
                                    let __record = { record };
                                    __op::alike::<
                                        both_map,
                                        both_flat_map,
                                        _,
                                        _,
                                    >({ &u11 }, __record)
                                };
                                ::std::vec::Vec::push(&mut u11, ((at,), __record));
                            }
                        }
                    }
                    for ((_,), record) in u11.drain(..) {
                        n11 += 1;
                        fates.used();
                        __sink::Accept::put(
                            { &mut *k12 },
                            (&__rt::Ask::about({ &record }))
                                .__printed()
                                .text({ &record }),
                            task,
                        );
                    }
                }
                task.count(0, n0);
                task.count(2, n2);
                task.count(4, n4);
                task.count(10, n10);
                task.count(11, n11);
                task.fates(fates.total());
            },
        );
        #[allow(unused_braces)]
        let s1 = __rt::KeyedStage::new(
            &x7,
            w6,
            __rt::Parts,
            (__rt::SinkEdge::outlet(&k8, 1), ()),
            move |key, window, state, task, (k8, ())| {
                let record = (key, window, state.finish());
                task.count(7, 1);
                __sink::Accept::put(
                    { &mut *k8 },
                    (&__rt::Ask::about({ &record })).__printed().text({ &record }),
                    task,
                );
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted(
                        "a",
                        "memory",
                        __rt::Role::Source,
                        0,
                        &[],
                        "values",
                        2,
                    ),
                    __rt::operator(
                        "a",
                        "event_time",
                        __rt::Role::Time,
                        0,
                        &[__rt::input(0, "")],
                        "max_delay = 0ns",
                        2,
                    ),
                    __rt::counted(
                        "b",
                        "channel",
                        __rt::Role::Source,
                        0,
                        &[],
                        "receiver",
                        3,
                    ),
                    __rt::operator(
                        "b",
                        "event_time",
                        __rt::Role::Time,
                        0,
                        &[__rt::input(2, "")],
                        "max_delay = 1s",
                        3,
                    ),
                    __rt::counted(
                        "both",
                        "union",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(1, ""), __rt::input(3, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "counts.key_by",
                        "key_by",
                        __rt::Role::Key,
                        0,
                        &[__rt::input(4, "")],
                        "",
                        5,
                    ),
                    __rt::operator(
                        "counts.window",
                        "window",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(5, "")],
                        "tumbling(1s)",
                        5,
                    ),
                    __rt::stateful(
                        "counts",
                        "count",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(6, "")],
                        "",
                        5,
                    ),
                    __rt::operator(
                        "counts.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(7, "")],
                        "",
                        6,
                    ),
                    __rt::operator(
                        "union.map",
                        "map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(4, "")],
                        "",
                        7,
                    ),
                    __rt::counted(
                        "union.flat_map",
                        "flat_map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(4, "")],
                        "",
                        7,
                    ),
                    __rt::counted(
                        "union.union",
                        "union",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(9, ""), __rt::input(10, "")],
                        "",
                        7,
                    ),
                    __rt::operator(
                        "union.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(11, "")],
                        "",
                        7,
                    ),
                ],
            };
            &PLAN
        };
        __rt::Pipeline::new(
            plan,
            settings,
            __rt::list([(0, c1), (0, c3)]),
            (s0, (s1, ())),
            (k8, (k12, ())),
        )
    }
}
