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
        let i0 = __source::stdin();
        let x4 = __rt::Exchange::plain();
        __rt::Exchange::combine_with(&x4, __rt::Merge);
        let r7 = __rt::Rows::new();
        let k8 = __rt::SinkEdge::new("all.print", 8, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (::core::clone::Clone::clone(&x4), (::core::clone::Clone::clone(&r7), ())),
            move |chunk, task, (x4, (r7, ()))| {
                let mut n0 = 0u64;
                let mut n1 = 0u64;
                let fates = &mut __rt::Fates::new();
                'd1: for (row, (meta, payload)) in __rt::numbered(
                    __rt::Payloads::payloads({ chunk }),
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    task.enter(1);
                    match __op::sound(&meta).and_then(|()| __op::lines(payload)) {
                        ::core::result::Result::Ok(record) => {
                            n1 += 1;
                            {
                                task.enter(2);
                                fates.used();
                                __agg::count(
                                    x4
                                        .slot(
                                            0,
                                            __rt::Key::given(
                                                __op::key_by({ &record }, |word| word.len()),
                                            ),
                                        ),
                                );
                            }
                            {
                                task.enter(6);
                                let record = __op::map({ record }, |word| (word.len(), 1));
                                fates.used();
                                r7.push(
                                    0,
                                    __rt::Lent::own(
                                        (&&&&__rt::Ask::about({ &record }))
                                            .__kind()
                                            .lend({ record }),
                                    ),
                                );
                            }
                        }
                        ::core::result::Result::Err(error) => {
                            task.error(1);
                            task.fail(1, __op::decode_failure(&error, payload));
                            break 'd1;
                        }
                    }
                    fates.end();
                }
                task.count(0, n0);
                task.count(1, n1);
                task.fates(fates.total());
            },
        );
        #[allow(unused_braces)]
        let s1 = __rt::KeyedStage::new(
            &x4,
            __op::running(__op::ttl(__rt::Duration::from_millis(3600000u64))),
            __rt::Parts,
            (::core::clone::Clone::clone(&r7), ()),
            move |key, _, state, task, (r7, ())| {
                let record = (key, state.finish());
                task.count(4, 1);
                task.enter(5);
                let record = __op::map({ record }, |(len, n)| (len, n));
                r7.push(
                    0,
                    {
                        #[allow(non_camel_case_types)]
                        struct words;
                        #[allow(non_camel_case_types)]
                        struct counts;
                        let __record = __rt::Lent::own(
                            (&&&&__rt::Ask::about({ &record })).__kind().lend({ record }),
                        );
                        __op::alike::<words, counts, _, _>({ &*r7 }, __record)
                    },
                );
            },
        );
        #[allow(unused_braces)]
        let s2 = __rt::RowsStage::new(
            &r7,
            (__rt::SinkEdge::outlet(&k8, 2), ()),
            move |rows, task, (k8, ())| {
                let mut n7 = 0u64;
                for (row, (_, record)) in __rt::numbered(rows) {
                    task.row(row as u64);
                    n7 += 1;
                    __sink::Accept::put(
                        { &mut *k8 },
                        (&__rt::Ask::about({ &record })).__printed().text({ &record }),
                        task,
                    );
                }
                task.count(7, n7);
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted("words", "stdin", __rt::Role::Source, 0, &[], "", 2),
                    __rt::counted(
                        "words",
                        "lines",
                        __rt::Role::Decode,
                        0,
                        &[__rt::input(0, "")],
                        "",
                        2,
                    ),
                    __rt::operator(
                        "counts.key_by",
                        "key_by",
                        __rt::Role::Key,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "counts.running",
                        "running",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(2, "")],
                        "ttl = 3600s",
                        3,
                    ),
                    __rt::stateful(
                        "counts",
                        "count",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(3, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "all.map",
                        "map",
                        __rt::Role::Record,
                        1,
                        &[__rt::input(4, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "all.map.2",
                        "map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "all",
                        "union",
                        __rt::Role::Shape,
                        2,
                        &[__rt::input(5, ""), __rt::input(6, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "all.print",
                        "print",
                        __rt::Role::Sink,
                        2,
                        &[__rt::input(7, "")],
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
            (s0, (s1, (s2, ()))),
            (k8, ()),
        )
    }
}
