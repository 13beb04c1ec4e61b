//! `files(dir)`: batches appended to files that appear whole.

mod directory;
mod disk;
mod flat;
mod format;
mod parts;
mod recovery;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use self::directory::Directory;
use self::disk::Trouble;
pub use self::format::{Csv, CsvRow, CsvRows, Format, JsonLine, Jsonl};
use self::parts::{Parts, Roll};
use super::{BatchId, NonFinite, Sink, SinkError, delivery};
use crate::blocked::Blocked;
use crate::clock::WallClock;
use crate::run::Run;

/// When a file becomes visible, unless the pipeline says otherwise.
const ROLL: Roll = Roll {
    size: 128 << 20,
    every: Duration::from_mins(1),
};

/// How long to wait for room on a full disk: at first, and at most.
const WAIT: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// A directory to write files into; say in which format. See [`Files`].
#[must_use = "say in which format: `.jsonl()` or `.csv()`"]
#[derive(Debug, Clone)]
pub struct FilesBuilder {
    directory: PathBuf,
}

/// Writes records into files in `directory`: `.jsonl()` or `.csv()`. See [`Files`].
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
    /// A record is a struct or a tuple of plain fields: numbers, text, options of them. Structs and tuples within it give a column for
    /// each of their fields: `window_start`, `window_end`. The elements of a tuple have no names, and then the file has no header, unless
    /// [`columns`](Files::columns) names them. Maps and lists have no columns: such a record fails its batch with an error that names the
    /// field. A number that is not finite is written as `NaN`, `inf` or `-inf`, which `.csv::<T>()` reads.
    #[must_use]
    pub fn csv(self) -> Files<Csv> {
        Files::new(self.directory)
    }
}

/// The sink `files(dir)`: batches are appended to a file until it is large or old enough, then the file appears: `part-` and ten digits, the
/// number of its first batch.
///
/// ```
/// use std::time::Duration;
/// use streaming_runtime::sink::files;
/// let totals = files("out/totals").csv();
/// let events = files("out/events").jsonl().roll_size(1 << 30).roll_every(Duration::from_mins(10));
/// ```
///
/// In a pipeline that is `files("out/events").jsonl().roll(size = 1GiB, every = 10min)`. A file appears when it has reached the size (128 MiB), or the age (one
/// minute, also when nothing more comes), and when the run ends in good order. Until then it has a hidden name. So a reader sees a file whole or not at all.
///
/// What a batch wrote is made durable (`fsync`) before the batch counts; a batch that fails leaves nothing. **With a checkpoint** each record is
/// there once, whatever dies in between: the next run cuts a file in progress to what counts, and continues it. **Without one** a run
/// makes visible what an earlier run had in progress, goes on behind the highest number and overwrites nothing. So after a crash a batch
/// may be there twice: delivery is at least once.
///
/// The directory is made where it is missing, and belongs to one sink: a second one, also of another process, is refused. Files that are visible may be
/// taken away.
///
/// When the disk is full the sink waits until there is room. A warning that begins with `blocked` says so at first and then every minute, and the log
/// tells when it is over.
///
/// # Errors
/// The batch fails when the directory cannot be written, and says so with its path. The sink fails for good when a file could not be made durable. With a
/// checkpoint the sink does not open when a file is missing or has other bytes than the checkpoint counts on. With a checkpoint that holds no batch it
/// does not open a directory that was written with another checkpoint, unless the pipeline is [`fresh`](crate::Pipeline::fresh).
#[derive(Debug)]
pub struct Files<F: Format> {
    format: F,
    parts: Arc<Mutex<Parts>>,
    /// Of the batch that was prepared last.
    receipt: Option<String>,
    /// The file whose age somebody looks after.
    watched: Option<u64>,
}

impl<F: Format> Files<F> {
    fn new(directory: PathBuf) -> Self {
        let directory = Directory::new(directory, F::EXTENSION);
        Self {
            format: F::default(),
            parts: Arc::new(Mutex::new(Parts::new(directory, ROLL, WallClock::machine()))),
            receipt: None,
            watched: None,
        }
    }

