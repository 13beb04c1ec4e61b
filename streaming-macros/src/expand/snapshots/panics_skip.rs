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
        settings.on_panic = __rt::OnPanic::Skip;
        settings.task_tries = 5;
        let o1 = __op::CsvOptions::new();
        let i0 = __source::Source::framed(
            __source::files("in/*"),
            __source::Framing::csv(o1),
        );
        let k3 = __rt::SinkEdge::new("rows.print", 3, __sink::print());
        let i4 = __source::memory(values);
        let k6 = __rt::SinkEdge::new("memory.print", 6, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (__rt::SinkEdge::outlet(&k3, 0), ()),
            move |chunk, task, (k3, ())| {
                let mut n0 = 0u64;
                let mut n1 = 0u64;
                let fates = &mut __rt::Fates::new();
                let mut rows = __op::csv(chunk, o1);
                'd1: while let ::core::option::Option::Some((row, _)) = __op::CsvRows::advance(
                    &mut rows,
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    if task.skips() {
                        fates.skipped();
                        fates.end();
                        continue;
                    }
                    task.enter(1);
                    let payload = __op::CsvRows::payload(&rows);
                    match __op::CsvRows::decode::<Row<'_>>({ &rows }) {
                        ::core::result::Result::Ok(record) => {
                            n1 += 1;
                            task.enter(2);
                            let record = __op::map({ record }, |row| row.text.len());
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k3 },
                                (&__rt::Ask::about({ &record }))
                                    .__printed()
                                    .text({ &record }),
                                task,
                            );
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
        let s1 = __rt::SourceStage::new(
            i4,
            (__rt::SinkEdge::outlet(&k6, 1), ()),
            move |chunk, task, (k6, ())| {
                let mut n4 = 0u64;
                let fates = &mut __rt::Fates::new();
                for (row, (_, record)) in __rt::numbered(
                    __rt::Records::records({ chunk }),
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n4 += 1;
                    if task.skips() {
                        fates.skipped();
                        fates.end();
                        continue;
                    }
                    task.enter(5);
                    let record = __op::map({ record }, |n| n / 2);
                    fates.used();
                    __sink::Accept::put(
                        { &mut *k6 },
                        (&__rt::Ask::about({ &record })).__printed().text({ &record }),
                        task,
                    );
                    fates.end();
                }
                task.count(4, n4);
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
                        "",
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
                        &[__rt::input(2, "")],
                        "",
                        4,
                    ),
                    __rt::counted(
                        "memory",
                        "memory",
                        __rt::Role::Source,
                        1,
                        &[],
                        "values",
                        5,
                    ),
                    __rt::operator(
                        "memory.map",
                        "map",
                        __rt::Role::Record,
                        1,
                        &[__rt::input(4, "")],
                        "",
                        5,
                    ),
                    __rt::operator(
                        "memory.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(5, "")],
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
            (s0, (s1, ())),
            (k3, (k6, ())),
        )
    }
}
