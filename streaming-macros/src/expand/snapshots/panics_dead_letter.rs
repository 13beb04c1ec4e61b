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
        let mut settings = ::streaming_runtime::Settings::new("pipeline");
        settings.on_panic = __rt::OnPanic::DeadLetter;
        let o1 = __op::CsvOptions::new();
        let i0 = __source::Source::framed(
            __source::files("in/*"),
            __source::Framing::csv(o1),
        );
        let k2 = __rt::SinkEdge::new(
            "rows.errors.files",
            2,
            __sink::dead_letter(__sink::files("dead").jsonl()),
        );
        let k4 = __rt::SinkEdge::new("rows.print", 4, __sink::print());
        let i5 = __source::stdin();
        let k8 = __rt::SinkEdge::new("lines.errors.print", 8, __sink::print());
        let k10 = __rt::SinkEdge::new("lines.print", 10, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (__rt::SinkEdge::outlet(&k2, 0), (__rt::SinkEdge::outlet(&k4, 0), ())),
            move |chunk, task, (k2, (k4, ()))| {
                let mut n0 = 0u64;
                let mut n1 = 0u64;
                let mut n2 = 0u64;
                let fates = &mut __rt::Fates::new();
                let mut rows = __op::csv(chunk, o1);
                while let ::core::option::Option::Some((row, meta)) = __op::CsvRows::advance(
                    &mut rows,
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    task.enter(1);
                    let payload = __op::CsvRows::payload(&rows);
                    match __op::passes(task)
                        .and_then(|()| __op::CsvRows::decode::<Row<'_>>({ &rows }))
                    {
                        ::core::result::Result::Ok(record) => {
                            n1 += 1;
                            task.enter(3);
                            let record = __op::map({ record }, |row| row.text.len());
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k4 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        }
                        ::core::result::Result::Err(error) => {
                            task.error(1);
                            fates.dead_lettered();
                            {
                                let record = __op::dead_letter(
                                    "rows",
                                    &meta,
                                    &error,
                                    payload,
                                );
                                n2 += 1;
                                fates.used();
                                __sink::Accept::put({ &mut *k2 }, { &record }, task);
                            }
                        }
                    }
                    fates.end();
                }
                task.count(0, n0);
                task.count(1, n1);
                task.count(2, n2);
                task.fates(fates.total());
            },
        );
        #[allow(unused_braces)]
        let s1 = __rt::SourceStage::new(
            i5,
            (__rt::SinkEdge::outlet(&k8, 1), (__rt::SinkEdge::outlet(&k10, 1), ())),
            move |chunk, task, (k8, (k10, ()))| {
                let mut n5 = 0u64;
                let mut n6 = 0u64;
                let mut n7 = 0u64;
                let fates = &mut __rt::Fates::new();
                for (row, (meta, payload)) in __rt::numbered(
                    __rt::Payloads::payloads({ chunk }),
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n5 += 1;
                    task.enter(6);
                    match __op::passes(task)
                        .and_then(|()| {
                            __op::sound(&meta).and_then(|()| __op::lines(payload))
                        })
                    {
                        ::core::result::Result::Ok(record) => {
                            n6 += 1;
                            task.enter(9);
                            let record = __op::map({ record }, |line| line.len());
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k10 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
                        }
                        ::core::result::Result::Err(error) => {
                            task.error(6);
                            fates.dead_lettered();
                            {
                                let record = __op::dead_letter(
                                    "lines",
                                    &meta,
                                    &error,
                                    payload,
                                );
                                n7 += 1;
                                __op::errors({ &record });
                                fates.used();
                                __sink::Accept::put(
                                    { &mut *k8 },
                                    (&__rt::Ask::about({ &record }))
                                        .__printed()
                                        .text({ &record }),
                                    task,
                                );
                            }
                        }
                    }
                    fates.end();
                }
                task.count(5, n5);
                task.count(6, n6);
                task.count(7, n7);
                task.fates(fates.total());
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted(
                        "rows",
                        "files",
                        __rt::Role::Source,
                        0,
                        &[],
                        "in/*",
                        3,
                    ),
                    __rt::counted(
                        "rows",
                        "csv",
                        __rt::Role::Decode,
                        0,
                        &[__rt::input(0, "")],
                        "on_error = dead_letter",
                        3,
                    ),
                    __rt::counted(
                        "rows.errors.files",
                        "files",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(1, "errors")],
                        "dead",
                        3,
                    ),
                    __rt::operator(
                        "rows.map",
                        "map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "rows.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(3, "")],
                        "",
                        4,
                    ),
                    __rt::counted("lines", "stdin", __rt::Role::Source, 1, &[], "", 5),
                    __rt::counted(
                        "lines",
                        "lines",
                        __rt::Role::Decode,
                        1,
                        &[__rt::input(5, "")],
                        "",
                        5,
                    ),
                    __rt::counted(
                        "lines.errors",
                        "errors",
                        __rt::Role::Shape,
                        1,
                        &[__rt::input(6, "errors")],
                        "",
                        6,
                    ),
                    __rt::operator(
                        "lines.errors.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(7, "")],
                        "",
                        6,
                    ),
                    __rt::operator(
                        "lines.map",
                        "map",
                        __rt::Role::Record,
                        1,
                        &[__rt::input(6, "")],
                        "",
                        7,
                    ),
                    __rt::operator(
                        "lines.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(9, "")],
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
            __rt::list([]),
            (s0, (s1, ())),
            (k2, (k4, (k8, (k10, ())))),
        )
    }
}
