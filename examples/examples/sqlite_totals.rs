//! A sink of your own that writes exactly once: flights and minutes of delay by airport, kept up to date in a database.
//!
//! `cargo run -p streaming-examples --features sqlite --example sqlite_totals -- totals.db checkpoint`. Stop it where you like, kill it, run it again: the database
//! and the checkpoint go on together, and every flight counts once.

use std::path::PathBuf;
use std::{env, error, process};

use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
use streaming_runtime::stream_pipeline;

/// A line of `data/flights.csv`, as far as it is needed.
#[derive(Deserialize)]
struct Flight<'a> {
    origin: &'a str,
    delay: i64,
}

/// What an airport amounts to so far.
#[derive(Serialize, Deserialize)]
struct Airport {
    name: String,
    flights: u64,
    delay: i64,
}

/// A table of a database. The number of the batch that was written last stands beside the rows, and changes in the same transaction: so a batch that
/// comes again after a crash is known, and the sink is idempotent.
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

/// Notes the batch, unless it is there already.
fn is_new(transaction: &Transaction<'_>, batch: &BatchId) -> rusqlite::Result<bool> {
    let writer = format!("{}/{}", batch.pipeline, batch.sink);
    let last = transaction
        .query_row("select last from batches where writer = ?1", [&writer], |row| {
            row.get::<_, u64>(0)
        })
        .optional()?;
    if last.is_some_and(|last| last >= batch.batch) {
        return Ok(false);
    }
    transaction.execute(
        "insert or replace into batches (writer, last) values (?1, ?2)",
        params![writer, batch.batch],
    )?;
    Ok(true)
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
                 create table if not exists batches (writer text primary key, last integer not null);",
            )?;
            Ok(connection)
        };
        let opened: rusqlite::Result<Connection> = open();
        self.connection = Some(opened.map_err(|e| SinkError(format!("cannot open `{}`: {e}", self.path.display())))?);
        Ok(())
    }

    async fn prepare(&mut self, _: &BatchId, staged: Vec<Vec<Airport>>) -> Result<(), SinkError> {
        self.prepared = staged.into_iter().flatten().collect();
        Ok(())
    }

    async fn commit(&mut self, batch: &BatchId) -> Result<(), SinkError> {
        let written = self.write(batch);
        written.map_err(|e| SinkError(format!("cannot write to `{}`: {e}", self.path.display())))
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
