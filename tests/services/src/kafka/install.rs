//! What brokers are started from: Java, the jars, and two files that make a start quick.

use std::env;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::OnceLock;

use super::{Isolation, Kafka, Options};
use crate::{Error, Result, ports};

/// The version of Apache Kafka that is fetched (`kafka/pom.xml` names the same).
pub const VERSION: &str = "4.3.1";

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/kafka");
const TO_INSTALL: &str = "on Debian: apt-get install -y openjdk-17-jre-headless maven";

#[derive(Clone, Debug)]
pub(super) struct Install {
    pub(super) java: PathBuf,
    /// Everything fetched or made lies below: `kafka-<version>`, ports, logs.
    pub(super) root: PathBuf,
    /// A class data archive of a broker's classes for this very JVM: a start takes half as long.
    pub(super) archive: Option<PathBuf>,
}

/// Fetches and prepares what is missing: once per machine, by one process at a time.
pub(super) fn install() -> Result<&'static Install> {
    static INSTALL: OnceLock<Result<Install>> = OnceLock::new();
    let install = INSTALL.get_or_init(prepare);
    install.as_ref().map_err(Clone::clone)
}

fn prepare() -> Result<Install> {
    let root = env::var_os("STREAMING_SERVICES_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.services"),
        PathBuf::from,
    );
    let mut install = Install {
        java: find_program("java")?,
        root,
        archive: None,
    };
    let home = install.home();
    fs::create_dir_all(&home).map_err(|e| Error::io("create", &home, &e))?;
    install.root = fs::canonicalize(&install.root).map_err(|e| Error::io("find", &install.root, &e))?;
    let archive = install.home().join(archive_name(&install.java));
    if !(install.lib().exists() && install.checkpoint().exists() && archive.exists()) {
        // Unlocked when the file is closed. Each step ends with a rename, so what exists is whole.
        let lock = install.home().join("lock");
        let locked = File::create(&lock).and_then(|file| file.lock().map(|()| file));
        let _locked = locked.map_err(|e| Error::io("lock", &lock, &e))?;
        if !install.lib().exists() {
            fetch(&install)?;
        }
        if !install.checkpoint().exists() {
            format(&install)?;
        }
        if !archive.exists() {
            train(&install, &archive)?;
        }
    }
    // An empty file: this JVM could not make an archive.
    let usable = fs::metadata(&archive).is_ok_and(|m| m.len() > 0);
    install.archive = usable.then_some(archive);
    Ok(install)
}

impl Install {
    fn home(&self) -> PathBuf {
        self.root.join(format!("kafka-{VERSION}"))
    }

    fn lib(&self) -> PathBuf {
        self.home().join("lib")
    }

    /// The records with which a new cluster's metadata begins, as the storage tool writes them.
    /// They are the same for every broker, so the tool runs once and not at each start.
    pub(super) fn checkpoint(&self) -> PathBuf {
        self.home().join("bootstrap.checkpoint")
    }

    /// `java` with the jars on its class path and `flags` before the main class.
    pub(super) fn java(&self, flags: &[String], main: &str) -> Command {
        let mut command = Command::new(&self.java);
        command.args(flags);
        command.arg(format!("-Dlog4j2.configurationFile={SOURCES}/log4j2.properties"));
        command.arg("-cp").arg(self.lib().join("*")).arg(main);
        command
    }
}

fn fetch(install: &Install) -> Result<()> {
    let mvn = find_program("mvn")?;
    eprintln!("fetching Apache Kafka {VERSION} into {}", install.home().display());
    let partial = partial(install, "lib");
    let mut command = Command::new(mvn);
    command.args(["-q", "-B", "-f"]).arg(format!("{SOURCES}/pom.xml"));
    command
        .arg("dependency:copy-dependencies")
        .arg("-DincludeScope=runtime");
    command.arg(format!("-DoutputDirectory={}", partial.display()));
    run(&mut command)?;
    let jar = partial.join(format!("kafka_2.13-{VERSION}.jar"));
    if !jar.exists() {
        return Err(Error::new(format!("mvn did not fetch {}", jar.display())));
    }
    rename(&partial, &install.lib())
}

