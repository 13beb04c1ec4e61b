//! "did you mean": the nearest known name.

/// What other engines and plain Rust call our operators.
const ALIASES: &[(&str, &str)] = &[
    ("add_sink", "to"),
    ("aggregate", "agg"),
    ("aggregate_by_key", "agg"),
    ("app_name", "name"),
    ("application_id", "name"),
    ("assign_timestamps", "event_time"),
    ("assign_timestamps_and_watermarks", "event_time"),
    ("batch_duration", "batch_interval"),
    ("bootstrap_servers", "brokers"),
    ("chain", "union"),
    ("checkpoint_dir", "checkpoint"),
    ("checkpoint_location", "checkpoint"),
    ("concat", "union"),
    ("console", "print"),
    ("count_by_key", "count"),
    ("count_by_value", "count"),
    ("deserialize", "json"),
    ("do_on_next", "inspect"),
    ("explode", "flat_map"),
    ("file", "files"),
    ("flatten", "flat_map"),
    ("for_each", "inspect"),
    ("foreach_rdd", "to"),
    ("from_iter", "memory"),
    ("from_vec", "memory"),
    ("group_by", "key_by"),
    ("group_by_key", "key_by"),
    ("hopping", "window"),
    ("iter", "memory"),
    ("map_values", "map"),
    ("map_with_state", "running"),
    ("merge", "union"),
    ("parse", "json"),
    ("num_threads", "threads"),
    ("parallelism", "threads"),
    ("partition", "split"),
    ("partition_by", "key_by"),
    ("peek", "inspect"),
    ("pprint", "print"),
    ("processing_guarantee", "guarantee"),
    ("println", "print"),
    ("queue_stream", "channel"),
    ("read_dir", "files"),
    ("reduce_by_key", "reduce"),
    ("retain", "filter"),
    ("save", "to"),
    ("save_as_text_files", "to"),
    ("select", "map"),
    ("session", "window"),
    ("show", "print"),
    ("sink", "to"),
    ("sink_to", "to"),
    ("sliding", "window"),
    ("socket_text_stream", "socket"),
    ("stdout", "print"),
    ("tap", "inspect"),
    ("tcp", "socket"),
    ("text_file", "files"),
    ("text_file_stream", "files"),
    ("timestamp", "event_time"),
    ("transform", "map"),
    ("tumbling", "window"),
    ("tumbling_window", "window"),
    ("update_state_by_key", "running"),
    ("watermark", "event_time"),
    ("where_", "filter"),
    ("window_by", "window"),
    ("with_timestamps", "event_time"),
    ("with_watermark", "event_time"),
    ("workers", "threads"),
    ("write", "to"),
    ("write_stream", "to"),
    ("write_to", "to"),
];

/// The known name that was most likely meant.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = snake_case(wrong);
    let alias = ALIASES
        .iter()
        .find(|(other, _)| *other == folded)
        .map(|(_, ours)| *ours);
    known
        .into_iter()
        .map(|name| {
            (
                if alias == Some(name) {
                    0
                } else {
                    distance(&folded, name)
                },
                name,
            )
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= tolerance(name))
        .map(|(_, name)| name)
}

/// `reduceByKey` becomes `reduce_by_key`, and `Kafka` becomes `kafka`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && lower {
            snake.push('_');
        }
        lower = letter.is_lowercase();
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Whether a known name was meant and misspelled. What others call our operators may well be a function of the user's.
pub(crate) fn is_misspelled<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> bool {
    let folded = snake_case(wrong);
    known.into_iter().any(|name| distance(&folded, name) <= tolerance(name))
}

/// Short names are near to everything, so they forgive less.
fn tolerance(name: &str) -> usize {
    if name.len() < 5 { 1 } else { 2 }
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = ["map", "filter", "filter_map", "key_by", "kafka", "to"];

    #[test]
    fn finds_typos_swaps_cases_and_aliases() {
        let cases = [
            ("fitler", Some("filter")),
            ("filtermap", Some("filter_map")),
            ("kafak", Some("kafka")),
            ("Kafka", Some("kafka")),
            ("group_by", Some("key_by")),
            ("groupBy", Some("key_by")),
            ("flatMap", None),
            ("mpa", Some("map")),
            ("join", None),
            ("dedup", None),
            ("", None),
        ];
        for (wrong, expected) in cases {
            assert_eq!(nearest(wrong, KNOWN), expected, "{wrong}");
        }
    }
}
