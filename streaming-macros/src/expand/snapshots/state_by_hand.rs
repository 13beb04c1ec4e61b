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
            __rt::Duration::from_millis(30000u64),
            ::core::option::Option::None,
            ::core::option::Option::None,
        );
        let x4 = __rt::Exchange::timed(&[&c1]);
        __rt::Exchange::combine_with(&x4, __rt::Append);
        let k5 = __rt::SinkEdge::new("silent.print", 5, __sink::print());
        #[allow(
            unused_variables,
            unused_assignments,
            unused_mut,
            unused_braces,
            clippy::all
        )]
        let mut limit = {
            match ::core::clone::Clone::clone({ &limit }) {
                kept => (&__rt::Ask::about(&kept)).__captured().keep({ kept }),
            }
        };
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (::core::clone::Clone::clone(&c1), (::core::clone::Clone::clone(&x4), ())),
            move |chunk, task, (c1, (x4, ()))| {
                let mut n0 = 0u64;
                let fates = &mut __rt::Fates::new();
                for (row, (_, record)) in __rt::numbered(
                    __rt::Records::records({ chunk }),
                ) {
                    task.row(row as u64);
                    fates.begin(row);
                    n0 += 1;
                    task.enter(1);
                    let at = __op::event_time({ &record }, |order| order.at);
                    if !c1.see(at) {
                        task.ahead(1, at);
                    }
                    task.enter(2);
                    fates.used();
                    let slot = x4
                        .slot(
                            0,
                            __rt::Key::given(
                                __op::key_by({ &record }, |order| order.user.as_str()),
                            ),
                        );
                    slot.push((
                        __rt::Task::order(task, at),
                        __rt::Lent::own(
                            (&&&&__rt::Ask::about({ &record })).__kind().lend({ record }),
                        ),
                    ));
                    fates.end();
                }
                task.count(0, n0);
                task.fates(fates.total());
            },
        );
        #[allow(unused_braces)]
        let s1 = __rt::KeyedStage::handled(
            &x4,
            __rt::handler(
                    &x4,
                    {
                        let __state = __op::state::<
                            Seen,
                        >(__op::ttl(__rt::Duration::from_millis(3600000u64)));
                        (&&&__rt::kept_for_keys(&__state)).__begun().keep(__state)
                    },
                    __rt::Timed,
                    {
                        #[allow(
                            unused_variables,
                            unused_assignments,
                            unused_mut,
                            unused_braces,
                            clippy::all
                        )]
                        let mut limit = { ::core::clone::Clone::clone({ &limit }) };
                        move |state, event, cx| __op::on_event(
                            state,
                            event,
                            cx,
                            |seen, order, cx| {
                                seen.n += limit;
                                cx.set_timer(order.at + 1000);
                            },
                        )
                    },
                )
                .on_timer({
                    #[allow(
                        unused_variables,
                        unused_assignments,
                        unused_mut,
                        unused_braces,
                        clippy::all
                    )]
                    let mut limit = { ::core::clone::Clone::clone({ &limit }) };
                    move |state, cx| __op::on_timer(
                        state,
                        cx,
                        |seen, cx| cx.emit((cx.key().clone(), seen.n, limit)),
                    )
                }),
            (__rt::SinkEdge::outlet(&k5, 1), ()),
            move |_, _, state, task, (k5, ())| {
                let record = state;
                task.count(4, 1);
                __sink::Accept::put(
                    { &mut *k5 },
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
                        "orders",
                        "memory",
                        __rt::Role::Source,
                        0,
                        &[],
                        "values",
                        2,
                    ),
                    __rt::operator(
                        "orders",
                        "event_time",
                        __rt::Role::Time,
                        0,
                        &[__rt::input(0, "")],
                        "max_delay = 30s",
                        2,
                    ),
                    __rt::operator(
                        "silent.key_by",
                        "key_by",
                        __rt::Role::Key,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "silent.state",
                        "state",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(2, "")],
                        "Seen, ttl = 3600s",
                        3,
                    ),
                    __rt::stateful(
                        "silent",
                        "on_event",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(3, "")],
                        "on_timer",
                        4,
                    ),
                    __rt::operator(
                        "silent.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(4, "")],
                        "",
                        6,
                    ),
                ],
            };
            &PLAN
        };
        __rt::Pipeline::new(
            plan,
            settings,
            __rt::list([(0, c1)]),
            (s0, (s1, ())),
            (k5, ()),
        )
    }
}
