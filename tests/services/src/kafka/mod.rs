//! Apache Kafka brokers (`KRaft`) on free ports of 127.0.0.1, each with a data directory of its own.

mod clients;
mod install;
mod message;
mod node;
pub mod proxy;
pub mod secure;
mod topics;

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::producer::Producer;

pub use self::install::VERSION;
pub use self::message::{HeaderList, Isolation, Message, Record};

use self::install::Install;
use self::node::Node;
use self::proxy::Proxy;
use crate::{Error, Result, ports};

/// How long a start, or a change that the brokers have to agree on, may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(5);

/// What [`Kafka::start_with`] starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many brokers. Topics have `min(brokers, 3)` replicas; from two on, two must be in sync.
    pub brokers: usize,
    /// The largest heap of each broker, in mebibytes.
    pub heap: u32,
    /// Lines for the brokers' `server.properties`, over the ones that are there.
    pub properties: Vec<(String, String)>,
    /// Listeners beside the one for everybody: the security protocol and the port of each. For one broker.
    pub listeners: Vec<(String, u16)>,
    /// Flags for the JVM, over the ones that are there. The first compiler only is used unless
    /// told otherwise, for a quick start: benches may want `-XX:TieredStopAtLevel=4`.
    pub jvm: Vec<String>,
}

impl Default for Options {
    /// One broker for tests.
    fn default() -> Self {
        Self {
            brokers: 1,
            heap: 512,
            properties: Vec::new(),
            listeners: Vec::new(),
            jvm: Vec::new(),
        }
    }
}

/// A running Kafka: one broker or a cluster.
///
/// Dropping it kills the brokers and removes their data. So does the end of this process, however
/// it ends. The brokers' logs stay, and every error names them.
#[derive(Debug)]
pub struct Kafka {
    nodes: Vec<Node>,
    bootstrap: String,
    directory: PathBuf,
}

/// The one broker that the tests of this process share: started by the first call, gone when the
/// process ends. Use topics of your own ([`Kafka::fresh_topic`]).
pub fn shared() -> Result<&'static Kafka> {
    static SHARED: OnceLock<Result<Kafka>> = OnceLock::new();
    SHARED.get_or_init(Kafka::start).as_ref().map_err(Clone::clone)
}

impl Kafka {
    /// Starts one broker.
    pub fn start() -> Result<Self> {
        Self::start_with(&Options::default())
    }

    /// Starts `brokers` brokers. Topics have `min(brokers, 3)` replicas.
    pub fn start_cluster(brokers: usize) -> Result<Self> {
        Self::start_with(&Options {
            brokers,
            ..Options::default()
        })
    }

    /// Starts one broker, and a proxy in front of it. Those who begin at [`Proxy::bootstrap`] reach it only through that, those who begin at
    /// [`Kafka::bootstrap`] only directly.
    pub fn start_with_proxy() -> Result<(Self, Proxy)> {
        let proxy = Proxy::listen()?;
        let kafka = Self::launch(install::install()?, &Options::default(), Some(&proxy))?;
        Ok((kafka, proxy))
    }

    /// Starts what `options` say.
    pub fn start_with(options: &Options) -> Result<Self> {
        Self::launch(install::install()?, options, None)
    }

    fn launch(install: &Install, options: &Options, proxy: Option<&Proxy>) -> Result<Self> {
        let name = format!("{}-{:x}", process::id(), ports::random());
        let directory = std::env::temp_dir().join(format!("streaming-kafka-{name}"));
        let logs = install.root.join("logs");
        fs::create_dir_all(&logs).map_err(|e| Error::io("create", &logs, &e))?;
        prune(&logs);
        let logs = logs.join(format!("kafka-{name}"));
        let nodes = node::create(install, options, proxy.map(Proxy::port), &directory, &logs)?;
        let servers: Vec<_> = nodes.iter().map(Node::address).collect();
        let mut kafka = Self {
            nodes,
            bootstrap: servers.join(","),
            directory,
        };
        kafka.start_stopped()?;
        if let Some(proxy) = proxy
            && let Some(port) = kafka.nodes.first().and_then(Node::behind)
        {
            proxy.forward_to(port);
        }
        Ok(kafka)
    }

