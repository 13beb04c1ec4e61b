//! "did you mean": the nearest known name.

/// What other engines and plain Rust call our operators.
const ALIASES: &[(&str, &str)] = &[
    ("aggregate", "agg"),
    ("deserialize", "json"),
    ("for_each", "inspect"),
    ("foreach", "inspect"),
    ("group_by", "key_by"),
    ("groupby", "key_by"),
    ("merge", "union"),
    ("partition", "split"),
    ("select", "map"),
    ("tap", "inspect"),
    ("where_", "filter"),
    ("with_timestamps", "event_time"),
    ("write_to", "to"),
];

/// The known name that was most likely meant.
pub(crate) fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alias = ALIASES.iter().find(|(other, _)| *other == wrong).map(|(_, ours)| *ours);
    let folded = wrong.to_lowercase();
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
