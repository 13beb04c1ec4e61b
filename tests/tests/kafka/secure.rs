//! Brokers that ask who comes, and networks on which others listen.

use streaming_runtime::run::Run;
use streaming_runtime::sink::kafka::Kafka as To;
use streaming_runtime::sink::{Encode, Sink, SinkError, kafka as to};
use streaming_runtime::source::kafka;
use streaming_runtime::source::kafka::Kafka as From;
use streaming_runtime::{Trigger, stream_pipeline};
use test_services::kafka::secure::{PASSWORD, USER};
use test_services::kafka::{Kafka, shared};

use crate::reader::Reader;
use crate::sink::batch;

type Config<'a> = &'a [(&'a str, &'a str)];

fn source(brokers: &str, topic: &str, config: Config<'_>) -> From {
    let source = kafka(topic).brokers(brokers).group(topic);
    config
        .iter()
        .fold(source, |source, (key, value)| source.config(*key, *value))
}

async fn write(brokers: &str, topic: &str, config: Config<'_>, run: &std::sync::Arc<Run>) -> Result<(), SinkError> {
    let sink = to(topic).brokers(brokers);
    let mut sink: To<_> = config.iter().fold(sink, |sink, (key, value)| sink.config(*key, *value));
    sink.open(run).await?;
    // As the engine does with a checkpoint, before it writes anything.
    sink.decided("secure", "sink").await?;
    let mut staged = streaming_runtime::sink::kafka::Staged::default();
    sink.encoder().encode("secret", &mut staged)?;
    sink.prepare(&batch(0), vec![staged]).await?;
    let result = sink.commit(&batch(0)).await;
    sink.close().await;
    result
}

/// A pipeline with this option, once as a literal and once as a variable, of which nothing may show.
macro_rules! hidden {
    ($($option:literal),*) => {$({
        let (password, brokers) = ("battery-staple", shared().unwrap().bootstrap());
        let pipeline = stream_pipeline!({
            settings(name = "hidden", brokers = brokers);
            let lines = kafka("no-in").config($option, "correct-horse").config($option, password).lines();
            lines.to(kafka("no-out").config($option, "correct-horse").config($option, password));
        });
        let plan = pipeline.explain();
        let shown = [plan.to_string(), plan.mermaid(), plan.json(), format!("{pipeline:?} {plan:?}")];
        let from = source("127.0.0.1:1", "in", &[($option, "correct-horse")]);
        let sink = to("out").brokers("127.0.0.1:1").config($option, "correct-horse");
        let debugged = [format!("{from:?}"), format!("{sink:?}"), format!("{:?}", sink.json())];
        // What is refused says which option, and no more.
        let error = pipeline.trigger(Trigger::AvailableNow).max_batch_rows(1).run().await.unwrap_err();
        for text in shown.into_iter().chain(debugged).chain([error.to_string(), format!("{error:?}")]) {
            assert!(!text.contains("correct-horse") && !text.contains("battery-staple"), "{}: {text}", $option);
        }
    })*};
}

#[tokio::test]
async fn nothing_shows_the_value_of_an_option() {
    hidden!(
        "sasl.password",
        "sasl.username",
        "sasl.oauthbearer.config",
        "sasl.oauthbearer.client.secret",
        "ssl.key.password",
        "ssl.key.pem",
        "ssl.keystore.password",
        "ssl.key.location",
        "ssl.certificate.pem",
        // Not an option at all: a typing error in its name must not give its value away.
        "sasl.pasword",
        // No such value of it.
        "security.protocol"
    );
}

#[cfg(not(feature = "kafka-secure"))]
#[tokio::test]
async fn what_is_not_built_in_is_named() {
    let brokers = shared().unwrap().bootstrap();
    let topic = shared().unwrap().fresh_topic("codec", 1).unwrap();
    let config: Config<'_> = &[("security.protocol", "ssl")];
    let error = Reader::all(source(brokers, &topic, config))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("the cargo feature `kafka-ssl`"), "{error}");
    // The brokers write what they are sent in the topic's own codec.
    shared().unwrap().set_topic(&topic, "compression.type", "zstd").unwrap();
    shared().unwrap().produce(&topic, ["compressed"]).unwrap();
    let error = Reader::all(source(brokers, &topic, &[])).await.unwrap_err().to_string();
    let expected =
        format!("topic `{topic}` is compressed with zstd, which is not built in: add the cargo feature `kafka-zstd`");
    assert!(error.contains(&expected), "{error}");
}

