//! A broker that asks its clients who they are, and encrypts what it tells them.

use std::fmt::{self, Debug, Formatter};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Kafka, Options, install};
use crate::ports::{self, Port};
use crate::{Error, Result};

/// The user that the broker knows.
pub const USER: &str = "ada";
/// Their password.
pub const PASSWORD: &str = "correct-horse";

/// The listeners of a broker beside the one that everybody may use.
pub struct Secure {
    ssl: Port,
    sasl_ssl: Port,
    sasl: Port,
    certificate: PathBuf,
}

impl Debug for Secure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure").finish_non_exhaustive()
    }
}

impl Secure {
    /// Encrypted, for everybody.
    #[must_use]
    pub fn ssl(&self) -> String {
        format!("127.0.0.1:{}", self.ssl.number)
    }

    /// Encrypted, for those who say who they are.
    #[must_use]
    pub fn sasl_ssl(&self) -> String {
        format!("127.0.0.1:{}", self.sasl_ssl.number)
    }

    /// Not encrypted, for those who say who they are.
    #[must_use]
    pub fn sasl(&self) -> String {
        format!("127.0.0.1:{}", self.sasl.number)
    }

    /// The certificate of who vouches for the broker (PEM).
    #[must_use]
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }
}

impl Kafka {
    /// Starts one broker that also listens for TLS, and for SASL with PLAIN, SCRAM-SHA-256 and OAUTHBEARER (unsecured tokens), with TLS and without. It knows
    /// the user [`USER`] by [`PASSWORD`].
    pub fn start_secure() -> Result<(Self, Secure)> {
        let install = install::install()?;
        let directory = std::env::temp_dir().join(format!("streaming-kafka-keys-{:x}", ports::random()));
        fs::create_dir_all(&directory).map_err(|e| Error::io("create", &directory, &e))?;
        let (keys, certificate) = (directory.join("keys.p12"), directory.join("ca.pem"));
        keytool(
            &keys,
            "-genkeypair -keyalg EC -groupname secp256r1 -dname CN=127.0.0.1 -ext SAN=ip:127.0.0.1 -validity 2",
            None,
        )?;
        keytool(&keys, "-exportcert -rfc", Some(&certificate))?;
        let reserve = || ports::reserve(&install.root.join("ports"));
        let secure = Secure {
            ssl: reserve()?,
            sasl_ssl: reserve()?,
            sasl: reserve()?,
            certificate,
        };
        let listeners = [
            ("SSL", &secure.ssl),
            ("SASL_SSL", &secure.sasl_ssl),
            ("SASL_PLAINTEXT", &secure.sasl),
        ];
        let mut properties = vec![
            (
                "sasl.enabled.mechanisms".to_owned(),
                "PLAIN,SCRAM-SHA-256,OAUTHBEARER".to_owned(),
            ),
            ("ssl.keystore.type".to_owned(), "PKCS12".to_owned()),
            ("ssl.keystore.location".to_owned(), keys.display().to_string()),
            ("ssl.keystore.password".to_owned(), STORE.to_owned()),
        ];
        let modules = [
            (
                "plain",
                format!("plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\";"),
            ),
            ("scram-sha-256", "scram.ScramLoginModule required;".to_owned()),
            (
                "oauthbearer",
                "oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";".to_owned(),
            ),
        ];
        for listener in ["sasl_ssl", "sasl_plaintext"] {
            properties.extend(modules.iter().map(|(mechanism, module)| {
                let module = format!("org.apache.kafka.common.security.{module}");
                (format!("listener.name.{listener}.{mechanism}.sasl.jaas.config"), module)
            }));
        }
        let kafka = Self::start_with(&Options {
            properties,
            listeners: listeners
                .map(|(protocol, port)| (protocol.to_owned(), port.number))
                .into(),
            ..Options::default()
        })?;
        // SCRAM's passwords are kept by the brokers.
        let mut add = install.java(&[], "kafka.admin.ConfigCommand");
        add.args([
            "--bootstrap-server",
            kafka.bootstrap(),
            "--alter",
            "--entity-type",
            "users",
            "--entity-name",
            USER,
        ]);
        add.args(["--add-config", &format!("SCRAM-SHA-256=[password={PASSWORD}]")]);
        run(&mut add)?;
        Ok((kafka, secure))
    }
}

/// The password of the broker's keys.
const STORE: &str = "store-pass";

fn keytool(keys: &Path, arguments: &str, to: Option<&Path>) -> Result<()> {
    let mut command = Command::new("keytool");
    command
        .args(arguments.split(' '))
        .args(["-alias", "broker", "-storepass", STORE]);
    command.arg("-keystore").arg(keys);
    if let Some(to) = to {
        command.arg("-file").arg(to);
    } else {
        command.args(["-storetype", "PKCS12"]);
    }
    run(&mut command)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output();
    let output = output.map_err(|e| Error::new(format!("cannot run {}: {e}", command.get_program().display())))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Err(Error::new(format!(
        "{} failed: {}",
        command.get_program().display(),
        said.concat()
    )))
}