    #[must_use]
    fn formatted(self, change: impl FnOnce(&mut F)) -> Self {
        let mut files = self;
        change(&mut files.format);
        files
    }

    /// A file becomes visible when it has this many bytes; the batch that reaches them is whole in it. Default: 128 MiB.
    #[must_use]
    pub fn roll_size(self, bytes: u64) -> Self {
        self.rolled(|roll| roll.size = bytes)
    }

    /// A file becomes visible when it is this old. Default: one minute.
    #[must_use]
    pub fn roll_every(self, age: Duration) -> Self {
        self.rolled(|roll| roll.every = age)
    }

    fn rolled(self, change: impl FnOnce(&mut Roll)) -> Self {
        let mut parts = self.parts.try_lock().expect("nobody else has it before it is opened");
        change(&mut parts.roll);
        drop(parts);
        self
    }

    /// Has the file in progress become visible when it is old enough, though no batch comes any more.
    async fn watch(&mut self) {
        let next = self.parts.lock().await.next_look();
        if let Some((number, left)) = next
            && self.watched.replace(number) != Some(number)
        {
            tokio::spawn(watch(Arc::downgrade(&self.parts), number, left));
        }
    }
}

/// Looks after the age of a file until it is visible or the sink is gone.
async fn watch(parts: Weak<Mutex<Parts>>, number: u64, mut left: Duration) {
    let mut blocked = Blocked::new(WallClock::machine());
    loop {
        sleep(left).await;
        let Some(parts) = parts.upgrade() else { return };
        let look = blocking(&parts, move |parts| parts.attempt(|parts| parts.look(number)));
        match look.await {
            Ok(Ok(Some(again))) => {
                blocked.over(GOES_ON);
                left = again;
            }
            Ok(Err(Trouble::Full(error))) => {
                blocked.by(waits(&error));
                left = WAIT.1;
            }
            // The next batch, or the end of the run, meets it again and fails.
            Ok(Err(Trouble::Failed(error) | Trouble::Unknown(error))) => {
                tracing::warn!("a file could not be made visible: {error}");
                return;
            }
            Ok(Ok(None)) => {
                blocked.over(GOES_ON);
                return;
            }
            Err(_) => return,
        }
    }
}

/// What is said once there is room again.
const GOES_ON: &str = "output is written again";

fn waits(error: &SinkError) -> String {
    format!("{error}; it is tried again until there is room")
}

impl Files<Jsonl> {
    /// What becomes of a floating-point number that is not finite, which JSON has no number for: an error that names its field, unless
    /// this says otherwise.
    ///
    /// ```
    /// use streaming_runtime::sink::{NonFinite, files};
    /// let rates = files("out/rates").jsonl().non_finite(NonFinite::Null);
    /// ```
    #[must_use]
    pub fn non_finite(self, non_finite: NonFinite) -> Self {
        self.formatted(|format| format.non_finite = non_finite)
    }
}

impl Files<Csv> {
    /// Names the elements of a record that is a tuple, in their order, so that the file has a header. In a pipeline, the tuples that aggregates
    /// make have names already: `key`, in a window `window_start` and `window_end`, and `count`, `sum`, or `value` of `reduce` and `fold`.
    ///
    /// ```
    /// use streaming_runtime::sink::files;
    /// let counts = files("out/counts").csv().columns(["user", "n"]);
    /// ```
    #[must_use]
    pub fn columns<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.formatted(|format| format.columns = names)
    }
}

impl<F: Format> Sink for Files<F> {
    type Staged = F::Staged;
    type Encoder = F::Encoder;
    type Delivery = delivery::Transactional;

    fn encoder(&self) -> F::Encoder {
        self.format.encoder()
    }

