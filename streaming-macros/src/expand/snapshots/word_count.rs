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
        let x6 = __rt::Exchange::plain();
        __rt::Exchange::combine_with(&x6, __rt::Merge);
        let k7 = __rt::SinkEdge::new("counts.print", 7, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (::core::clone::Clone::clone(&x6), ()),
            move |chunk, task, (x6, ())| {
                let mut n0 = 0u64;
                let mut n1 = 0u64;
                let mut n2 = 0u64;
                let mut n3 = 0u64;
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
                            task.enter(2);
                            for record in __op::flat_map(
                                { record },
                                |line| line.split_whitespace(),
                            ) {
                                n2 += 1;
                                task.enter(3);
                                if __op::filter({ &record }, |word| word.len() > 3) {
                                    n3 += 1;
                                    task.enter(4);
                                    fates.used();
                                    __agg::count(
                                        x6
                                            .slot(
                                                0,
                                                __rt::Key::given(__op::key_by({ &record }, |word| *word)),
                                            ),
                                    );
                                }
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
                task.count(2, n2);
                task.count(3, n3);
                task.fates(fates.total());
            },
        );
        #[allow(unused_braces)]
        let s1 = __rt::KeyedStage::new(
            &x6,
            __op::batch(),
            __rt::Parts,
            (__rt::SinkEdge::outlet(&k7, 1), ()),
            move |key, _, state, task, (k7, ())| {
                let record = (key, state.finish());
                task.count(6, 1);
                __sink::Accept::put(
                    { &mut *k7 },
                    (&__rt::Ask::about({ &record })).__printed().text({ &record }),
                    task,
                );
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted("lines", "stdin", __rt::Role::Source, 0, &[], "", 2),
                    __rt::counted(
                        "lines",
                        "lines",
                        __rt::Role::Decode,
                        0,
                        &[__rt::input(0, "")],
                        "",
                        2,
                    ),
                    __rt::counted(
                        "words.flat_map",
                        "flat_map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        3,
                    ),
                    __rt::counted(
                        "words",
                        "filter",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(2, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "counts.key_by",
                        "key_by",
                        __rt::Role::Key,
                        0,
                        &[__rt::input(3, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "counts.batch",
                        "batch",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(4, "")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "counts",
                        "count",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(5, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "counts.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(6, "")],
                        "",
                        5,
                    ),
                ],
            };
            &PLAN
        };
        __rt::Pipeline::new(plan, settings, __rt::list([]), (s0, (s1, ())), (k7, ()))
    }
}
