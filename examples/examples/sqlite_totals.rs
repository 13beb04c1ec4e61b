//! A sink of your own that writes exactly once: flights and minutes of delay by airport, kept up to date in a database.
//!
//! `cargo run -p streaming-examples --features sqlite --example sqlite_totals -- totals.db checkpoint`. Stop it where you like, kill it, run it again: the database
//! and the checkpoint go on together, and every flight counts once.

use std::path::PathBuf;
use std::{env, error, process};

use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use streaming_runtime::sink::{BatchId, Decided, Encode, Sink, SinkError, delivery};
use streaming_runtime::stream_pipeline;

/// A line of `data/flights.csv`, as far as it is needed.
#[derive(Deserialize)]
struct Flight<'a> {
    origin: &'a str,
    delay: i64,
}

/// What an airport amounts to so far.
#[derive(Clone, Serialize, Deserialize)]
struct Airport {
    name: String,
    flights: u64,
    delay: i64,
}

/// A table of a database. Beside the rows stands which batch of which checkpoint was written last, and it changes in the same transaction. So the sink
/// knows a batch that comes again after a crash: it is idempotent. And because it can say what it has (`decided`), the pipeline does not start with a
/// checkpoint that contradicts it.
struct Table {
    path: PathBuf,
    connection: Option<Connection>,
    prepared: Vec<Airport>,
}

impl Table {
    fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            connection: None,
            prepared: Vec::new(),
        }
    }

    /// An error in the words of whoever runs the pipeline. What time does not mend is permanent, so that a supervisor does not start it again.
    fn cannot(&self, what: &str, error: rusqlite::Error) -> SinkError {
        let may_pass = matches!(
            error.sqlite_error_code(),
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::SystemIoFailure
            )
        );
        let failed = SinkError::new(format!("cannot {what} `{}`: {error}", self.path.display())).caused_by(error);
        if may_pass { failed } else { failed.permanent() }
    }

    fn write(&mut self, batch: &BatchId) -> rusqlite::Result<()> {
        let connection = self.connection.as_mut().expect("the table is open");
        let transaction = connection.transaction()?;
        if is_new(&transaction, batch)? {
            let mut upsert = transaction.prepare_cached(
                "insert into airports (name, flights, delay) values (?1, ?2, ?3)
                 on conflict (name) do update set flights = ?2, delay = ?3",
            )?;
            for airport in &self.prepared {
                upsert.execute(params![airport.name, airport.flights, airport.delay])?;
            }
        }
        transaction.commit()
    }
}

/// Notes the batch, unless it is there already. The batches of another checkpoint begin at 0 again: their numbers say nothing about this one.
fn is_new(transaction: &Transaction<'_>, batch: &BatchId) -> rusqlite::Result<bool> {
    let last = last(transaction, &batch.pipeline, &batch.sink)?;
    if last.is_some_and(|(checkpoint, last)| checkpoint == batch.checkpoint && last >= batch.batch) {
        return Ok(false);
    }
    transaction.execute(
        "insert or replace into batches (pipeline, sink, checkpoint, last) values (?1, ?2, ?3, ?4)",
        params![batch.pipeline, batch.sink, batch.checkpoint, batch.batch],
    )?;
    Ok(true)
}

/// The checkpoint and the number of the batch that was written last.
fn last(connection: &Connection, pipeline: &str, sink: &str) -> rusqlite::Result<Option<(String, u64)>> {
    let select = "select checkpoint, last from batches where pipeline = ?1 and sink = ?2";
    let row = connection.query_row(select, [pipeline, sink], |row| Ok((row.get(0)?, row.get(1)?)));
    row.optional()
}

/// Rows need no other form until they are written.
struct Row;

impl Encode<Airport, Vec<Airport>> for Row {
    fn encode(&self, airport: Airport, staged: &mut Vec<Airport>) -> Result<(), SinkError> {
        staged.push(airport);
        Ok(())
    }
}

impl Sink for Table {
    // `Serialize` and `Deserialize`: the journal of the checkpoint keeps the rows until they are committed.
    type Staged = Vec<Airport>;
    type Encoder = Row;
    type Delivery = delivery::Idempotent;

