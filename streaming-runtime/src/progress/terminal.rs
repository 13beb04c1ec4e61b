use std::io::{IsTerminal, Stderr, Write};

use super::{BatchProgress, utc};

/// The line redraws at most this often, in milliseconds between batches' times.
const REDRAW: i64 = 100;

/// Goes to the line's start and empties it.
const WIPE: &str = "\r\x1b[2K";

/// The progress line of a bounded run: rows, rate, watermark and batch, on standard error.
///
/// Time comes from the batches, so that there is none of its own. The line is wiped when this is dropped.
#[derive(Debug)]
pub(crate) struct Terminal<W: Write> {
    out: W,
    /// Standard output is the same terminal: the line makes room for it.
    shared: bool,
    colour: bool,
    visible: bool,
    started: Option<i64>,
    drawn: Option<i64>,
    rows: u64,
    late: u64,
    errors: u64,
}

impl Terminal<Stderr> {
    /// The line on standard error; `None` when that is not a terminal.
    pub(crate) fn stderr() -> Option<Self> {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let out = std::io::stderr();
        (out.is_terminal() && !dumb).then(|| Self::new(out, std::io::stdout().is_terminal(), !set("NO_COLOR")))
    }
}

impl<W: Write> Terminal<W> {
    fn new(out: W, shared: bool, colour: bool) -> Self {
        Self {
            out,
            shared,
            colour,
            visible: false,
            started: None,
            drawn: None,
            rows: 0,
            late: 0,
            errors: 0,
        }
    }

    /// Call before sinks write: they may write to the same terminal.
    pub(crate) fn make_room(&mut self) {
        if self.shared {
            self.wipe();
        }
    }

    /// Shows a batch that is written.
    pub(crate) fn show(&mut self, progress: &BatchProgress) {
        self.rows += progress.rows_in;
        self.late += progress.late;
        self.errors += progress.errors;
        let now = progress.batch_time;
        let started = *self.started.get_or_insert(now);
        if self.drawn.is_some_and(|drawn| now.saturating_sub(drawn) < REDRAW) {
            return;
        }
        self.drawn = Some(now);
        let text = self.text(progress, now.saturating_sub(started));
        let (dim, plain) = if self.colour { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        // A line that is wider than the terminal must be cut, not wrapped: only one line can be wiped.
        self.write(&format!("{WIPE}\x1b[?7l{dim}{text}{plain}\x1b[?7h"));
        self.visible = true;
    }

    fn text(&self, progress: &BatchProgress, elapsed: i64) -> String {
        let mut parts = vec![
            progress.pipeline.clone(),
            format!("batch {}", progress.batch),
            format!("{} rows", short(self.rows)),
        ];
        if let Ok(elapsed @ 1..) = u64::try_from(elapsed) {
            parts.push(format!("{} rows/s", short(self.rows.saturating_mul(1000) / elapsed)));
        }
        parts.extend(progress.watermark.and_then(utc).map(|at| format!("watermark {at}")));
        for (count, name) in [(self.late, "late"), (self.errors, "errors")] {
            if count > 0 {
                parts.push(format!("{} {name}", short(count)));
            }
        }
        parts.join("  ")
    }

    fn wipe(&mut self) {
        if std::mem::take(&mut self.visible) {
            self.write(WIPE);
        }
    }

    /// The line is a help, not a result: a terminal that went away stops nothing.
    fn write(&mut self, text: &str) {
        let _ = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
    }
}

impl<W: Write> Drop for Terminal<W> {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// A number in at most four digits: `950`, `12.3 k`, `4.00 M`.
#[allow(clippy::cast_precision_loss)]
fn short(n: u64) -> String {
    let (unit, name) = match n {
        0..1_000 => return n.to_string(),
        1_000..1_000_000 => (1e3, "k"),
        1_000_000..1_000_000_000 => (1e6, "M"),
        _ => (1e9, "G"),
    };
    let value = n as f64 / unit;
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(batch: u64, batch_time: i64, rows_in: u64) -> BatchProgress {
        BatchProgress {
            pipeline: "revenue".to_owned(),
            batch,
            batch_time,
            rows_in,
            watermark: Some(86_400_000 + batch_time),
            ..BatchProgress::default()
        }
    }

    fn drawn(shared: bool, colour: bool, steps: impl FnOnce(&mut Terminal<&mut Vec<u8>>)) -> String {
        let mut out = Vec::new();
        let mut terminal = Terminal::new(&mut out, shared, colour);
        steps(&mut terminal);
        drop(terminal);
        String::from_utf8(out).unwrap().replace('\x1b', "^").replace('\r', "<")
    }

    #[test]
    fn the_line_is_redrawn_ten_times_a_second_and_wiped_at_the_end() {
        let text = drawn(false, false, |terminal| {
            terminal.show(&batch(0, 0, 1_000));
            terminal.make_room();
            terminal.show(&batch(1, 99, 500));
            terminal.show(&BatchProgress {
                late: 3,
                ..batch(2, 500, 1_500_000)
            });
        });
        let lines: Vec<&str> = text.split("<^[2K").collect();
        assert_eq!(
            lines,
            [
                "",
                "^[?7lrevenue  batch 0  1.00 k rows  watermark 1970-01-02T00:00:00Z^[?7h",
                "^[?7lrevenue  batch 2  1.50 M rows  3.00 M rows/s  watermark 1970-01-02T00:00:00.5Z  3 late^[?7h",
                "",
            ]
        );
    }

    #[test]
    fn the_line_makes_room_for_output_on_the_same_terminal() {
        let text = drawn(true, true, |terminal| {
            terminal.make_room();
            terminal.show(&batch(7, 0, 12));
            terminal.make_room();
            terminal.make_room();
        });
        assert_eq!(
            text,
            "<^[2K^[?7l^[2mrevenue  batch 7  12 rows  watermark 1970-01-02T00:00:00Z^[0m^[?7h<^[2K"
        );
    }

    #[test]
    fn numbers_are_short() {
        let numbers = [0, 999, 1_000, 12_345, 123_456, 4_000_000, 56_000_000_000];
        let expected = ["0", "999", "1.00 k", "12.3 k", "123 k", "4.00 M", "56.0 G"];
        assert_eq!(numbers.map(short), expected.map(str::to_owned));
    }
}