/// Without TLS, PLAIN is always there.
#[tokio::test]
async fn a_password_is_asked_for() {
    let (brokers, secure) = Kafka::start_secure().unwrap();
    let of = |password| -> [(&str, &str); 4] {
        [
            ("security.protocol", "sasl_plaintext"),
            ("sasl.mechanism", "PLAIN"),
            ("sasl.username", USER),
            ("sasl.password", password),
        ]
    };
    let run = |id: &str| Run::checkpointed("secure", id, false);
    through(&brokers, &secure.sasl(), &of(PASSWORD), &run("plain")).await;
    let topic = brokers.fresh_topic("wrong", 1).unwrap();
    let error = Reader::all(source(&secure.sasl(), &topic, &of("wrong-horse")))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("Authentication failed"), "{error}");
    assert!(!error.contains("wrong-horse"), "{error}");
    // SASL spoken to a port that does not know it, and the other way round.
    let error = Reader::all(source(brokers.bootstrap(), &topic, &of(PASSWORD)))
        .await
        .unwrap_err()
        .to_string();
    println!("{error}");
    assert!(error.contains("`security.protocol`"), "{error}");
    let error = Reader::all(source(&secure.sasl(), &topic, &[]))
        .await
        .unwrap_err()
        .to_string();
    println!("{error}");
    assert!(error.contains("`security.protocol`"), "{error}");
}

/// Writes and reads with this configuration, with transactions and without.
async fn through(brokers: &Kafka, address: &str, config: Config<'_>, run: &std::sync::Arc<Run>) {
    let topic = brokers.fresh_topic("secure", 1).unwrap();
    write(address, &topic, config, &Run::new("secure")).await.unwrap();
    write(address, &topic, config, run).await.unwrap();
    brokers.read_stable(&topic).unwrap();
    let read = Reader::all(source(address, &topic, config)).await.unwrap();
    assert_eq!(read.len(), 2, "{config:?}");
}

#[cfg(feature = "kafka-secure")]
#[tokio::test]
async fn every_protocol_and_mechanism() {
    let (brokers, secure) = Kafka::start_secure().unwrap();
    let certificate = secure.certificate().display().to_string();
    let run = |id: &str| Run::checkpointed("secure", id, false);
    let tls = ("ssl.ca.location", certificate.as_str());
    through(
        &brokers,
        &secure.ssl(),
        &[("security.protocol", "ssl"), tls],
        &run("tls"),
    )
    .await;
    for (address, protocol) in [(secure.sasl_ssl(), "sasl_ssl"), (secure.sasl(), "sasl_plaintext")] {
        for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
            let config = [
                ("security.protocol", protocol),
                ("sasl.mechanism", mechanism),
                ("sasl.username", USER),
                ("sasl.password", PASSWORD),
                tls,
            ];
            through(&brokers, &address, &config, &run(&format!("{protocol}-{mechanism}"))).await;
        }
        let config = [
            ("security.protocol", protocol),
            ("sasl.mechanism", "OAUTHBEARER"),
            ("enable.sasl.oauthbearer.unsecure.jwt", "true"),
            ("sasl.oauthbearer.config", "principal=ada"),
            tls,
        ];
        through(&brokers, &address, &config, &run(&format!("{protocol}-oauth"))).await;
    }
}

#[cfg(feature = "kafka-secure")]
#[tokio::test]
async fn zstd_is_written_and_read() {
    let brokers = shared().unwrap();
    let config: Config<'_> = &[("compression.type", "zstd")];
    let topic = brokers.fresh_topic("zstd", 1).unwrap();
    brokers.set_topic(&topic, "compression.type", "zstd").unwrap();
    write(brokers.bootstrap(), &topic, config, &Run::new("secure"))
        .await
        .unwrap();
    assert_eq!(
        Reader::all(source(brokers.bootstrap(), &topic, &[]))
            .await
            .unwrap()
            .len(),
        1
    );
}