    fn encoder(&self) -> Row {
        Row
    }

    async fn open(&mut self, _: &std::sync::Arc<streaming_runtime::run::Run>) -> Result<(), SinkError> {
        let open = || {
            let connection = Connection::open(&self.path)?;
            // Committed is on the disk: the journal relies on it.
            connection.pragma_update(None, "synchronous", "full")?;
            connection.execute_batch(
                "create table if not exists airports (name text primary key, flights integer not null, delay integer not null);
                 create table if not exists batches
                    (pipeline text, sink text, checkpoint text not null, last integer not null, primary key (pipeline, sink));",
            )?;
            Ok(connection)
        };
        let opened: rusqlite::Result<Connection> = open();
        self.connection = Some(opened.map_err(|e| self.cannot("open", e))?);
        Ok(())
    }

    async fn decided(&mut self, pipeline: &str, sink: &str) -> Result<Decided, SinkError> {
        let connection = self.connection.as_ref().expect("the table is open");
        match last(connection, pipeline, sink) {
            Ok(Some((checkpoint, batch))) => Ok(Decided::Batch { checkpoint, batch }),
            Ok(None) => Ok(Decided::Nothing),
            Err(e) => Err(self.cannot("read", e)),
        }
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<Airport>>) -> Result<(), SinkError> {
        self.prepared = staged.into_iter().flatten().collect();
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        let written = self.write(batch);
        written.map_err(|e| self.cannot("write to", e))
    }

    async fn abort(&mut self, _: &BatchId) {
        self.prepared.clear();
    }
}

fn main() -> Result<(), Box<dyn error::Error>> {
    let mut args = env::args().skip(1);
    let (Some(database), Some(checkpoint)) = (args.next(), args.next()) else {
        eprintln!("usage: sqlite_totals DATABASE CHECKPOINT");
        process::exit(2);
    };
    let table = Table::new(database);
    let pipeline = stream_pipeline!({
        settings(
            name = "sqlite_totals",
            trigger = available_now,
            max_batch_rows = 1_000,
            guarantee = exactly_once,
            checkpoint = checkpoint,
        );

        let flights = files(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/flights.csv")).csv::<Flight<'_>>();
        let airports = flights.key_by(|flight| flight.origin).running(unbounded).agg(Airport {
            name: key(),
            flights: count(),
            delay: sum(|flight| flight.delay),
        });
        airports.to(sink(table));
    });
    let summary = pipeline.run_blocking()?;
    println!(
        "{} flights in this run, {} in all, in {} batches",
        summary.rows_in, summary.totals.rows_in, summary.totals.batches
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use streaming_runtime::testing::SinkHarness;
    use tempfile::TempDir;

    use super::*;

    type Row = (String, u64, i64);

    fn row(airport: &Airport) -> Row {
        (airport.name.clone(), airport.flights, airport.delay)
    }

    fn rows(folder: &TempDir) -> rusqlite::Result<Vec<Row>> {
        let database = Connection::open(folder.path().join("totals.db"))?;
        let mut select = database.prepare("select name, flights, delay from airports")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    }

    /// The process dies at every step, starts again, aborts batches, loses its checkpoint: the table is always what the last row of each airport says.
    #[test]
    fn the_table_survives_everything() {
        let folder = async || tempfile::tempdir().expect("a folder");
        let table = |folder: &TempDir| Table::new(folder.path().join("totals.db"));
        // Without a table nobody has written anything.
        let visible = async |folder: &TempDir| rows(folder).unwrap_or_default();
        let airport = |name: &str, flights| Airport {
            name: name.to_owned(),
            flights,
            delay: 10,
        };
        let batches = [
            vec![airport("ATL", 1), airport("ORD", 2)],
            vec![airport("ATL", 3)],
            vec![airport("PHX", 1), airport("ORD", 4)],
        ];
        let last_of_each = |airports: &[Airport]| {
            let last: BTreeMap<_, _> = airports.iter().map(|airport| (&airport.name, row(airport))).collect();
            last.into_values().collect()
        };
        let report = SinkHarness::new(folder, table, visible).check(&batches, last_of_each);
        report.assert();
        assert!(report.notes().is_empty(), "{report}");
    }
}
