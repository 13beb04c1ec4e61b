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
        let o1 = __op::CsvOptions::new();
        let i0 = __source::Source::framed(
            __source::files("in/*"),
            __source::Framing::csv(o1),
        );
        let k8 = __rt::SinkEdge::new("all.print", 8, __sink::print());
        let k9 = __rt::SinkEdge::new("letters.print", 9, __sink::print());
        let x12 = __rt::Exchange::plain();
        __rt::Exchange::combine_with(&x12, __rt::Merge);
        let k17 = __rt::SinkEdge::new("union.print", 17, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (
                __rt::SinkEdge::outlet(&k8, 0),
                (__rt::SinkEdge::outlet(&k9, 0), (::core::clone::Clone::clone(&x12), ())),
            ),
            move |chunk, task, (k8, (k9, (x12, ())))| {
                let mut n0 = 0u64;
                let mut n1 = 0u64;
                let mut n3 = 0u64;
                let mut n4 = 0u64;
                let mut n5 = 0u64;
                let mut n6 = 0u64;
                let mut n7 = 0u64;
                let fates = &mut __rt::Fates::new();
                let mut u7 = __op::union();
                let mut rows = __op::csv(chunk, o1);
                'd1: while let ::core::option::Option::Some((row, _)) = __op::CsvRows::advance(
                    &mut rows,
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    task.enter(1);
                    let mut u5 = __rt::places::<_, 2>();
                    let payload = __op::CsvRows::payload(&rows);
                    match __op::CsvRows::decode::<Row<'_>>({ &rows }) {
                        ::core::result::Result::Ok(record) => {
                            n1 += 1;
                            {
                                task.enter(2);
                                if __op::split({ &record }, |row| row.text.len() < 9) {
                                    n3 += 1;
                                    task.enter(3);
                                    let record = __op::map(
                                        __op::fork({ &record }),
                                        |row| row.text.len(),
                                    );
                                    {
                                        let __record = { record };
                                        ::core::option::Option::replace(&mut u5[0], ((), __record));
                                    }
                                } else {
                                    task.enter(4);
                                    if let ::core::option::Option::Some(record) = __op::filter_map(
                                        __op::fork({ &record }),
                                        |row| row.size(),
                                    ) {
                                        n4 += 1;
                                        {
                                            let __record = {
                                                #[allow(non_camel_case_types)]
                                                struct short;
                                                #[allow(non_camel_case_types)]
                                                struct long;
                                                let __record = { record };
                                                __op::alike::<short, long, _, _>({ &u5 }, __record)
                                            };
                                            ::core::option::Option::replace(&mut u5[1], ((), __record));
                                        }
                                    }
                                }
                            }
                            {
                                task.enter(6);
                                for record in __op::flat_map(
                                    { record },
                                    |row| row.sizes(),
                                ) {
                                    n6 += 1;
                                    {
                                        let __record = { record };
                                        ::std::vec::Vec::push(&mut u7, ((), __record));
                                    }
                                }
                            }
                        }
                        ::core::result::Result::Err(error) => {
                            task.error(1);
                            task.fail(1, __op::decode_failure(&error, payload));
                            break 'd1;
                        }
                    }
                    for ((), record) in __rt::given_in(u5) {
                        n5 += 1;
                        {
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k8 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        }
                        {
                            {
                                let __record = {
                                    #[allow(non_camel_case_types)]
                                    struct words;
                                    #[allow(non_camel_case_types)]
                                    struct all;
                                    let __record = { record };
                                    __op::alike::<words, all, _, _>({ &u7 }, __record)
                                };
                                ::std::vec::Vec::push(&mut u7, ((), __record));
                            }
                        }
                    }
                    for ((), record) in u7.drain(..) {
                        n7 += 1;
                        {
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k9 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        }
                        {
                            task.enter(10);
                            fates.used();
                            __agg::count(
                                x12
                                    .slot(
                                        0,
                                        __rt::Key::given(__op::key_by({ &record }, |n| *n)),
                                    ),
                            );
                        }
                    }
                    fates.end();
                }
                task.count(0, n0);
                task.count(1, n1);
                task.count(3, n3);
                task.count(4, n4);
                task.count(5, n5);
                task.count(6, n6);
                task.count(7, n7);
                task.fates(fates.total());
            },
        );
        #[allow(unused_braces)]
        let s1 = __rt::KeyedStage::new(
            &x12,
            __op::batch(),
            __rt::Parts,
            (__rt::SinkEdge::outlet(&k17, 1), ()),
            move |key, _, state, task, (k17, ())| {
                let mut u16 = __rt::places::<_, 2>();
                let record = (key, state.finish());
                task.count(12, 1);
                {
                    task.enter(13);
                    let record = __op::map(__op::fork({ &record }), |(n, _)| n);
                    {
                        let __record = { record };
                        ::core::option::Option::replace(&mut u16[0], ((), __record));
                    }
                }
                {
                    task.enter(14);
                    if __op::filter({ &record }, |(n, _)| *n > 3) {
                        task.count(14, 1);
                        task.enter(15);
                        let record = __op::map({ record }, |(n, _)| n);
                        {
                            let __record = {
                                #[allow(non_camel_case_types)]
                                struct counts_map;
                                let __record = { record };
                                __op::alike::<
                                    counts_map,
                                    counts_map,
                                    _,
                                    _,
                                >({ &u16 }, __record)
                            };
                            ::core::option::Option::replace(&mut u16[1], ((), __record));
                        }
                    }
                }
                for ((), record) in __rt::given_in(u16) {
                    task.count(16, 1);
                    __sink::Accept::put(
                        { &mut *k17 },
                        (&__rt::Ask::about({ &record })).__printed().text({ &record }),
                        task,
                    );
                }
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted(
                        "words",
                        "files",
                        __rt::Role::Source,
                        0,
                        &[],
                        "in/*",
                        2,
                    ),
                    __rt::counted(
                        "words",
                        "csv",
                        __rt::Role::Decode,
                        0,
                        &[__rt::input(0, "")],
                        "",
                        2,
                    ),
                    __rt::operator(
                        "short-long",
                        "split",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        3,
                    ),
                    __rt::counted(
                        "all.map",
                        "map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(2, "0")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "all.filter_map",
                        "filter_map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(2, "1")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "all",
                        "union",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(3, ""), __rt::input(4, "")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "letters.flat_map",
                        "flat_map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        5,
                    ),
                    __rt::counted(
                        "letters",
                        "union",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(5, ""), __rt::input(6, "")],
                        "",
                        5,
                    ),
                    __rt::operator(
                        "all.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(5, "")],
                        "",
                        6,
                    ),
                    __rt::operator(
                        "letters.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(7, "")],
                        "",
                        7,
                    ),
                    __rt::operator(
                        "counts.key_by",
                        "key_by",
                        __rt::Role::Key,
                        0,
                        &[__rt::input(7, "")],
                        "",
                        8,
                    ),
                    __rt::operator(
                        "counts.batch",
                        "batch",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(10, "")],
                        "",
                        8,
                    ),
                    __rt::counted(
                        "counts",
                        "count",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(11, "")],
                        "",
                        8,
                    ),
                    __rt::operator(
                        "union.map",
                        "map",
                        __rt::Role::Record,
                        1,
                        &[__rt::input(12, "")],
                        "",
                        9,
                    ),
                    __rt::counted(
                        "union.filter",
                        "filter",
                        __rt::Role::Record,
                        1,
                        &[__rt::input(12, "")],
                        "",
                        9,
                    ),
                    __rt::operator(
                        "union.map.2",
                        "map",
                        __rt::Role::Record,
                        1,
                        &[__rt::input(14, "")],
                        "",
                        9,
                    ),
                    __rt::counted(
                        "union.union",
                        "union",
                        __rt::Role::Shape,
                        1,
                        &[__rt::input(13, ""), __rt::input(15, "")],
                        "",
                        9,
                    ),
                    __rt::operator(
                        "union.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(16, "")],
                        "",
                        9,
                    ),
                ],
            };
            &PLAN
        };
        __rt::Pipeline::new(
            plan,
            settings,
            __rt::list([]),
            (s0, (s1, ())),
            (k8, (k9, (k17, ()))),
        )
    }
}