    async fn open(&mut self, run: &Arc<Run>) -> Result<(), SinkError> {
        // Short, and fit for the name of a file, whatever the id is.
        let tag = run
            .checkpoint()
            .map(|id| format!("{:08x}", crc32c::crc32c(id.as_bytes())));
        self.parts.lock().await.tag = tag;
        let run = Arc::clone(run);
        write(&self.parts, move |parts| parts.open(&run)).await
    }

    async fn resume(&mut self, last: &BatchId, receipt: Option<&str>) -> Result<(), SinkError> {
        let (last, receipt) = (last.clone(), receipt.map(str::to_owned));
        write(&self.parts, move |parts| {
            parts.attempt(|parts| parts.resume(&last, receipt.as_deref()))
        })
        .await?;
        self.watch().await;
        Ok(())
    }

    async fn prepare(&mut self, batch: &BatchId, staged: Vec<F::Staged>) -> Result<(), SinkError> {
        self.receipt = None;
        let content: Arc<[Vec<u8>]> = staged
            .into_iter()
            .map(F::bytes)
            .filter(|part| !part.is_empty())
            .collect();
        if content.is_empty() {
            return Ok(());
        }
        let (batch, header) = (batch.batch, self.format.header());
        let prepared = write(&self.parts, move |parts| {
            parts.attempt(|parts| parts.prepare(batch, &header, &content))?;
            Ok(parts.receipt())
        });
        self.receipt = prepared.await?;
        Ok(())
    }

    fn receipt(&self) -> Option<String> {
        self.receipt.clone()
    }

    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        write(&self.parts, |parts| parts.attempt(Parts::commit)).await?;
        self.watch().await;
        Ok(())
    }

    async fn abort(&mut self, _: &BatchId) {
        self.receipt = None;
        // What cannot be cut off now is cut off by the next batch, or by the next run.
        if let Ok(Err(Trouble::Full(error) | Trouble::Failed(error) | Trouble::Unknown(error))) =
            blocking(&self.parts, |parts| parts.attempt(Parts::abort)).await
        {
            tracing::warn!("a batch that was aborted is still on the disk: {error}");
        }
    }

    async fn close(&mut self) {
        // One that was never opened has nothing, perhaps not even threads to work on.
        if !self.parts.lock().await.directory.is_open() {
            return;
        }
        let closed = blocking(&self.parts, |parts| {
            let closed = parts.attempt(Parts::close);
            parts.part = None;
            parts.directory.release();
            closed
        });
        if let Ok(Err(Trouble::Full(error) | Trouble::Failed(error) | Trouble::Unknown(error))) = closed.await {
            tracing::warn!("the last file stays hidden until the next run: {error}");
        }
    }

    fn rows(staged: &F::Staged) -> Option<Vec<Vec<u8>>> {
        Some(F::rows(staged))
    }
}

/// Does something with the files where it may block, again and again while the disk is full.
async fn write<R: Send + 'static>(
    parts: &Arc<Mutex<Parts>>,
    f: impl Fn(&mut Parts) -> Result<R, Trouble> + Clone + Send + 'static,
) -> Result<R, SinkError> {
    let (mut wait, longest) = WAIT;
    let mut blocked = Blocked::new(WallClock::machine());
    loop {
        match blocking(parts, f.clone()).await? {
            Ok(done) => {
                blocked.over(GOES_ON);
                return Ok(done);
            }
            Err(Trouble::Failed(error) | Trouble::Unknown(error)) => return Err(error),
            Err(Trouble::Full(error)) => blocked.by(waits(&error)),
        }
        sleep(wait).await;
        wait = longest.min(wait * 2);
    }
}

/// Works on the files where it may block.
async fn blocking<R: Send + 'static>(
    parts: &Arc<Mutex<Parts>>,
    f: impl FnOnce(&mut Parts) -> Result<R, Trouble> + Send + 'static,
) -> Result<Result<R, Trouble>, SinkError> {
    let mut parts = Arc::clone(parts).lock_owned().await;
    let stopped = |e| SinkError::new(format!("the thread that writes files has stopped: {e}")).permanent();
    spawn_blocking(move || f(&mut parts)).await.map_err(stopped)
}
