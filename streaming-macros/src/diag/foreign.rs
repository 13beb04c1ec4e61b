//! What other engines, and Rust's iterators, have and we do not: what to write here, or that it is not there yet.
//!
//! A name that one of our operators simply has under another name is in [`super::suggest`]. These need a word more.

/// Where the name was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// Behind a dot.
    Operator,
    /// At the head of a chain.
    Source,
    /// Inside `to(…)`.
    Sink,
    /// Inside `window(…)`.
    Window,
}

/// What to say of a name that we do not have, in snake case. The tables have names, and what to say of each of them.
pub(crate) fn help(name: &str, at: At) -> Option<&'static str> {
    let of = |table: &[(&str, &'static str)]| {
        let mut entries = table.iter();
        let entry = entries.find(|(names, _)| names.split(' ').any(|other| other == name));
        entry.map(|(_, help)| *help)
    };
    match at {
        At::Operator => of(OPERATORS),
        At::Source => of(SOURCES),
        At::Sink => of(SINKS),
        At::Window => of(WINDOWS),
    }
}

const OPERATORS: &[(&str, &str)] = &[
    (
        "inner_join interval_join join_with join_stream stream_join join_on join_within equi_join",
        "write `a.join(b).on(|a| a.key, |b| b.key).within(-5min..=15min)`",
    ),
    (
        "left_join right_join full_join outer_join left_outer_join right_outer_join \
         full_outer_join semi_join anti_join",
        "only pairs are there yet: `a.join(b).on(|a| a.key, |b| b.key).within(-5min..=15min)`",
    ),
    (
        "window_join co_group cogroup connect",
        "joins go by a range of time: `a.join(b).on(|a| a.key, |b| b.key).within(-5min..=15min)`",
    ),
    (
        "lookup lookup_join temporal_join broadcast_join enrich",
        "tables are not there yet: values of the program may be used in closures, a large one through an `Arc`",
    ),
    (
        "sliding sliding_window slide hopping hopping_window hop reduce_by_key_and_window \
         count_by_window",
        "write `.key_by(…).window(sliding(10min, every = 1min))` before an aggregate",
    ),
    (
        "session session_window sessions",
        "write `.key_by(…).window(session(gap = 30min))` before an aggregate",
    ),
    (
        "count_window count_window_all",
        "windows go by event time: `.key_by(…).window(tumbling(1min))` before an aggregate",
    ),
    (
        "windowed_by time_window time_window_all window_all tumble tumbling tumbling_window \
         tumbling_windows window_by windows group_by_window",
        "a window stands behind a key: `.key_by(…).window(tumbling(1min))`",
    ),
    (
        "dedup distinct deduplicate drop_duplicates drop_duplicates_within_watermark unique \
         unique_by dedup_by distinct_by",
        "there is none yet: keep one record a key, `.key_by(…).window(tumbling(1min)).agg(first(|record| …))`",
    ),
    (
        "try_map and_then map_err map_ok unwrap expect ok try_for_each try_filter_map",
        "records that fail are dropped by `.filter_map(|record| ….ok())`; `.errors()` has those that cannot be decoded",
    ),
    (
        "async_map map_async then buffered buffer_unordered unordered_wait ordered_wait \
         async_wait",
        "operators do not wait yet: what must be awaited belongs into a source or a sink of your own",
    ),
    (
        "process process_function key_by_process stateful_map transform_with_state process_values \
         flat_map_with_state flat_map_groups_with_state map_groups_with_state transform_values \
         process_element keyed_process",
        "write `.key_by(…).state::<S>(ttl = 1h).on_event(|state, record, cx| …)`, with `.on_timer(|state, cx| …)` for timers",
    ),
    (
        "map_with_state update_state_by_key scan accumulate running_fold",
        "state is kept by key: `.key_by(…).running(ttl = 1h).fold(start, |state, record| …)`",
    ),
    (
        "repartition rebalance shuffle coalesce rescale broadcast global set_parallelism \
         parallelism partition_custom forward num_partitions par_iter set_max_parallelism",
        "leave it out: all threads work on every chunk, and `settings(threads = n)` says how many there are",
    ),
    (
        "cache persist unpersist tee shared share",
        "leave it out: bind the stream with `let`, and use it as often as you like",
    ),
    (
        "checkpoint enable_checkpointing checkpoint_location",
        "a checkpoint is the pipeline's: `settings(checkpoint = \"dir\")`",
    ),
    (
        "for_each foreach foreach_rdd foreach_batch foreach_partition for_each_batch",
        "look at records with `.inspect(|record| …)`, write them with `.to(sink(…))`, which gets them batch by batch",
    ),
    (
        "map_values flat_map_values map_partitions map_batches map_partition transform_batch",
        "write `.map(|record| …)`: behind an aggregate a record is `(key, value)`",
    ),
    ("select_expr with_column project select_key", "write `.map(|record| …)`"),
    ("filter_not reject skip_if", "write `.filter(|record| !…)`"),
    (
        "watermark with_watermark assign_timestamps assign_timestamps_and_watermarks \
         with_timestamps assign_event_time",
        "write `.event_time(|record| record.at, max_delay = 30s)`",
    ),
    (
        "allowed_lateness grace grace_period with_grace",
        "there is none yet: `max_delay` of `.event_time(…)` says how late records may come, `.late()` has those that came later",
    ),
    (
        "suppress until_window_closes",
        "leave it out: a window is emitted once, when it has closed",
    ),
    (
        "to_table table as_table ktable to_k_table global_table materialize materialized",
        "there are no tables: `.key_by(…).running(ttl = 1h).agg(last(|record| …))` keeps the last record of a key",
    ),
    (
        "to_stream as_stream into_stream stream",
        "leave it out: an aggregate gives a stream",
    ),
    (
        "save_as_text_files save_as_object_files write_as_text write_as_csv write_to_file to_file \
         save_as_text_file",
        "write `.to(files(dir).jsonl())` or `.to(files(dir).csv())`",
    ),
    (
        "to_kafka produce send publish through",
        "write `.to(kafka(\"topic\").json())`",
    ),
    (
        "start run run_blocking execute await_termination subscribe block_on build explain",
        "a pipeline runs as a whole: `let pipeline = stream_pipeline!({ … }); pipeline.run().await`",
    ),
    (
        "uid named name with_name alias",
        "bind the stream with `let`: the name is the operator's id",
    ),
    (
        "count_by_key count_by_value counts value_counts",
        "write `.key_by(…).batch().count()`, or another scope than `batch`",
    ),
    (
        "reduce_by_key aggregate_by_key fold_by_key combine_by_key reduce_values reduce_groups",
        "write `.key_by(…).batch().reduce(|a, b| …)`, or another scope than `batch`",
    ),
    (
        "min max avg mean average first last top min_by max_by min_by_key max_by_key \
         count_distinct aggregate",
        "aggregates stand in `agg`: `.key_by(…).batch().agg((key(), max(|record| …)))`",
    ),
    (
        "sort sort_by sort_by_key order_by sorted sorted_by rev reverse",
        "a stream has no end and so no order: `.agg(top(10, |record| …))` has the largest of a key",
    ),
    (
        "take limit skip head nth take_while skip_while step_by map_while sample zip unzip",
        "chunks are worked on by all threads, so records have no common order: decide by record, `.filter(|record| …)`",
    ),
    (
        "enumerate zip_with_index monotonically_increasing_id",
        "records have no common number: `.map(|record, meta| (meta.offset(), record))` has the place in the source",
    ),
    (
        "cloned copied to_owned clone deref",
        "write `.map(|record| record.clone())`, or use the stream as it is: it may be read many times",
    ),
    (
        "iter into_iter iter_mut by_ref next peekable",
        "leave it out: a stream gives its records to the operators",
    ),
    (
        "flatten explode flat_map_iterable",
        "write `.flat_map(|record| record)`",
    ),
    (
        "chunks batches array_chunks buffer grouped micro_batch group_within",
        "records come in batches by themselves: `settings(batch_interval = 1s)`, and `.batch()` aggregates over one",
    ),
    (
        "await_all collect_vec to_vec to_list collect_list to_pandas toarray",
        "a stream has no end: collect into a handle, `.to(collect(handle))`, or by key, `.agg(collect(|record| …))`",
    ),
    (
        "merge concat chain union_all merge_with concat_with union_with combine chain_with",
        "write `union(a, b)` at the head of a chain",
    ),
    (
        "side_output get_side_output output_tag side_output_late_data",
        "write `let (a, b) = stream.split(|record| …)`; late records are in `.late()`, undecodable ones in `.errors()`",
    ),
    (
        "avro protobuf proto msgpack message_pack xml parquet orc bincode cbor yaml toml",
        "this format is not there yet: there are `.lines()`, `.json::<T>()` and `.csv::<T>()`",
    ),
    (
        "text utf8 string strings as_string to_string decode bytes raw",
        "write `.lines()`, which gives the text of each record",
    ),
    (
        "rate_limit throttle debounce delay sleep timeout backpressure",
        "there is none: a source waits by itself where what follows is slower",
    ),
    (
        "default_if_empty if_empty switch_if_empty is_empty",
        "a stream has no end, so it cannot be known to be empty",
    ),
];

