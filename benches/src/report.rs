//! The table, and the same as JSON.

use std::fmt::Write as _;
use std::fs;

use serde::Serialize;

use crate::args::Args;

/// What a pipeline is to reach of the hand-written loop.
const GOAL: f64 = 0.9;

/// One line of the table.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) threads: usize,
    /// Records that went in.
    pub(crate) rows: u64,
    /// Rows that came out.
    pub(crate) outputs: u64,
    pub(crate) hand: Side,
    pub(crate) ours: Option<Side>,
    /// Median of the pairwise ratios of ours to hand, as rates.
    pub(crate) ratio: Option<f64>,
    /// The same for records per second of processor time, all threads together: what neighbours on the machine do hardly
    /// changes it.
    pub(crate) cpu_ratio: Option<f64>,
}

/// The figures of one side: medians.
#[derive(Debug, Serialize)]
pub(crate) struct Side {
    /// Of every run.
    pub(crate) seconds: Vec<f64>,
    pub(crate) cpu_seconds: Vec<f64>,
    pub(crate) mrec_per_s: f64,
    pub(crate) ns_per_record: f64,
    /// The most memory of one run beyond its input.
    pub(crate) peak_mb: Option<f64>,
}

impl Line {
    fn missed(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio < GOAL)
    }
}

/// The table, with a footnote if something missed the goal.
pub(crate) fn table(lines: &[Line]) -> String {
    let mut out = format!(
        "{:18} {:>7} {:>10} {:>10} | {:>10} {:>10} | {:>9} {:>9} | {:>6}  {:>6} | {:>8} {:>8}\n",
        "",
        "threads",
        "records",
        "rows out",
        "hand M/s",
        "ours M/s",
        "hand ns",
        "ours ns",
        "ratio",
        "cpu",
        "hand MB",
        "ours MB"
    );
    for line in lines {
        let ours = |f: fn(&Side) -> Option<f64>, digits: usize| number(line.ours.as_ref().and_then(f), digits);
        let mark = if line.missed() { '*' } else { ' ' };
        let _ = writeln!(
            out,
            "{:18} {:>7} {:>10} {:>10} | {:>10} {:>10} | {:>9} {:>9} | {:>6}{mark} {:>6} | {:>8} {:>8}",
            line.name,
            line.threads,
            line.rows,
            line.outputs,
            number(Some(line.hand.mrec_per_s), 2),
            ours(|s| Some(s.mrec_per_s), 2),
            number(Some(line.hand.ns_per_record), 1),
            ours(|s| Some(s.ns_per_record), 1),
            number(line.ratio, 2),
            number(line.cpu_ratio, 2),
            number(line.hand.peak_mb, 0),
            ours(|s| s.peak_mb, 0),
        );
    }
    if lines.iter().any(Line::missed) {
        let _ = writeln!(out, "* below {GOAL} of the hand-written loop");
    }
    out
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

#[derive(Serialize)]
struct Report<'a> {
    cpu: String,
    cores: usize,
    quick: bool,
    runs: usize,
    goal: f64,
    lines: &'a [Line],
}

/// Everything, every single run included.
pub(crate) fn json(lines: &[Line], args: &Args) -> Result<String, String> {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = info
        .lines()
        .find(|line| line.starts_with("model name"))
        .and_then(|line| line.split_once(": "));
    let report = Report {
        cpu: cpu.map_or("unknown", |(_, name)| name).to_owned(),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        quick: args.scale.quick,
        runs: args.runs,
        goal: GOAL,
        lines,
    };
    serde_json::to_string_pretty(&report).map_err(|e| e.to_string())
}