fn format(install: &Install) -> Result<()> {
    let partial = partial(install, "format");
    fs::create_dir_all(&partial).map_err(|e| Error::io("create", &partial, &e))?;
    let properties = partial.join("server.properties");
    let text = format!(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:1\n\
         listeners=PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:1\n\
         controller.listener.names=CONTROLLER\nlog.dirs={}\n",
        partial.display()
    );
    fs::write(&properties, text).map_err(|e| Error::io("write", &properties, &e))?;
    let mut command = install.java(&[], "kafka.tools.StorageTool");
    command
        .args(["format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c"])
        .arg(&properties);
    run(&mut command)?;
    rename(&partial.join("bootstrap.checkpoint"), &install.checkpoint())?;
    remove(&partial);
    Ok(())
}

/// Lets a broker do a little of everything and then write the archive as it ends.
fn train(install: &Install, archive: &Path) -> Result<()> {
    let partial = partial(install, "jsa");
    let options = Options {
        jvm: vec![
            format!("-XX:ArchiveClassesAtExit={}", partial.display()),
            "-Xlog:cds=off".to_owned(),
            "-Xlog:cds+dynamic=off".to_owned(),
        ],
        ..Options::default()
    };
    let mut kafka = Kafka::launch(install, &options, None)?;
    kafka.create_topic("train", 1)?;
    kafka.produce("train", ["one", "two"])?;
    kafka.read_all("train", Isolation::ReadCommitted)?;
    kafka.committed("train", "train")?;
    kafka.stop()?;
    if !partial.exists() {
        fs::write(&partial, "").map_err(|e| Error::io("write", &partial, &e))?;
    }
    rename(&partial, archive)
}

/// An archive fits one JVM only: the name changes when the JVM does.
fn archive_name(java: &Path) -> String {
    let java = fs::canonicalize(java).unwrap_or_else(|_| java.to_owned());
    let mut hasher = DefaultHasher::new();
    java.hash(&mut hasher);
    let server = java.join("../../lib/server");
    for file in [&java, &server.join("libjvm.so"), &server.join("classes.jsa")] {
        if let Ok(metadata) = fs::metadata(file) {
            metadata.len().hash(&mut hasher);
            metadata.modified().ok().hash(&mut hasher);
        }
    }
    format!("broker-{:016x}.jsa", hasher.finish())
}

/// A program of the PATH; `java` of `JAVA_HOME` first.
fn find_program(name: &str) -> Result<PathBuf> {
    let home = env::var_os("JAVA_HOME").filter(|_| name == "java");
    let home = home.map(|home| Path::new(&home).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let found = home.into_iter().chain(env::split_paths(&path));
    let found = found.map(|folder| folder.join(name)).find(|p| p.is_file());
    found.ok_or_else(|| {
        Error::new(format!(
            "{name} is not on the PATH, and the tests run a real Apache Kafka {VERSION}: it needs \
             Java 17 or newer, and Maven to fetch it ({TO_INSTALL})"
        ))
    })
}

fn run(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .map_err(|e| Error::new(format!("cannot run {command:?}: {e}")))?;
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes| String::from_utf8_lossy(bytes).trim().to_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    Err(Error::new(format!("{command:?}: {}\n{out}\n{err}", output.status)))
}

/// A path to make something at before it is renamed. Its name is this process's own: a Maven whose
/// test process was killed may still be writing to the one that it was given.
fn partial(install: &Install, what: &str) -> PathBuf {
    let home = install.home();
    // We hold the lock, so what others left is of no use.
    for entry in fs::read_dir(&home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("partial-") {
            remove(&entry.path());
        }
    }
    home.join(format!("partial-{what}-{}-{:x}", process::id(), ports::random()))
}

fn remove(path: &Path) {
    let _ = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| Error::io("rename", from, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pom_names_the_same_version() {
        let pom = fs::read_to_string(format!("{SOURCES}/pom.xml")).unwrap();
        assert!(pom.contains(&format!("<version>{VERSION}</version>")));
    }

    #[test]
    fn a_missing_program_says_what_to_install() {
        let error = find_program("no-such-program").unwrap_err().to_string();
        assert!(
            error.contains("apt-get install -y openjdk-17-jre-headless maven"),
            "{error}"
        );
    }
}
