//! `files(dir)`: one file per batch, whole or not there.

mod format;
mod parts;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::spawn_blocking;

pub use self::format::{Csv, CsvRow, CsvRows, Format, JsonLine, Jsonl};
use self::parts::{Parts, Prepared};
use super::{BatchId, Sink, SinkError, delivery};
use crate::run::Run;

/// A directory to write files into; say in which format. See [`Files`].
#[must_use = "say in which format: `.jsonl()` or `.csv()`"]
#[derive(Debug, Clone)]
pub struct FilesBuilder {
    directory: PathBuf,
}

/// Writes the records of each batch into a file of their own in `directory`: `.jsonl()` or `.csv()`. See [`Files`].
pub fn files(directory: impl Into<PathBuf>) -> FilesBuilder {
    FilesBuilder {
        directory: directory.into(),
    }
}

impl FilesBuilder {
    /// One JSON value a line: `part-0000000000.jsonl`.
    #[must_use]
    pub fn jsonl(self) -> Files<Jsonl> {
        Files::new(self.directory)
    }

    /// CSV, the first row of each file naming the columns: `part-0000000000.csv`.
    ///
    /// A record is a struct of plain fields (numbers, text, options of them), or a tuple, which has no names.
    #[must_use]
    pub fn csv(self) -> Files<Csv> {
        Files::new(self.directory)
    }
}

/// The sink `files(dir)`: each batch with output becomes one file, `part-` and a number of ten digits.
///
/// ```
/// use streaming_runtime::sink::files;
/// let totals = files("out/totals").csv();
/// let events = files("out/events").jsonl();
/// ```
///
/// A file is written under a hidden name, made durable (`fsync`) and renamed, so a reader sees it whole or not at all; a batch that fails
/// leaves nothing. The directory is made where it is missing, and belongs to one sink: two must not write into the same.
///
/// A run that finds files of an earlier run goes on behind the highest number and overwrites nothing. So after a crash a batch may be there twice: delivery is at
/// least once.
///
/// # Errors
/// The batch fails when the directory cannot be written, and says so with its path.
#[derive(Debug)]
pub struct Files<F: Format> {
    format: F,
    parts: Parts,
    prepared: Option<Prepared>,
}

impl<F: Format> Files<F> {
    fn new(directory: PathBuf) -> Self {
        Self {
            format: F::default(),
            parts: Parts::new(directory, F::EXTENSION),
            prepared: None,
        }
    }
}

impl<F: Format> Sink for Files<F> {
    type Staged = F::Staged;
    type Encoder = F::Encoder;
    type Delivery = delivery::Transactional;

    fn encoder(&self) -> F::Encoder {
        self.format.encoder()
    }

    async fn open(&mut self, _: &Arc<Run>) -> Result<(), SinkError> {
        let mut parts = self.parts.clone();
        self.parts = blocking(move || parts.open().map(|()| parts)).await?;
        Ok(())
    }

    async fn prepare(&mut self, batch: &BatchId, staged: Vec<F::Staged>) -> Result<(), SinkError> {
        let content: Vec<Vec<u8>> = staged
            .into_iter()
            .map(F::bytes)
            .filter(|part| !part.is_empty())
            .collect();
        if content.is_empty() {
            return Ok(());
        }
        let (parts, batch, header) = (self.parts.clone(), batch.batch, self.format.header());
        self.prepared = Some(blocking(move || parts.prepare(batch, &header, &content)).await?);
        Ok(())
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        if let Some(prepared) = self.prepared.take() {
            blocking(move || prepared.commit()).await?;
        }
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        if let Some(prepared) = self.prepared.take() {
            // What cannot be removed now is removed by the next run.
            let _ = blocking(move || prepared.abort()).await;
        }
    }

    fn rows(staged: &F::Staged) -> Option<Vec<Vec<u8>>> {
        Some(F::rows(staged))
    }
}

/// Runs file operations where they may block.
async fn blocking<R: Send + 'static>(
    f: impl FnOnce() -> Result<R, SinkError> + Send + 'static,
) -> Result<R, SinkError> {
    let stopped = |e| SinkError(format!("the thread that writes files has stopped: {e}"));
    spawn_blocking(f).await.map_err(stopped)?
}
