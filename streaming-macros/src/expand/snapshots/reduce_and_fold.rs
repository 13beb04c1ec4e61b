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
        let x6 = __rt::Exchange::plain();
        __rt::Exchange::combine_with(&x6, __rt::Append);
        let k7 = __rt::SinkEdge::new("longest.print", 7, __sink::print());
        let k8 = __rt::SinkEdge::new("texts.print", 8, __sink::print());
        #[allow(unused_braces)]
        let s0 = __rt::SourceStage::new(
            i0,
            (::core::clone::Clone::clone(&x4), (::core::clone::Clone::clone(&x6), ())),
            move |chunk, task, (x4, (x6, ()))| {
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
                            task.enter(2);
                            let key = __rt::Hashed::new(
                                __rt::Key::given(
                                    __op::key_by({ &record }, |word| word.len()),
                                ),
                            );
                            {
                                fates.used();
                                task.enter(4);
                                let slot = x4.place(0, &key);
                                let record = __op::fork({ &record });
                                slot.merge(
                                    ::core::option::Option::Some(
                                        __rt::Lent::own({
                                            let __lent = (&&&&__rt::Ask::about({ &record }))
                                                .__kind()
                                                .lend({ record });
                                            (&&&__rt::kept(&__lent)).__kept().keep(__lent)
                                        }),
                                    ),
                                );
                            }
                            {
                                fates.used();
                                let slot = x6.slot(0, key);
                                slot.push((
                                    __rt::Task::arrival(task),
                                    __rt::Lent::own(
                                        (&&&&__rt::Ask::about({ &record }))
                                            .__kind()
                                            .lend({ record }),
                                    ),
                                ));
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
        __rt::Exchange::reduce_with(
            &x4,
            move |a, b| __op::reduce(a, b, |a, b| if a < b { a } else { b }),
        );
        #[allow(unused_braces)]
        let s1 = __rt::KeyedStage::new(
            &x4,
            __op::running(__op::unbounded()),
            __rt::Parts,
            (__rt::SinkEdge::outlet(&k7, 1), ()),
            move |key, _, state, task, (k7, ())| {
                let record = (key, __rt::reduced(state));
                task.count(4, 1);
                __sink::Accept::put(
                    { &mut *k7 },
                    (&__rt::Ask::about({ &record })).__printed().text({ &record }),
                    task,
                );
            },
        );
        #[allow(clippy::redundant_closure)]
        let f6 = move || String::new();
        #[allow(unused_braces)]
        let s2 = __rt::KeyedStage::new(
            &x6,
            __op::batch(),
            {
                let __with = __rt::fold_with(
                    &x6,
                    f6,
                    move |state, record| __op::fold(
                        state,
                        record,
                        |text, word| text + &word,
                    ),
                );
                (&&&__rt::folded(&__with)).__kept().keep(__with)
            },
            (__rt::SinkEdge::outlet(&k8, 2), ()),
            move |key, _, state, task, (k8, ())| {
                let record = (key, state);
                task.count(6, 1);
                __sink::Accept::put(
                    { &mut *k8 },
                    (&__rt::Ask::about({ &record })).__printed().text({ &record }),
                    task,
                );
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
                        "keyed",
                        "key_by",
                        __rt::Role::Key,
                        0,
                        &[__rt::input(1, "")],
                        "",
                        3,
                    ),
                    __rt::operator(
                        "longest.running",
                        "running",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(2, "")],
                        "unbounded",
                        4,
                    ),
                    __rt::stateful(
                        "longest",
                        "reduce",
                        __rt::Role::Aggregate,
                        1,
                        &[__rt::input(3, "")],
                        "",
                        4,
                    ),
                    __rt::operator(
                        "texts.batch",
                        "batch",
                        __rt::Role::Scope,
                        0,
                        &[__rt::input(2, "")],
                        "",
                        5,
                    ),
                    __rt::counted(
                        "texts",
                        "fold",
                        __rt::Role::Aggregate,
                        2,
                        &[__rt::input(5, "")],
                        "String :: new ()",
                        5,
                    ),
                    __rt::operator(
                        "longest.print",
                        "print",
                        __rt::Role::Sink,
                        1,
                        &[__rt::input(4, "")],
                        "",
                        6,
                    ),
                    __rt::operator(
                        "texts.print",
                        "print",
                        __rt::Role::Sink,
                        2,
                        &[__rt::input(6, "")],
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
            (s0, (s1, (s2, ()))),
            (k7, (k8, ())),
        )
    }
}