const SOURCES: &[(&str, &str)] = &[
    (
        "kinesis flume pulsar rabbitmq amqp mqtt nats redis postgres mysql jdbc sqlite http \
         websocket s3 gcs hdfs parquet delta iceberg mongodb elasticsearch eventhubs kafka_table \
         cdc debezium clickhouse snowflake unix_socket udp",
        "this source is not there yet: write one of your own, and begin with `source(…)`",
    ),
    (
        "join left_join cogroup zip",
        "a join stands behind a stream: `a.join(b).on(|a| a.key, |b| b.key).within(-5min..=15min)`",
    ),
    (
        "broadcast accumulator table ktable global_table state",
        "there is none yet: values of the program may be used in closures, a large one through an `Arc`",
    ),
    (
        "iter from_iter from_elements from_collection vec once empty range parallelize \
         from_sequence",
        "values come from `memory(values)`, and those that are made while it runs from `channel(receiver)`",
    ),
    (
        "interval tick ticker timer datagen generator generate",
        "write `rate(rows_per_second)`, whose records have `value` and `at`",
    ),
    (
        "tcp socket_text_stream tcp_listener tcp_stream socket_stream",
        "write `socket(\"host:port\").lines()`, which connects as a client",
    ),
];

const SINKS: &[(&str, &str)] = &[
    (
        "kinesis pulsar rabbitmq amqp mqtt nats redis postgres mysql jdbc sqlite http websocket \
         socket tcp s3 gcs hdfs delta iceberg mongodb elasticsearch opensearch clickhouse \
         snowflake cassandra prometheus webhook sqlite_totals",
        "this sink is not there yet: write one of your own, `.to(sink(…))`",
    ),
    (
        "parquet avro orc protobuf xml",
        "this format is not there yet: `.to(files(dir).jsonl())` or `.to(files(dir).csv())`",
    ),
    (
        "memory vec channel sender list",
        "write `.to(collect(handle))` with `let handle = Collected::new();`, or a sink of your own",
    ),
    (
        "null noop black_hole discard void drop dev_null",
        "name the stream `_name`: then nothing has to read it",
    ),
];

