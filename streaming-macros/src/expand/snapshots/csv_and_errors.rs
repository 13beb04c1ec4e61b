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
        let o1 = __op::CsvOptions::new().header(false).delimiter(b';');
        let i0 = __source::Source::framed(
            __source::files("in/*.csv"),
            __source::Framing::csv(o1),
        );
        let k3 = __rt::SinkEdge::new("orders.print", 3, __sink::print());
        let k5 = __rt::SinkEdge::new(
            "orders.errors.files",
            5,
            __sink::to(__sink::files("bad").jsonl()),
        );
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (__rt::SinkEdge::outlet(&k3, 0), (__rt::SinkEdge::outlet(&k5, 0), ())),
            move |chunk, task, (k3, (k5, ()))| {
                let mut n0 = 0u64;
                let mut n1 = 0u64;
                let mut n4 = 0u64;
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
                    match __op::CsvRows::decode::<Order<'_>>({ &rows }) {
                        ::core::result::Result::Ok(record) => {
                            n1 += 1;
                            task.enter(2);
                            let record = __op::map(
                                { record },
                                |given| __op::with(
                                    given,
                                    { &meta },
                                    |order, meta| (order.user.len(), meta.offset()),
                                ),
                            );
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
                            fates.dead_lettered();
                            {
                                let record = __op::dead_letter(
                                    "orders",
                                    &meta,
                                    &error,
                                    payload,
                                );
                                n4 += 1;
                                __op::errors({ &record });
                                fates.used();
                                __sink::Accept::put({ &mut *k5 }, { &record }, task);
                            }
                        }
                    }
                    fates.end();
                }
                task.count(0, n0);
                task.count(1, n1);
                task.count(4, n4);
                task.fates(fates.total());
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted(
                        "orders",
                        "files",
                        __rt::Role::Source,
                        0,
                        &[],
                        "in/*.csv",
                        2,
                    ),
                    __rt::counted(
                        "orders",
                        "csv",
                        __rt::Role::Decode,
                        0,
                        &[__rt::input(0, "")],
                        "header = false, delimiter = b';'",
                        2,
                    ),
                    __rt::operator(
                        "orders.map",
                        "map",
                        __rt::Role::Record,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "orders.print",
                        "print",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(2, "")],
                        "",
                        3,
                    ),
                    __rt::counted(
                        "orders.errors",
                        "errors",
                        __rt::Role::Shape,
                        0,
                        &[__rt::input(1, "errors")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "orders.errors.files",
                        "files",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(4, "")],
                        "bad",
                        4,
                    ),
                ],
            };
            &PLAN
        };
        __rt::Pipeline::new(plan, settings, __rt::list([]), (s0, ()), (k3, (k5, ())))
    }
}
