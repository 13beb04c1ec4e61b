//! What pipelines compile to, and how much of it there is. `UPDATE_EXPECT=1 cargo test -p streaming-macros` writes the
//! snapshots anew.

use expect_test::{ExpectFile, expect_file};
use proc_macro2::{TokenStream, TokenTree};

use crate::compile::{Host, compile};

/// Compiles a sound pipeline.
fn expansion(pipeline: &str) -> TokenStream {
    let output = compile(pipeline.parse().expect("tokens"), Host::TEST);
    assert!(!output.to_string().contains("compile_error"), "{output}");
    output
}

#[expect(clippy::needless_pass_by_value, reason = "as the macro gives it")]
fn check(pipeline: &str, snapshot: ExpectFile) {
    let output = expansion(pipeline);
    let file = if pipeline.trim_start().starts_with('{') {
        quote::quote!(fn pipeline() { #output })
    } else {
        output
    };
    let file = syn::parse2(file).expect("the expansion is Rust");
    snapshot.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn word_count() {
    check(
        "{
            let lines = stdin().lines();
            let words = lines.flat_map(|line| line.split_whitespace()).filter(|word| word.len() > 3);
            let counts = words.key_by(|word| *word).batch().count();
            counts.print();
        }",
        expect_file!["snapshots/word_count.rs"],
    );
}

#[test]
fn windows_and_late_records() {
    check(
        "/// Totals.
        pub fn totals<T: Copy>(brokers: &str, factor: T) where T: Into<f64> {
            settings(batch_interval = 1s, key_partitions = 16, brokers = brokers);
            let factor: f64 = factor.into();
            let orders = kafka(\"orders\").start(earliest).json::<Order>()
                .on_error(dead_letter(kafka(\"dead\")))
                .event_time(|order| order.ts, max_delay = 30s, idle = 1min);
            let totals = orders.key_by(|order| order.user.as_str()).window(tumbling(1min)).agg(Total {
                user: key(), from: window_start(), mean: sum(|order| order.amount) / count() as f64 * factor, n: count(),
                last: last(|order| order.id), best: top(3, |order| order.amount),
            });
            totals.to(kafka(\"totals\").key(|total| &total.user).json());
            totals.late().to(files(\"late\").jsonl());
        }",
        expect_file!["snapshots/windows.rs"],
    );
}

#[test]
fn state_by_hand() {
    check(
        "{
            let orders = memory(values).event_time(|order| order.at, max_delay = 30s);
            let silent = orders.key_by(|order| order.user.as_str()).state::<Seen>(ttl = 1h)
                .on_event(|seen, order, cx| { seen.n += limit; cx.set_timer(order.at + 1000); })
                .on_timer(|seen, cx| cx.emit((cx.key().clone(), seen.n, limit)));
            silent.print();
        }",
        expect_file!["snapshots/state_by_hand.rs"],
    );
}

#[test]
fn forks() {
    check(
        "{
            let numbers = memory(values).map(|n| *n);
            numbers.filter(|n| *n > 1).print();
            numbers.map(|n| n + 1).print();
            numbers.flat_map(|n| 0..n).print();
        }",
        expect_file!["snapshots/forks.rs"],
    );
}

#[test]
fn parts() {
    check(
        "{
            let words = memory(values);
            let (long, short) = words.split(|word| word.len() > 3);
            let (upper, digit, rest) = long.branch(|word| upper(word), |word, meta| meta.offset() > digit(word));
            short.print();
            upper.print();
            digit.inspect(|word| look(word)).print();
            rest.to(collect(handle));
        }",
        expect_file!["snapshots/parts.rs"],
    );
}

#[test]
fn records_that_panic_are_skipped() {
    check(
        "{
            settings(on_panic = skip, task_tries = 5);
            let rows = files(\"in/*\").csv::<Row<'_>>();
            rows.map(|row| row.text.len()).print();
            memory(values).map(|n| n / 2).print();
        }",
        expect_file!["snapshots/panics_skip.rs"],
    );
}

#[test]
fn records_that_panic_are_dead_letters() {
    check(
        "{
            settings(on_panic = dead_letter);
            let rows = files(\"in/*\").csv::<Row<'_>>().on_error(dead_letter(files(\"dead\").jsonl()));
            rows.map(|row| row.text.len()).print();
            let lines = stdin().lines();
            lines.errors().print();
            lines.map(|line| line.len()).print();
        }",
        expect_file!["snapshots/panics_dead_letter.rs"],
    );
}

#[test]
fn records_that_sinks_refuse() {
    check(
        "{
            let orders = stdin().json::<Order>();
            orders.to(files(\"out\").jsonl().on_error(dead_letter(files(\"dead\").jsonl())));
            orders.to(kafka(\"out\").brokers(b).key(|order| order.id).json().on_error(skip));
            let counts = orders.key_by(|order| order.id).batch().count();
            counts.to(files(\"counts\").csv().on_error(dead_letter(kafka(\"dead\").brokers(b))));
        }",
        expect_file!["snapshots/refused.rs"],
    );
}

#[test]
fn union_of_sources() {
    check(
        "{
            let a = memory(values).event_time(|n| *n, max_delay = 0s);
            let b = channel(receiver).event_time(|n| *n, max_delay = 1s);
            let both = union(a, b);
            let counts = both.key_by(|n| n % 2).window(tumbling(1s)).count();
            counts.print();
            union(both.map(|n| n + 1), both.flat_map(|n| 0..n)).print();
        }",
        expect_file!["snapshots/union_of_sources.rs"],
    );
}

#[test]
fn union_within_a_loop() {
    check(
        "{
            let words = files(\"in/*\").csv::<Row<'_>>();
            let (short, long) = words.split(|row| row.text.len() < 9);
            let all = union(short.map(|row| row.text.len()), long.filter_map(|row| row.size()));
            let letters = union(all, words.flat_map(|row| row.sizes()));
            all.print();
            letters.print();
            let counts = letters.key_by(|n| *n).batch().count();
            union(counts.map(|(n, _)| n), counts.filter(|(n, _)| *n > 3).map(|(n, _)| n)).print();
        }",
        expect_file!["snapshots/union_within_a_loop.rs"],
    );
}

#[test]
fn union_behind_aggregates() {
    check(
        "{
            let words = stdin().lines();
            let counts = words.key_by(|word| word.len()).running(ttl = 1h).count();
            let all = union(counts.map(|(len, n)| (len, n)), words.map(|word| (word.len(), 1)));
            all.print();
        }",
        expect_file!["snapshots/union_behind_aggregates.rs"],
    );
}

#[test]
fn reduce_and_fold() {
    check(
        "{
            let words = stdin().lines();
            let keyed = words.key_by(|word| word.len());
            let longest = keyed.running(unbounded).reduce(|a, b| if a < b { a } else { b });
            let texts = keyed.batch().fold(String::new(), |text, word| text + &word);
            longest.print();
            texts.print();
        }",
        expect_file!["snapshots/reduce_and_fold.rs"],
    );
}

#[test]
fn csv_and_errors() {
    check(
        "{
            let orders = files(\"in/*.csv\").csv::<Order<'_>>(header = false, delimiter = b';');
            orders.map(|order, meta| (order.user.len(), meta.offset())).print();
            orders.errors().to(files(\"bad\").jsonl());
        }",
        expect_file!["snapshots/csv_and_errors.rs"],
    );
}

#[test]
fn a_decode_that_fails_the_batch() {
    check(
        "{ let lines = socket(addr, reconnect = 2s).lines(); lines.to(sink(own)); }",
        expect_file!["snapshots/fail.rs"],
    );
}

fn tokens(stream: TokenStream) -> usize {
    let count = |token| match token {
        TokenTree::Group(group) => 2 + tokens(group.stream()),
        _ => 1,
    };
    stream.into_iter().map(count).sum()
}

/// Compile time is tokens: what an operator adds must stay small.
#[test]
fn tokens_per_operator_stay_within_their_budget() {
    const BUDGET: usize = 80;
    let chain = ".map(|x| x).filter(|x| *x > 0).inspect(|x| { x; }).filter_map(|x| Some(x))".repeat(4);
    let written = format!("{{ let a = memory(values){chain}; a.print(); }}");
    let long = tokens(expansion(&written));
    let short = tokens(expansion("{ let a = memory(values).map(|x| x); a.print(); }"));
    let per_operator = (long - short).div_ceil(15);
    assert!(per_operator <= BUDGET, "{per_operator} tokens per operator");
}

#[test]
fn tokens_per_aggregate_stay_within_their_budget() {
    // 30 of them are what makes a value that cannot be compared or kept one error.
    const BUDGET: usize = 140;
    let pipeline = |calls: &str| {
        let text = format!("{{ let a = memory(values).key_by(|x| *x).batch().agg(({calls})); a.print(); }}");
        tokens(expansion(&text))
    };
    let calls: Vec<String> = (0..10).map(|n| format!("max(|x| x + {n})")).collect();
    let per_aggregate = (pipeline(&calls.join(", ")) - pipeline("count(),")).div_ceil(9);
    assert!(per_aggregate <= BUDGET, "{per_aggregate} tokens per aggregate");
}

/// A closure may be expensive to compile and must run once per record, whatever reads the stream.
#[test]
fn every_closure_is_emitted_once() {
    let pipeline = "{
        let numbers = memory(values).map(|a0| a0);
        let keyed = numbers.key_by(|a1| *a1);
        let sums = keyed.batch().agg((sum(|a2| *a2), sum(|a2| *a2), count()));
        let all = union(numbers.filter(|a3| *a3 > 0), numbers.map(|a4| a4), sums.map(|a5| a5.0));
        all.map(|a6| a6).print();
        all.print();
        let folded = keyed.running(unbounded).fold(a7, |a8, b| a8);
        folded.print();
    }";
    let text = expansion(pipeline).to_string();
    for closure in 0..9 {
        let head = match closure {
            7 => "|| a7".to_owned(),
            8 => "| a8 , b |".to_owned(),
            _ => format!("| a{closure} |"),
        };
        assert_eq!(text.matches(&head).count(), 1, "{head} in {text}");
    }
}
