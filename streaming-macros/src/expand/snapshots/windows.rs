/// Totals.
pub fn totals<T: Copy>(
    brokers: &str,
    factor: T,
) -> ::streaming_runtime::Pipeline<impl ::streaming_runtime::Graph + use<T>>
where
    T: Into<f64>,
{
    let factor: f64 = factor.into();
    #[allow(unused_imports)]
    use ::streaming_runtime::{
        op as __op, agg as __agg, source as __source, sink as __sink, __private as __rt,
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
    let mut settings = ::streaming_runtime::Settings::new("totals");
    settings.trigger = ::streaming_runtime::Trigger::Interval(
        __rt::Duration::from_millis(1000u64),
    );
    settings.key_partitions = 16;
    let brokers = brokers;
    let i0 = __source::kafka("orders")
        .start(__source::start::earliest())
        .brokers(::core::clone::Clone::clone(&brokers));
    let k2 = __rt::SinkEdge::new(
        "orders.errors.kafka",
        2,
        __sink::dead_letter(
            __sink::kafka("dead").brokers(::core::clone::Clone::clone(&brokers)),
        ),
    );
    let c3 = __rt::Clock::new(
        __rt::Duration::from_millis(30000u64),
        ::core::option::Option::Some(__rt::Duration::from_millis(60000u64)),
        ::core::option::Option::None,
    );
    let w5 = __op::window(__op::tumbling(__rt::Duration::from_millis(60000u64)));
    let x6 = __rt::Exchange::windowed(w5, &[&c3]);
    __rt::Exchange::combine_with(&x6, __rt::Merge);
    let k7 = __rt::SinkEdge::new(
        "totals.kafka",
        7,
        __sink::to(
            __sink::kafka("totals").json().brokers(::core::clone::Clone::clone(&brokers)),
        ),
    );
    let k9 = __rt::SinkEdge::new(
        "totals.late.files",
        9,
        __sink::to(__sink::files("late").jsonl()),
    );
    #[allow(unused_braces)]
    let s0 = __rt::SourceStage::new(
        i0,
        (
            __rt::SinkEdge::outlet(&k2, 0),
            (
                ::core::clone::Clone::clone(&c3),
                (::core::clone::Clone::clone(&x6), (__rt::SinkEdge::outlet(&k9, 0), ())),
            ),
        ),
        move |chunk, task, (k2, (c3, (x6, (k9, ()))))| {
            let mut n0 = 0u64;
            let mut n1 = 0u64;
            let mut n2 = 0u64;
            let mut n8 = 0u64;
            let fates = &mut __rt::Fates::new();
            for (row, (meta, payload)) in __rt::numbered(
                __rt::Payloads::payloads({ chunk }),
            ) {
                task.row(row as u64);
                fates.begin(row);
                n0 += 1;
                task.enter(1);
                match __op::sound(&meta).and_then(|()| __op::json::<Order>(payload)) {
                    ::core::result::Result::Ok(record) => {
                        n1 += 1;
                        task.enter(3);
                        let at = __op::event_time({ &record }, |order| order.ts);
                        if !c3.see(at) {
                            task.ahead(3, at);
                        }
                        task.enter(4);
                        if let ::core::option::Option::Some(slice) = x6.slice(at) {
                            fates.used();
                            let (
                                a0,
                                (a1, (a2, (a3, ()))),
                            ): &mut (
                                __agg::Sum<_>,
                                (__agg::Count, (__agg::Last<_>, (__agg::Top<_, _>, ()))),
                            ) = x6
                                .slot(
                                    slice,
                                    __rt::Key::given(
                                        __op::key_by({ &record }, |order| order.user.as_str()),
                                    ),
                                );
                            task.enter(6);
                            __agg::sum(a0, { &record }, |order| order.amount);
                            __agg::count(a1);
                            let value = __agg::last({ &record }, |order| order.id);
                            a2.add(
                                __rt::Task::order(task, at),
                                {
                                    let __lent = (&&&&__rt::Ask::about({ &value }))
                                        .__kind()
                                        .lend({ value });
                                    (&&&__rt::kept(&__lent)).__kept().keep(__lent)
                                },
                            );
                            let __rank = __agg::top({ &record }, |order| order.amount);
                            a3.add(
                                3,
                                __rt::Task::order(task, at),
                                (&&&__rt::Ask::about(&__rank)).__compared().keep(__rank),
                                || {
                                    let record = { record };
                                    {
                                        let __lent = (&&&&__rt::Ask::about({ &record }))
                                            .__kind()
                                            .lend({ record });
                                        (&&&__rt::kept(&__lent)).__kept().keep(__lent)
                                    }
                                },
                            );
                        } else {
                            task.late(6);
                            fates.late();
                            n8 += 1;
                            __op::late({ &record });
                            fates.used();
                            __sink::Accept::put({ &mut *k9 }, { &record }, task);
                        }
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
            task.count(8, n8);
            task.fates(fates.total());
        },
    );
    #[allow(unused_braces)]
    let s1 = __rt::KeyedStage::new(
        &x6,
        w5,
        __rt::Parts,
        (__rt::SinkEdge::outlet(&k7, 1), ()),
        move |key, window, (a0, (a1, (a2, (a3, ())))), task, (k7, ())| {
            let a0 = a0.finish();
            let a1 = a1.finish();
            let a2 = a2.finish();
            let a3 = a3.finish();
            let __value0 = __rt::given(key);
            let __value1 = __rt::given(window.start);
            let __value2 = __rt::given(a0);
            let __value3 = __rt::given(::core::clone::Clone::clone(&a1));
            let __value4 = __rt::given(a1);
            let __value5 = __rt::given(a2);
            let __value6 = __rt::given(a3);
            let record = __op::agg(Total {
                user: __value0(),
                from: __value1(),
                mean: __value2() / __value3() as f64 * factor,
                n: __value4(),
                last: __value5(),
                best: __value6(),
            });
            task.count(6, 1);
            task.enter(7);
            __sink::Accept::put(
                { &mut *k7 },
                __sink::Keyed {
                    key: __op::key_by({ &record }, |total| &total.user),
                    record: { &record },
                },
                task,
            );
        },
    );
    let plan = {
        const PLAN: ::streaming_runtime::plan::Plan = ::streaming_runtime::plan::Plan {
            name: "totals",
            operators: &[
                __rt::counted(
                    "orders",
                    "kafka",
                    __rt::Role::Source,
                    0,
                    &[],
                    "orders, start = earliest",
                    5,
                ),
                __rt::counted(
                    "orders.json",
                    "json",
                    __rt::Role::Decode,
                    0,
                    &[__rt::input(0, "")],
                    "on_error = dead_letter",
                    5,
                ),
                __rt::counted(
                    "orders.errors.kafka",
                    "kafka",
                    __rt::Role::Sink,
                    0,
                    &[__rt::input(1, "errors")],
                    "dead",
                    6,
                ),
                __rt::operator(
                    "orders",
                    "event_time",
                    __rt::Role::Time,
                    0,
                    &[__rt::input(1, "")],
                    "max_delay = 30s, idle = 60s",
                    7,
                ),
                __rt::operator(
                    "totals.key_by",
                    "key_by",
                    __rt::Role::Key,
                    0,
                    &[__rt::input(3, "")],
                    "",
                    8,
                ),
                __rt::operator(
                    "totals.window",
                    "window",
                    __rt::Role::Scope,
                    0,
                    &[__rt::input(4, "")],
                    "tumbling(60s)",
                    8,
                ),
                __rt::of_fields(
                    __rt::stateful(
                        "totals",
                        "agg",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(5, "")],
                        "",
                        8,
                    ),
                    &[
                        __rt::field(&["mean"], "sum(|order| order . amount)"),
                        __rt::field(&["mean.2", "n"], "count()"),
                        __rt::field(&["last"], "last(|order| order . id)"),
                        __rt::field(&["best"], "top(3, |order| order . amount)"),
                    ],
                ),
                __rt::operator(
                    "totals.kafka",
                    "kafka",
                    __rt::Role::Sink,
                    1,
                    &[__rt::input(6, "")],
                    "totals",
                    12,
                ),
                __rt::counted(
                    "totals.late",
                    "late",
                    __rt::Role::Shape,
                    0,
                    &[__rt::input(6, "late")],
                    "",
                    13,
                ),
                __rt::operator(
                    "totals.late.files",
                    "files",
                    __rt::Role::Sink,
                    0,
                    &[__rt::input(8, "")],
                    "late",
                    13,
                ),
            ],
        };
        &PLAN
    };
    __rt::Pipeline::new(
        plan,
        settings,
        __rt::list([(0, c3)]),
        (s0, (s1, ())),
        (k2, (k7, (k9, ()))),
    )
}
