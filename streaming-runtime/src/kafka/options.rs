//! Options of librdkafka: ours, and over them those of the user, except where ours keep a promise.

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use super::trouble::plain;

/// An option that the user cannot set, and what to do instead.
pub(crate) type Fixed = (&'static str, &'static str);

/// The configuration of a client of the pipeline `pipeline`.
///
/// # Errors
/// A message when the user sets an option that is `fixed`, or gave no brokers.
pub(crate) fn client(
    pipeline: &str,
    brokers: &str,
    ours: &[(&str, &str)],
    fixed: &[Fixed],
    users: &[(String, String)],
) -> Result<ClientConfig, String> {
    if brokers.trim().is_empty() {
        return Err("kafka has no brokers: say `.brokers(\"host:9092\")`".to_owned());
    }
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config.set("client.id", pipeline);
    for (key, value) in ours {
        config.set(*key, *value);
    }
    for (key, value) in users {
        if let Some((key, instead)) = fixed.iter().find(|(fixed, _)| fixed == key) {
            return Err(format!("`config(\"{key}\", …)` cannot be set: {instead}"));
        }
        if key.starts_with("sasl.mechanism") && value.eq_ignore_ascii_case("gssapi") {
            return Err(format!(
                "`config(\"{key}\", …)` asks for Kerberos, which is not supported: use PLAIN, SCRAM or OAUTHBEARER"
            ));
        }
        if let Some(feature) = missing(key, value) {
            return Err(format!(
                "`config(\"{key}\", …)` asks for what is not built in: add the cargo feature `{feature}` of streaming-runtime"
            ));
        }
        config.set(key, value);
    }
    Ok(config)
}

/// What a value of an option needs to be built in, and the cargo feature that does it.
fn missing(key: &str, value: &str) -> Option<&'static str> {
    let value = value.to_ascii_lowercase();
    let (ssl, zstd) = (cfg!(feature = "kafka-ssl"), cfg!(feature = "kafka-zstd"));
    match key {
        "security.protocol" if value.contains("ssl") && !value.starts_with("sasl_plain") && !ssl => Some("kafka-ssl"),
        "sasl.mechanism" | "sasl.mechanisms" => match value.as_str() {
            "plain" => None,
            _ if !ssl => Some("kafka-ssl"),
            _ => None,
        },
        "compression.type" | "compression.codec" if value == "zstd" && !zstd => Some("kafka-zstd"),
        _ => None,
    }
}

/// Why a client could not be created. The library's own text shows the value of an option that it refuses.
pub(crate) fn refused(client: &str, error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, what, key, value) => {
            let what = if value.is_empty() {
                what.clone()
            } else {
                what.replace(value, "…")
            };
            format!(
                "cannot create a kafka {client}: `config(\"{key}\", …)` is refused: {}",
                plain(&what)
            )
        }
        error => format!("cannot create a kafka {client}: {}", plain(&error.to_string())),
    }
}

/// What all clients of a pipeline have in common: how brokers are reached.
const SHARED: &[&str] = &[
    "bootstrap.servers",
    "client.",
    "security.",
    "sasl.",
    "ssl.",
    "enable.ssl.",
    "enable.sasl.",
    "https.",
    "reconnect.",
    "broker.",
    "socket.",
];

/// The configuration of another client that reaches the same brokers.
pub(crate) fn reach(client: &ClientConfig) -> ClientConfig {
    let mut config = ClientConfig::new();
    for (key, value) in all(client) {
        if SHARED.iter().any(|prefix| key.starts_with(prefix)) {
            config.set(key, value);
        }
    }
    config
}

/// All options. The map that the library gives out has a placeholder for each password.
fn all(config: &ClientConfig) -> impl Iterator<Item = (&str, &str)> {
    let keys = config.config_map().into_keys();
    keys.filter_map(|key| config.get(key).map(|value| (key, value)))
}

/// Whether clients with these configurations would be the same.
pub(crate) fn are_equal(a: &ClientConfig, b: &ClientConfig) -> bool {
    all(a).eq(all(b))
}

/// Options of the user, as they may be shown: passwords are among them, so no value is.
pub(crate) struct Shown<'a>(pub(crate) &'a [(String, String)]);

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(key, _)| key)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIXED: &[Fixed] = &[("enable.auto.commit", "offsets are committed with the batch")];

    fn with(users: &[(&str, &str)]) -> Result<ClientConfig, String> {
        let users: Vec<_> = users.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        client("orders", "a:1", &[("linger.ms", "5")], FIXED, &users)
    }

    #[test]
    fn the_user_wins_over_the_defaults() {
        let config = with(&[("linger.ms", "50"), ("client.id", "mine")]).unwrap();
        assert_eq!(config.get("linger.ms"), Some("50"));
        assert_eq!(config.get("client.id"), Some("mine"));
        assert_eq!(with(&[]).unwrap().get("linger.ms"), Some("5"));
    }

    #[test]
    fn promises_cannot_be_switched_off() {
        let error = with(&[("enable.auto.commit", "true")]).unwrap_err();
        assert_eq!(
            error,
            "`config(\"enable.auto.commit\", …)` cannot be set: offsets are committed with the batch"
        );
    }

    #[test]
    fn what_is_not_built_in_names_its_feature() {
        for (key, value, feature, is_there) in [
            (
                "security.protocol",
                "SASL_SSL",
                "kafka-ssl",
                cfg!(feature = "kafka-ssl"),
            ),
            (
                "sasl.mechanism",
                "SCRAM-SHA-256",
                "kafka-ssl",
                cfg!(feature = "kafka-ssl"),
            ),
            ("compression.type", "zstd", "kafka-zstd", cfg!(feature = "kafka-zstd")),
            ("security.protocol", "SASL_PLAINTEXT", "", true),
            ("sasl.mechanism", "PLAIN", "", true),
            ("compression.type", "lz4", "", true),
        ] {
            let result = with(&[(key, value)]);
            match (is_there, result) {
                (true, Ok(_)) => {}
                (false, Err(error)) => assert!(error.contains(&format!("the cargo feature `{feature}`")), "{error}"),
                (_, result) => panic!("{key}: {result:?}"),
            }
        }
    }

    #[test]
    fn other_clients_say_the_same_password() {
        let password = |password| with(&[("sasl.password", password), ("linger.ms", "7")]).unwrap();
        let other = reach(&password("secret"));
        assert_eq!(
            (other.get("sasl.password"), other.get("linger.ms")),
            (Some("secret"), None)
        );
        assert!(are_equal(&password("secret"), &password("secret")));
        assert!(!are_equal(&password("secret"), &password("other")));
    }

    #[test]
    fn values_are_not_shown() {
        let users = [("sasl.password".to_owned(), "secret".to_owned())];
        assert_eq!(format!("{:?}", Shown(&users)), r#"["sasl.password"]"#);
        let kafka = crate::source::kafka("t").config("sasl.password", "secret");
        assert!(!format!("{kafka:?}").contains("secret"));
        let kafka = crate::sink::kafka("t").config("sasl.password", "secret");
        assert!(!format!("{kafka:?}").contains("secret"));
    }

    #[test]
    fn brokers_are_needed() {
        assert!(
            client("orders", " ", &[], FIXED, &[])
                .unwrap_err()
                .contains(".brokers(")
        );
    }
}
