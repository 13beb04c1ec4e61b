//! The command line.

use crate::harness::{Scale, Who};

const HELP: &str = "\
usage: bench [NAME…] [OPTION…]

NAME is a benchmark, or the beginning of some with a `*` at its end; without one, all run.

  --quick         smaller inputs, fewer runs, no memory: to see that all works
  --threads 1,2   how many threads to measure with (1,2)
  --runs N        how often each side runs after its warm-up (5)
  --size MB       size of the text for word_count (32)
  --kafka HOST:PORT   a running broker, instead of one started for the occasion
  --json FILE     writes the results as JSON too
  --list          names the benchmarks";

/// What was asked for.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) names: Vec<String>,
    pub(crate) threads: Vec<usize>,
    pub(crate) runs: usize,
    pub(crate) json: Option<String>,
    pub(crate) list: bool,
    /// Only print how much memory this side takes. Not for users.
    pub(crate) peak: Option<Who>,
    pub(crate) scale: Scale,
}

impl Args {
    /// Reads the arguments behind the program's name. The error is a text for the user.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut runs, mut megabytes) = (None, None);
        let mut args = Self {
            names: Vec::new(),
            threads: vec![1, 2],
            runs: 0,
            json: None,
            list: false,
            peak: None,
            scale: Scale {
                quick: false,
                text_bytes: 0,
                kafka: None,
            },
        };
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value\n\n{HELP}"))
            };
            match argument.as_str() {
                "--quick" => args.scale.quick = true,
                "--threads" => args.threads = value()?.split(',').map(number).collect::<Result<_, _>>()?,
                "--runs" => runs = Some(number(&value()?)?),
                "--size" => megabytes = Some(number(&value()?)?),
                "--kafka" => args.scale.kafka = Some(value()?),
                "--json" => args.json = Some(value()?),
                "--peak" => args.peak = Some(Who::of(&value()?)),
                "--list" => args.list = true,
                "--help" | "-h" => return Err(HELP.to_owned()),
                other if other.starts_with('-') => return Err(format!("unknown option {other}\n\n{HELP}")),
                name => args.names.push(name.to_owned()),
            }
        }
        args.runs = runs.unwrap_or(if args.scale.quick { 3 } else { 5 });
        args.scale.text_bytes = megabytes.unwrap_or(if args.scale.quick { 4 } else { 32 }) << 20;
        Ok(args)
    }

    /// Whether there is time for one more run of each side, for its memory.
    pub(crate) fn measures_memory(&self) -> bool {
        !self.scale.quick
    }
}

/// A positive number.
fn number(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| format!("`{text}` is not a positive number"))
}
