//! A program of another edition that calls the runtime by another name, and takes no warnings.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]

use engine::key::Key;
use engine::stream_pipeline;
use serde::{Deserialize, Serialize};

/// Whose words are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Key)]
#[key(crate = engine)]
pub struct Author<T> {
    name: String,
    books: T,
}

/// How many words an author has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Total {
    author: Author<u64>,
    from: i64,
    words: u64,
    longest: String,
}

stream_pipeline!(
    /// Counts words by author.
    pub fn totals<T: Into<String> + Clone>(name: &str, path: T) {
        settings(batch_interval = 100ms);

        let name = name.to_owned();
        let lines = stdin()
            .lines()
            .event_time(|line| line.len() as u64, max_delay = 1s, idle = 1min);
        let (short, long) = lines.split(|line| line.len() < 10);
        let words = long.flat_map(|line| line.split(' ')).filter(|word| !word.is_empty());
        let totals = words
            .key_by(|word| Author {
                name: name.clone(),
                books: u64::from(word.starts_with('x')),
            })
            .window(tumbling(1min))
            .agg(Total {
                author: key(),
                from: window_start(),
                words: count(),
                longest: max(|word| *word),
            });
        totals.to(files(path.into()).jsonl());
        totals.late().print();
        let all = union(short.map(str::len), words.map(str::len));
        let sums = all.key_by(|len| len % 2).batch().fold(0, |sum, len| sum + len);
        sums.print();
    }
);

/// Pipelines made by another macro, with names and expressions from both.
macro_rules! counting {
    ($name:ident, $values:expr, $key:expr) => {
        stream_pipeline!({
            let $name = memory($values);
            let counts = $name.key_by($key).running(unbounded).count();
            counts.print();
        })
    };
}

/// Counts numbers by their last digit.
pub fn digits(values: Vec<u64>) -> engine::Pipeline<impl engine::Graph> {
    counting!(numbers, values, |n| *n % 10)
}

#[cfg(test)]
mod tests {
    use engine::testing::values;

    #[test]
    fn it_runs() {
        let mut driver = super::totals("ann", "unused").test();
        driver.push("lines", ["short", "a longer line"]);
        driver.finish();
        let totals: Vec<super::Total> = driver.output("totals.files").json();
        assert_eq!(
            (totals.len(), totals[0].words, totals[0].longest.as_str()),
            (1, 3, "longer")
        );
        assert_eq!(driver.output("sums.print").len(), 2);
    }

    #[test]
    fn it_runs_within_a_macro() {
        let mut driver = super::digits(Vec::new()).test();
        driver.push("numbers", values([1u64, 11, 2]));
        driver.finish();
        assert_eq!(driver.output("counts.print").sorted(), ["(1, 2)", "(2, 1)"]);
    }
}
