//! What a benchmark is, and how its two sides are run against each other.

use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::time::Instant;

use cpu_time::ProcessTime;
use foldhash::fast::FixedState;

use crate::args::Args;
use crate::memory::ask_peak;
use crate::pool::Pool;
use crate::report::{Line, Side as Figures};

/// How large the inputs are to be.
#[derive(Debug)]
pub(crate) struct Scale {
    /// Inputs about a tenth of the usual size.
    pub(crate) quick: bool,
    /// The text of `word_count`.
    pub(crate) text_bytes: usize,
    /// A running broker.
    pub(crate) kafka: Option<String>,
}

impl Scale {
    /// `usual`, or a tenth of it.
    pub(crate) fn of(&self, usual: usize) -> usize {
        if self.quick { usual / 10 } else { usual }
    }
}

/// What one run gave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Records that went in.
    pub(crate) rows: u64,
    /// From the first record that went in to the last row that came out.
    pub(crate) seconds: f64,
    /// Processor time that all threads of this process took meanwhile.
    pub(crate) cpu_seconds: f64,
    /// Rows that came out.
    pub(crate) outputs: u64,
    /// Of the rows that came out, in whatever order.
    pub(crate) checksum: u64,
}

impl Measured {
    /// Runs `work` against the clock, then checks the rows that it gave, which may come in several pieces.
    pub(crate) fn of<P, R: Hash>(rows: usize, work: impl FnOnce() -> Vec<P>) -> Self
    where
        for<'p> &'p P: IntoIterator<Item = &'p R>,
    {
        let watch = Watch::start();
        let pieces = work();
        let mut measured = watch.stop(rows as u64);
        for row in pieces.iter().flatten() {
            measured.add_output(row);
        }
        measured
    }

    /// Counts one row that came out.
    pub(crate) fn add_output(&mut self, row: &(impl Hash + ?Sized)) {
        self.outputs += 1;
        self.checksum = self.checksum.wrapping_add(FixedState::with_seed(1).hash_one(row));
    }
}

/// Measures time and processor time.
#[derive(Debug)]
pub(crate) struct Watch {
    time: Instant,
    cpu: ProcessTime,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self {
            time: Instant::now(),
            cpu: ProcessTime::now(),
        }
    }

    /// What it took to work on so many records.
    pub(crate) fn stop(&self, rows: u64) -> Measured {
        Measured {
            rows,
            seconds: self.time.elapsed().as_secs_f64(),
            cpu_seconds: self.cpu.elapsed().as_secs_f64(),
            outputs: 0,
            checksum: 0,
        }
    }
}

/// A side of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Hand,
    Ours,
}

impl Who {
    pub(crate) fn of(name: &str) -> Self {
        if name == Self::Ours.name() {
            Self::Ours
        } else {
            Self::Hand
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::Ours => "ours",
        }
    }
}

/// Runs one side of a benchmark once with that many threads.
pub(crate) type Side = Box<dyn Fn(&Pool) -> Measured>;

/// A benchmark with its input.
pub(crate) struct Case {
    /// The best loop that we could write by hand.
    hand: Side,
    /// The pipeline.
    ours: Option<Side>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("ours", &self.ours.is_some())
            .finish_non_exhaustive()
    }
}

impl Case {
    pub(crate) fn new(hand: impl Fn(&Pool) -> Measured + 'static) -> Self {
        Self {
            hand: Box::new(hand),
            ours: None,
        }
    }

    /// Adds the pipeline, which gets the number of threads.
    pub(crate) fn ours(mut self, ours: impl Fn(usize) -> Measured + 'static) -> Self {
        self.ours = Some(Box::new(move |pool| ours(pool.threads)));
        self
    }

    pub(crate) fn side(&self, who: Who) -> Option<&Side> {
        match who {
            Who::Hand => Some(&self.hand),
            Who::Ours => self.ours.as_ref(),
        }
    }
}

/// Runs both sides in turns, for each number of threads.
pub(crate) fn run(name: &'static str, case: &Case, args: &Args) -> Result<Vec<Line>, String> {
    let mut reference = None;
    let mut lines = Vec::new();
    for &threads in &args.threads {
        let mut runs = [Vec::new(), Vec::new()];
        for round in 0..=args.runs {
            for who in [Who::Hand, Who::Ours] {
                let Some(side) = case.side(who) else { continue };
                // A pipeline starts its threads anew, and they their memory: so does the hand-written side.
                let measured = side(&Pool::new(threads));
                let result = (measured.rows, measured.outputs, measured.checksum);
                let expected = *reference.get_or_insert(result);
                if result != expected {
                    let who = who.name();
                    return Err(format!(
                        "{name}, {who}, {threads} threads: (records, rows out, checksum) are {result:?}, not {expected:?}"
                    ));
                }
                if round > 0 {
                    runs[who as usize].push(measured);
                }
            }
        }
        let (rows, outputs, _) = reference.expect("there was a warm-up");
        let [hand, ours] = runs;
        let figures = |who, runs: &[Measured]| {
            let seconds = time(runs);
            let median = median(seconds.clone());
            Figures {
                seconds,
                cpu_seconds: cpu_time(runs),
                mrec_per_s: rows as f64 / median / 1e6,
                ns_per_record: median * 1e9 / rows as f64,
                peak_mb: args
                    .measures_memory()
                    .then(|| ask_peak(name, threads, who, args))
                    .flatten()
                    .map(|peak| peak as f64 / 1e6),
            }
        };
        lines.push(Line {
            name,
            threads,
            rows,
            outputs,
            ratio: ratio(&time(&hand), &time(&ours)),
            cpu_ratio: ratio(&cpu_time(&hand), &cpu_time(&ours)),
            hand: figures(Who::Hand, &hand),
            ours: (!ours.is_empty()).then(|| figures(Who::Ours, &ours)),
        });
    }
    Ok(lines)
}

fn time(runs: &[Measured]) -> Vec<f64> {
    runs.iter().map(|run| run.seconds).collect()
}

fn cpu_time(runs: &[Measured]) -> Vec<f64> {
    runs.iter().map(|run| run.cpu_seconds).collect()
}

/// The median of what each run of ours did per unit of time, relative to the hand-written run before it.
fn ratio(hand: &[f64], ours: &[f64]) -> Option<f64> {
    (!ours.is_empty()).then(|| median(hand.iter().zip(ours).map(|(hand, ours)| hand / ours).collect()))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Args {
        Args::parse(
            ["--threads", "1", "--runs", "3", "--quick"]
                .map(str::to_owned)
                .into_iter(),
        )
        .unwrap()
    }

    fn fixed(seconds: f64, row: u64) -> Measured {
        let mut measured = Measured {
            rows: 10,
            seconds,
            cpu_seconds: seconds,
            outputs: 0,
            checksum: 0,
        };
        measured.add_output(&row);
        measured
    }

    #[test]
    fn the_ratio_compares_rates() {
        let case = Case::new(|_| fixed(1.0, 7)).ours(|_| fixed(2.0, 7));
        let lines = run("test", &case, &args()).unwrap();
        assert_eq!(lines[0].ratio, Some(0.5));
    }

    #[test]
    fn different_outputs_are_an_error() {
        let case = Case::new(|_| fixed(1.0, 7)).ours(|_| fixed(1.0, 8));
        assert!(run("test", &case, &args()).unwrap_err().contains("ours"));
    }

    #[test]
    fn medians() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(vec![4.0, 1.0]) - 2.5).abs() < 1e-9);
    }
}
