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
        let i0 = __source::Source::framed(__source::stdin(), __source::Framing::json());
        let k2 = __rt::SinkEdge::new(
            "orders.files",
            2,
            __sink::to(__sink::files("out").jsonl()),
        );
        let k3 = __rt::SinkEdge::new(
            "orders.errors.files",
            3,
            __sink::dead_letter(__sink::files("dead").jsonl()),
        );
        let k4 = __rt::SinkEdge::new(
            "orders.kafka",
            4,
            __sink::to(__sink::kafka("out").json().brokers(b)),
        );
        let x7 = __rt::Exchange::plain();
        __rt::Exchange::combine_with(&x7, __rt::Merge);
        let k8 = __rt::SinkEdge::new(
            "counts.files",
            8,
            __sink::to(__sink::files("counts").csv().columns(["key", "count"])),
        );
        let k9 = __rt::SinkEdge::new(
            "counts.errors.kafka",
            9,
            __sink::dead_letter(__sink::kafka("dead").brokers(b)),
        );
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (
                __rt::SinkEdge::outlet(&k2, 0),
                (
                    __rt::SinkEdge::outlet(&k3, 0),
                    (
                        __rt::SinkEdge::outlet(&k4, 0),
                        (::core::clone::Clone::clone(&x7), ()),
                    ),
                ),
            ),
            move |chunk, task, (k2, (k3, (k4, (x7, ()))))| {
                let mut n0 = 0u64;
                let mut n1 = 0u64;
                let mut n3 = 0u64;
                let fates = &mut __rt::Fates::new();
                'd1: for (row, (meta, payload)) in __rt::numbered(
                    __rt::Payloads::payloads({ chunk }),
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    task.enter(1);
                    match __op::sound(&meta).and_then(|()| __op::json::<Order>(payload))
                    {
                        ::core::result::Result::Ok(record) => {
                            n1 += 1;
                            {
                                fates.used();
                                if let ::core::result::Result::Err(error) = __sink::Accept::offer(
                                    { &mut *k2 },
                                    { &record },
                                    task,
                                ) {
                                    fates.dead_lettered();
                                    let record = __op::refused(
                                        "orders.files",
                                        &meta,
                                        &error,
                                        &record,
                                    );
                                    n3 += 1;
                                    fates.used();
                                    __sink::Accept::put({ &mut *k3 }, { &record }, task);
                                }
                            }
                            {
                                fates.used();
                                task.enter(4);
                                if ::core::result::Result::is_err(
                                    &__sink::Accept::offer(
                                        { &mut *k4 },
                                        __sink::Keyed {
                                            key: __op::key_by({ &record }, |order| order.id),
                                            record: { &record },
                                        },
                                        task,
                                    ),
                                ) {
                                    fates.skipped();
                                }
                            }
                            {
                                task.enter(5);
                                fates.used();
                                __agg::count(
                                    x7
                                        .slot(
                                            0,
                                            __rt::Key::given(
                                                __op::key_by({ &record }, |order| order.id),
                                            ),
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
                task.count(3, n3);
                task.fates(fates.total());
            },
        );
        #[allow(unused_braces)]
        let s1 = __rt::KeyedStage::new(
            &x7,
            __op::batch(),
            __rt::Parts,
            (__rt::SinkEdge::outlet(&k8, 1), (__rt::SinkEdge::outlet(&k9, 1), ())),
            move |key, _, state, task, (k8, (k9, ()))| {
                let record = (key, state.finish());
                task.count(7, 1);
                if let ::core::result::Result::Err(error) = __sink::Accept::offer(
                    { &mut *k8 },
                    { &record },
                    task,
                ) {
                    let record = __op::refused_result("counts.files", &error, &record);
                    task.count(9, 1);
                    __sink::Accept::put({ &mut *k9 }, { &record }, task);
                }
            },
        );
        let plan = {
            const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
                name: "pipeline",
                operators: &[
                    __rt::counted("orders", "stdin", __rt::Role::Source, 0, &[], "", 2),
                    __rt::counted(
                        "orders",
                        "json",
                        __rt::Role::Decode,
                        0,
                        &[__rt::input(0, "")],
                        "",
                        2,
                    ),
                    __rt::operator(
                        "orders.files",
                        "files",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(1, "")],
                        "out, on_error = dead_letter",
                        3,
                    ),
                    __rt::counted(
                        "orders.errors.files",
                        "files",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(2, "errors")],
                        "dead",
                        3,
                    ),
                    __rt::operator(
                        "orders.kafka",
                        "kafka",
                        __rt::Role::Sink,
                        0,
                        &[__rt::input(1, "")],
                        "out, brokers = b, on_error = skip",
                        4,
                    ),
                    __rt::operator(
                        "counts.key_by",
                        "key_by",
                        __rt::Role::Key,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        5,
                    ),
                    __rt::operator(
                        "counts.batch",
                        "batch",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(5, "")],
                        "",
                        5,
                    ),
                    __rt::counted(
                        "counts",
                        "count",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(6, "")],
                        "",
                        5,
                    ),
                    __rt::operator(
                        "counts.files",
                        "files",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(7, "")],
                        "counts, on_error = dead_letter",
                        6,
                    ),
                    __rt::counted(
                        "counts.errors.kafka",
                        "kafka",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(8, "errors")],
                        "dead, brokers = b",
                        6,
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
            (k2, (k3, (k4, (k8, (k9, ()))))),
        )
    }
}
