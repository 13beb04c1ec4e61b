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
        let i0 = __source::socket(addr).reconnect(__rt::Duration::from_millis(2000u64));
        let k2 = __rt::SinkEdge::new("lines.sink", 2, __sink::to(__sink::sink(own)));
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (__rt::SinkEdge::outlet(&k2, 0), ()),
            move |chunk, task, (k2, ())| {
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
                            fates.used();
                            __sink::Accept::put(
                                { &mut *k2 },
                                __rt::Lent::own(
                                    (&&&&__rt::Ask::about({ &record }))
                                        .__kind()
                                        .lend({ record }),
                                ),
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
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted(
                        "lines",
                        "socket",
                        __rt::Role::Source,
                        0,
                        &[],
                        "addr, reconnect = 2s",
                        1,
                    ),
                    __rt::counted(
                        "lines",
                        "lines",
                        __rt::Role::Decode,
                        0,
                        &[__rt::input(0, "")],
                        "",
                        1,
                    ),
                    __rt::operator(
                        "lines.sink",
                        "sink",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(1, "")],
                        "own",
                        1,
                    ),
                ],
            };
            &PLAN
        };
        __rt::Pipeline::new(plan, settings, __rt::list([]), (s0, ()), (k2, ()))
    }
}
