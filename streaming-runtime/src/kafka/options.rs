//! Options of librdkafka: ours, and over them those of the user, except where ours keep a promise.

use rdkafka::ClientConfig;

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
            return Err(format!("`config(\"{key}\", \"{value}\")` cannot be set: {instead}"));
        }
        config.set(key, value);
    }
    Ok(config)
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
            "`config(\"enable.auto.commit\", \"true\")` cannot be set: offsets are committed with the batch"
        );
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