    /// The addresses of all brokers, for `bootstrap.servers`.
    #[must_use]
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// How many brokers there are, running or not.
    #[must_use]
    pub fn brokers(&self) -> usize {
        self.nodes.len()
    }

    /// The process ids of the running brokers.
    pub fn pids(&self) -> impl Iterator<Item = u32> {
        self.nodes.iter().filter_map(Node::pid)
    }

    /// The brokers' log files.
    pub fn logs(&self) -> impl Iterator<Item = &Path> {
        self.nodes.iter().map(Node::log)
    }

    /// Stops all brokers in good order. [`Kafka::restart`] starts them again, with their data.
    pub fn stop(&mut self) -> Result<()> {
        self.nodes.iter_mut().for_each(|n| n.signal("TERM"));
        self.nodes.iter_mut().try_for_each(Node::wait)
    }

    /// Kills all brokers with SIGKILL, as a crash would. [`Kafka::restart`] starts them again.
    pub fn kill(&mut self) -> Result<()> {
        self.nodes.iter_mut().for_each(|n| n.signal("KILL"));
        self.nodes.iter_mut().try_for_each(Node::wait)
    }

    /// Kills one broker (counted from 0) with SIGKILL.
    ///
    /// # Panics
    /// If there is no such broker.
    pub fn kill_broker(&mut self, index: usize) -> Result<()> {
        self.nodes[index].signal("KILL");
        self.nodes[index].wait()
    }

    /// Stops what still runs, and starts every broker on its port and with its data. Returns when
    /// all partitions have a leader and all their replicas.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.start_stopped()
    }

    /// Starts the brokers that do not run. Returns when all partitions have a leader and all their
    /// replicas.
    pub fn start_stopped(&mut self) -> Result<()> {
        self.nodes.iter_mut().try_for_each(Node::start)?;
        let deadline = Instant::now() + PATIENCE;
        for node in &mut self.nodes {
            node.wait_until_listening(deadline)?;
        }
        let whole = |metadata: &Metadata| {
            let topics = metadata.topics().iter();
            metadata.brokers().len() == self.nodes.len()
                && topics
                    .flat_map(MetadataTopic::partitions)
                    .all(|p| p.leader() >= 0 && p.isr().len() == p.replicas().len())
        };
        self.wait_for_metadata(None, "the brokers did not find each other", whole)
    }

    /// Asks for the metadata of `topic`, or of everything, until they are as wanted.
    fn wait_for_metadata(
        &self,
        topic: Option<&str>,
        otherwise: &str,
        wanted: impl Fn(&Metadata) -> bool,
    ) -> Result<()> {
        let producer = self.producer()?;
        let start = Instant::now();
        let mut last = None;
        while start.elapsed() < PATIENCE {
            match producer.client().fetch_metadata(topic, Duration::from_secs(5)) {
                Ok(metadata) if wanted(&metadata) => return Ok(()),
                Ok(_) => last = None,
                Err(error) => last = Some(error),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let last = last.map(|e| format!(": {e}")).unwrap_or_default();
        Err(self.error(format!("{otherwise} within {PATIENCE:?}{last}")))
    }

    fn error(&self, message: impl Into<String>) -> Error {
        Error::new(message).with_logs(self.logs().map(Path::to_owned))
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        self.nodes.iter_mut().for_each(|n| n.signal("KILL"));
        self.nodes.clear();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Removes logs that nobody will look at any more.
fn prune(logs: &Path) {
    let day = Duration::from_hours(24);
    for entry in fs::read_dir(logs).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|m| m.modified());
        let age = modified.ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age > day) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
