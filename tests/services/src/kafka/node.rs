//! One broker: its ports, its files, its process.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::install::Install;
use super::{Options, PATIENCE};
use crate::ports::{self, Port};
use crate::process::Process;
use crate::{Error, Result};

#[derive(Debug)]
pub(super) struct Node {
    port: Port,
    /// For what a proxy passes on.
    behind: Option<Port>,
    /// Held, so that no one takes it while the broker is down.
    _controller: Port,
    directory: PathBuf,
    log: PathBuf,
    command: Command,
    process: Option<Process>,
}

/// Lays out the nodes of a new cluster under `directory`; `logs` is what the names of their logs
/// begin with. Clients that come through a proxy know each of them by its port `proxy`.
pub(super) fn create(
    install: &Install,
    options: &Options,
    proxy: Option<u16>,
    directory: &Path,
    logs: &Path,
) -> Result<Vec<Node>> {
    let reserve = || ports::reserve(&install.root.join("ports"));
    let mut ports = Vec::new();
    for _ in 0..options.brokers {
        ports.push((reserve()?, reserve()?));
    }
    let voters: Vec<_> = (1..)
        .zip(&ports)
        .map(|(id, (_, controller))| format!("{id}@127.0.0.1:{}", controller.number))
        .collect();
    // As long as the identifiers that Kafka makes, and different for each cluster: brokers and
    // controllers refuse to talk to those of another.
    let cluster = format!("{:016x}{:05x}A", ports::random(), ports::random() & 0xf_ffff);
    let flags = jvm_flags(install, options);
    let mut nodes = Vec::new();
    for (id, (port, controller)) in (1..).zip(ports) {
        let directory = directory.join(id.to_string());
        let data = directory.join("data");
        fs::create_dir_all(&data).map_err(|e| Error::io("create", &data, &e))?;
        let write = |path: &Path, text: String| fs::write(path, text).map_err(|e| Error::io("write", path, &e));
        // What the storage tool's `format` would do: see `Install::checkpoint`.
        write(
            &data.join("meta.properties"),
            format!("version=1\nnode.id={id}\ncluster.id={cluster}\n"),
        )?;
        let checkpoint = install.checkpoint();
        fs::copy(&checkpoint, data.join("bootstrap.checkpoint")).map_err(|e| Error::io("copy", &checkpoint, &e))?;
        let file = directory.join("server.properties");
        let mut text = format!(
            "{}node.id={id}\ncontroller.quorum.voters={}\n\
             listeners=PLAINTEXT://127.0.0.1:{},CONTROLLER://127.0.0.1:{}\nlog.dirs={}\n",
            properties(options.brokers),
            voters.join(","),
            port.number,
            controller.number,
            data.display()
        );
        // Of two lines with the same name the later one holds.
        let behind = proxy.map(|_| reserve()).transpose()?;
        if let (Some(behind), Some(proxy)) = (&behind, proxy) {
            text.push_str(&behind_a_proxy(port.number, controller.number, behind.number, proxy));
        }
        if !options.listeners.is_empty() {
            text.push_str(&more_listeners(port.number, controller.number, &options.listeners));
        }
        for (name, value) in &options.properties {
            text.extend([
                name, "=", value, "
",
            ]);
        }
        write(&file, text)?;
        let mut command = install.java(&flags, "kafka.Kafka");
        command.arg(&file);
        nodes.push(Node {
            port,
            behind,
            _controller: controller,
            directory,
            log: PathBuf::from(format!("{}-{id}.log", logs.display())),
            command,
            process: None,
        });
    }
    Ok(nodes)
}

/// A listener of its own for those who come through a proxy: all that they are told of the broker is the proxy's port.
fn behind_a_proxy(port: u16, controller: u16, behind: u16, proxy: u16) -> String {
    format!(
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXY:PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:{port},PROXY://127.0.0.1:{behind},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXY://127.0.0.1:{proxy}
"
    )
}

