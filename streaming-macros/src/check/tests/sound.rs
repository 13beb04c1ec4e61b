//! Pipelines without a mistake.

use super::check;

#[test]
fn word_count() {
    check(
        "({
            let lines = stdin().lines();
            let words = lines.flat_map(|line| line.split_whitespace());
            let counts = words.key_by(|w| w).batch().agg(WordCount { word: key(), n: count() });
            counts.print();
        })",
        &[],
    );
    check(
        "{ stdin().lines().flat_map(|l| l.split(' ')).key_by(|w| w).batch().count().print(); }",
        &[],
    );
}

#[test]
fn item_with_everything() {
    check(
        r#"
        /// Revenue per user and minute.
        pub fn revenue<'a, T: Into<String>>(brokers: &'a str, rest: Vec<T>) where T: Clone {
            settings(batch_interval = 1s, guarantee = at_least_once, threads = 4, key_partitions = 64);
            settings(max_batch_rows = 1000, max_batch_bytes = 64MiB, name = "r");
            let min_amount: f64 = 3.0;
            /// All orders.
            #[was = "old"]
            let orders = kafka("orders")
                .brokers(brokers).group("g").start(offsets(x)).config("a", "b").config("c", "d")
                .json::<Order>()
                .on_error(dead_letter(kafka("orders.dlq")))
                .event_time(|o| o.ts, max_delay = 30s, idle = 1min);
            let totals = orders
                .filter(|o| o.amount > min_amount)
                .key_by(|o| o.user.as_str())
                .window(tumbling(1min))
                .agg(Total { user: key(), from: window_start(), n: count(), revenue: sum(|o| o.amount) });
            totals.to(kafka("totals").json());
            totals.late().to(kafka("orders.late").json());
            orders.errors().to(files("errors").jsonl());
        };"#,
        &[],
    );
}

#[test]
fn all_sources_and_sinks() {
    check(
        r#"
        let delay = Duration::from_secs(1);
        files("*.json").json::<A>().on_error(skip).to(files(dir).csv());
        files("*.csv").csv::<A>(header = true, delimiter = b';').print();
        files("*.csv").csv::<A>().header(false).on_error(fail).to(collect(&handle));
        socket(addr, reconnect = delay).lines().to(sink(MySink::new()));
        rate(100, count = 10).map(double).print();
        rate(100).count(10).map(double).print();
        memory(vec![1, 2, 3]).inspect(|x, meta| log(x, meta)).print();
        channel(rx).filter_map(|x| x).print();
        source(Mine::new(3)).print();
        kafka("a", brokers = "x", start = earliest).to(kafka("b").key(|x| x.id));
        "#,
        &[],
    );
}

#[test]
fn shapes() {
    check(
        "
        let a = stdin().lines();
        let b = union(a, files(glob).lines(), stdin().lines().map(|x| x));
        let (yes, no) = b.split(|x| x.ok);
        let (low, high, _rest) = yes.branch(|x| x.n < 3, |x| x.n > 7);
        let (one, _) = no.split(is_one);
        union(low, high).print();
        one.print();
        ",
        &[],
    );
}

#[test]
fn a_keyed_or_scoped_stream_may_be_bound_and_shared() {
    check(
        "
        let users = memory(v).event_time(|o, meta| meta.timestamp(), max_delay = 0s).key_by(|o| o.user);
        let minutes = users.window(tumbling(1min));
        let counts = minutes.count();
        let sums = minutes.sum(|o| o.n);
        let forever = users.running(unbounded).fold(0, |a, o| a + o.n);
        let lately = users.running(ttl = 7d).reduce(|a, b| a);
        counts.print(); sums.print(); forever.print(); lately.to(kafka(topic).brokers(b).json());
        ",
        &[],
    );
}

#[test]
fn event_time_goes_on_behind_a_window() {
    check(
        "
        let events = memory(v).event_time(|e| e.at, max_delay = 1s);
        let minutes = events.key_by(|e| e.k).window(tumbling(1min)).count();
        let hours = minutes.key_by(|m| m.0).window(tumbling(1h)).agg((key(), count()));
        hours.print();
        ",
        &[],
    );
}

#[test]
fn ordinary_rust_stays() {
    check(
        r#"
        use std::time::Duration;
        pub(crate) const LIMIT: usize = 3;
        fn parse(line: &str) -> u32 { line.len() as u32 }
        struct Point { x: u32 }
        let config = load();
        let window = config.window(3);
        let dates = date(2024);
        let names = config.names.iter().map(|n| n.len()).collect::<Vec<_>>();
        let args = args.filter(|a| a.len() > 1);
        if let Point { x } = p { println!("{x}"); }
        let Some(first) = names.first() else { return };
        for (i, n) in names.iter().enumerate() { drop((i, n)) }
        match config.kind { Kind::A => {} _ => {} }
        config.lock().unwrap().push(3);
        println!("{}", names.len());
        vec! { 1 };
        'outer: loop { break 'outer; }
        stdin().lines().map(parse).print();
        log()
        "#,
        &[],
    );
}

#[test]
fn brokers_are_inherited() {
    let stream = "let a = kafka(\"a\").brokers(b).json::<A>(); a.to(kafka(\"c\").json());";
    check(stream, &[]);
    check(r#"settings(brokers = "x"); kafka("a").to(kafka("b"));"#, &[]);
    check(
        r#"kafka("a").brokers(x.y()).print(); kafka("b").brokers(x.y()).print(); kafka("c").print();"#,
        &[],
    );
}
