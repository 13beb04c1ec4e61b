//! A pipeline with all kinds of state, stopped at every place of the protocol, once for every batch.

use std::path::Path;

use streaming_runtime::__private::stop_at;
use streaming_runtime::{PipelineError, stream_pipeline};

use super::deciding::Topic;
use super::table::Table;

/// How a result differs from that of a run without a stop.
#[derive(Debug)]
#[expect(dead_code, reason = "shown where a test fails")]
pub(crate) enum Flaw {
    Rows {
        at: String,
        missing: Vec<String>,
        extra: Vec<String>,
    },
    Counted {
        at: String,
        records: u64,
    },
    Failed {
        at: String,
        error: String,
    },
}

const EVENTS: i64 = 60;

#[derive(Debug, Clone)]
struct Event {
    id: i64,
    user: i64,
    at: i64,
}

/// Pairs have the same time, and some are far apart from what is around them, so that a watermark that was forgotten shows.
fn events() -> Vec<Event> {
    let event = |id: i64| Event {
        id,
        user: id % 3,
        at: if id % 11 == 10 { id * 5 - 400 } else { id / 6 * 30 },
    };
    (0..EVENTS).map(event).collect()
}

macro_rules! pipeline {
    ($name:ident, $sink:ty) => {
        stream_pipeline!(
            fn $name(out: $sink) {
                settings(trigger = available_now);
                let events = memory(events()).event_time(|e| e.at, max_delay = 10ms);
                let ever = events
                    .key_by(|e| e.user)
                    .running(unbounded)
                    .agg((key(), count(), last(|e| e.id)));
                let windows = events.key_by(|e| e.user).window(tumbling(50ms)).agg((
                    key(),
                    window_start(),
                    count(),
                    sum(|e| e.id),
                ));
                let ever_rows = ever.map(|row| format!("ever {row:?}"));
                let late_rows = windows.late().map(|e| format!("late {}", e.id));
                let window_rows = windows.map(|row| format!("window {row:?}"));
                let rows = union(ever_rows, late_rows, window_rows);
                rows.to(sink(out));
            }
        );
    };
}
pipeline!(into_table, Table);
pipeline!(into_topic, Topic);

/// Everything is stopped once at every place for every batch, with a sink that relies on the journal.
pub(crate) fn every_stop() -> Result<u64, Flaw> {
    const PLACES: [&str; 6] = ["computed", "prepared", "deciding", "journaled", "decided", "committed"];
    each(&PLACES, || {
        let table = Table::default();
        let written = table.clone();
        (
            move |directory: &Path, rows: u64| {
                into_table(table.clone())
                    .max_batch_rows(rows)
                    .checkpoint(directory)
                    .run_blocking()
            },
            move || written.rows(),
        )
    })
}

/// The same with a sink that decides for itself.
pub(crate) fn every_stop_deciding() -> Result<u64, Flaw> {
    const PLACES: [&str; 5] = ["computed", "prepared", "journaled", "decided", "committed"];
    each(&PLACES, || {
        let topic = Topic::default();
        let written = topic.clone();
        (
            move |directory: &Path, rows: u64| {
                into_topic(topic.clone())
                    .max_batch_rows(rows)
                    .checkpoint(directory)
                    .run_blocking()
            },
            move || written.rows(),
        )
    })
}

/// Gives how many runs were stopped.
fn each<R, W>(places: &[&str], fresh: impl Fn() -> (R, W)) -> Result<u64, Flaw>
where
    R: Fn(&Path, u64) -> Result<streaming_runtime::Summary, PipelineError>,
    W: Fn() -> Vec<String>,
{
    let mut stopped = 0;
    for place in places {
        for times in 1.. {
            let at = format!("{place}:{times}");
            let (run, rows) = fresh();
            let directory = tempfile::tempdir().expect("a directory for the checkpoint");
            stop_at(place, times);
            let mut batch_rows = 3;
            let mut stops = 0;
            let records = loop {
                match run(directory.path(), batch_rows) {
                    Ok(summary) => break summary.totals.rows_in,
                    Err(error) if stops == 0 && error.to_string().contains("stopped at") => {
                        stops += 1;
                        // What comes next is cut otherwise, so that a batch that is begun anew is another.
                        batch_rows = 5;
                    }
                    Err(error) => {
                        let error = error.to_string();
                        return Err(Flaw::Failed { at, error });
                    }
                }
            };
            let rows = rows().iter().map(|row| row.trim_matches('"').to_owned()).collect();
            compare(&at, rows, records)?;
            stopped += stops;
            if stops == 0 {
                break;
            }
        }
    }
    stop_at("nowhere", 1);
    Ok(stopped)
}

/// Compares what does not depend on how batches are cut: windows, what is late, and the last running row of each key.
fn compare(at: &str, rows: Vec<String>, records: u64) -> Result<(), Flaw> {
    if records != EVENTS.unsigned_abs() {
        return Err(Flaw::Counted {
            at: at.to_owned(),
            records,
        });
    }
    let (found, expected) = (settled(rows), expected());
    let missing: Vec<String> = without(&expected, &found);
    let extra: Vec<String> = without(&found, &expected);
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(Flaw::Rows {
        at: at.to_owned(),
        missing,
        extra,
    })
}

fn without(rows: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let left = rows
        .iter()
        .filter(|row| match others.iter().position(|other| other == *row) {
            Some(at) => {
                others.swap_remove(at);
                false
            }
            None => true,
        });
    left.cloned().collect()
}

/// Of the running rows, the last of each key counts.
fn settled(rows: Vec<String>) -> Vec<String> {
    let (ever, mut others): (Vec<String>, Vec<String>) = rows.into_iter().partition(|row| row.starts_with("ever"));
    let key = |row: &String| row.split(',').next().unwrap_or_default().to_owned();
    let mut last: Vec<String> = Vec::new();
    for row in ever {
        match last.iter_mut().find(|known| key(known) == key(&row)) {
            Some(known) => *known = row,
            None => last.push(row),
        }
    }
    others.append(&mut last);
    others
}

/// What a naive loop over the events gives.
fn expected() -> Vec<String> {
    let mut rows = Vec::new();
    let all = events();
    let is_late = |event: &Event| event.id % 11 == 10;
    for user in 0..3 {
        let mine: Vec<&Event> = all.iter().filter(|e| e.user == user).collect();
        let last = mine.iter().enumerate().max_by_key(|(place, e)| (e.at, *place));
        let last = last.map_or(0, |(_, e)| e.id);
        rows.push(format!("ever ({user}, {}, {last})", mine.len()));
        let mut starts: Vec<i64> = mine.iter().map(|e| e.at.div_euclid(50) * 50).collect();
        starts.sort_unstable();
        starts.dedup();
        for start in starts {
            let within = mine.iter().filter(|e| e.at.div_euclid(50) * 50 == start && !is_late(e));
            let ids: Vec<i64> = within.map(|e| e.id).collect();
            if !ids.is_empty() {
                rows.push(format!(
                    "window ({user}, {start}, {}, {})",
                    ids.len(),
                    ids.iter().sum::<i64>()
                ));
            }
        }
    }
    rows.extend(all.iter().filter(|e| is_late(e)).map(|e| format!("late {}", e.id)));
    rows
}