/// Listeners beside the one for everybody, each named as its security protocol.
fn more_listeners(port: u16, controller: u16, more: &[(String, u16)]) -> String {
    let (mut protocols, mut addresses) = (String::new(), String::new());
    for (protocol, port) in more {
        protocols.extend([",", protocol, ":", protocol]);
        addresses.extend([",", protocol, "://127.0.0.1:", &port.to_string()]);
    }
    format!(
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT{protocols}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{addresses}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{addresses}
"
    )
}

fn jvm_flags(install: &Install, options: &Options) -> Vec<String> {
    let quick = [
        "-XX:TieredStopAtLevel=1",
        "-XX:+UseSerialGC",
        "-XX:-UsePerfData",
        "-XX:+ExitOnOutOfMemoryError",
        "-Xshare:auto",
    ];
    let mut flags: Vec<_> = quick.map(str::to_owned).into();
    flags.push(format!("-Xmx{}m", options.heap));
    if let Some(archive) = &install.archive {
        flags.push(format!("-XX:SharedArchiveFile={}", archive.display()));
    }
    flags.extend(options.jvm.iter().cloned());
    flags
}

/// The properties that do not name this or that broker.
fn properties(brokers: usize) -> String {
    let replicas = brokers.min(3);
    let in_sync = brokers.min(2);
    // A broker that was killed is let in again only when its former session has run out. One that
    // is alone reports to itself, and does not lose its session when the machine is busy.
    let session = if brokers == 1 { 1_500 } else { 3_000 };
    format!(
        "process.roles=broker,controller
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
auto.create.topics.enable=false
default.replication.factor={replicas}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={replicas}
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={in_sync}
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr=1
# Few internal partitions, threads and buffers: quick to start and to stop.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
log.cleaner.dedupe.buffer.size=2097152
num.network.threads=2
num.io.threads=4
# Groups, brokers and hanging transactions that tests need not wait long for.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
broker.session.timeout.ms={session}
transaction.abort.timed.out.transaction.cleanup.interval.ms=1000
# The timestamps of records are the tests' own: nothing is too old to keep or too new to take.
log.retention.ms=-1
log.message.timestamp.after.max.ms=9223372036854775807
"
    )
}

impl Node {
    pub(super) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number)
    }

    /// The port for what a proxy passes on.
    pub(super) fn behind(&self) -> Option<u16> {
        self.behind.as_ref().map(|port| port.number)
    }

    pub(super) fn log(&self) -> &Path {
        &self.log
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::pid)
    }

    /// Starts the broker if it does not run.
    pub(super) fn start(&mut self) -> Result<()> {
        self.process.take_if(|p| p.exited().is_some());
        if self.process.is_none() {
            let process = Process::spawn(&self.command, &self.directory, &self.log)?;
            self.process = Some(process);
        }
        Ok(())
    }

    pub(super) fn signal(&mut self, signal: &str) {
        if let Some(process) = &mut self.process {
            process.signal(signal);
        }
    }

    /// Waits for the end of a broker that was sent a signal; kills it if that takes long.
    pub(super) fn wait(&mut self) -> Result<()> {
        let Some(mut process) = self.process.take() else {
            return Ok(());
        };
        if process.wait(PATIENCE / 2) {
            return Ok(());
        }
        process.signal("KILL");
        process.wait(PATIENCE / 2);
        Err(self.error("the broker did not stop and was killed"))
    }

    pub(super) fn wait_until_listening(&mut self, deadline: Instant) -> Result<()> {
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port.number)).is_err() {
            if let Some(status) = self.process.as_mut().and_then(Process::exited) {
                self.process = None;
                return Err(self.error(&format!("the broker did not start ({status})")));
            }
            if Instant::now() > deadline {
                return Err(self.error(&format!("the broker did not listen within {PATIENCE:?}")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// With the last lines of the log, for those who cannot open it (a CI's output).
    fn error(&self, message: &str) -> Error {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(20)..].join("\n");
        Error::new(format!("{message}; it said:\n{last}")).with_logs([self.log.clone()])
    }
}