const WINDOWS: &[(&str, &str)] = &[
    (
        "hopping hop slide sliding_event_time_windows sliding_window",
        "write `window(sliding(10min, every = 1min))`",
    ),
    (
        "sessions gap session_window event_time_session_windows",
        "write `window(session(gap = 30min))`",
    ),
    (
        "count rows global cumulate",
        "not there yet: there are `tumbling(1min)`, `sliding(10min, every = 1min)` and `session(gap = 30min)`",
    ),
    (
        "tumble fixed tumbling_event_time_windows tumbling_window time every",
        "write `window(tumbling(1min))`",
    ),
    (
        "tumbling_processing_time_windows processing_time",
        "windows go by event time: `window(tumbling(1min))`, or aggregate by `.batch()`",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::TABLE;

    const ALL: [(At, &[(&str, &str)]); 4] = [
        (At::Operator, OPERATORS),
        (At::Source, SOURCES),
        (At::Sink, SINKS),
        (At::Window, WINDOWS),
    ];

    #[test]
    fn nothing_is_said_of_what_is_there() {
        for (at, table) in ALL {
            for name in table.iter().flat_map(|(names, _)| names.split(' ')) {
                let there = match at {
                    At::Operator => TABLE.method(name).is_some(),
                    At::Source => TABLE.head(name).is_some(),
                    At::Sink => TABLE.sink(name).is_some(),
                    At::Window => crate::spec::Shape::of(name).is_some(),
                };
                assert!(!there, "{name} is there");
            }
        }
    }

    #[test]
    fn every_name_has_one_answer_that_fits_a_line() {
        for (at, table) in ALL {
            let mut names: Vec<&str> = table.iter().flat_map(|(names, _)| names.split(' ')).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{at:?}");
            for (_, help) in table {
                assert!(help.len() <= 130, "{help}");
            }
        }
    }

    #[test]
    fn looks_in_the_right_place() {
        assert!(help("interval_join", At::Operator).is_some_and(|help| help.contains(".within(")));
        assert!(help("kinesis", At::Operator).is_none());
        assert!(help("hopping", At::Window).is_some());
    }
}
