//! Starts Apache Kafka, prints its bootstrap servers, and stops it at Ctrl-C or at the end of the
//! input: `cargo run -p test-services --bin kafka -- [BROKERS]`.

use std::process::ExitCode;

use test_services::kafka::Kafka;

fn main() -> ExitCode {
    let brokers = match std::env::args().nth(1).map(|text| text.parse()) {
        None => 1,
        Some(Ok(brokers)) if brokers > 0 => brokers,
        Some(_) => {
            eprintln!("usage: kafka [BROKERS]");
            return ExitCode::from(2);
        }
    };
    match Kafka::start_cluster(brokers) {
        Ok(kafka) => {
            println!("{}", kafka.bootstrap());
            for log in kafka.logs() {
                eprintln!("log: {}", log.display());
            }
            eprintln!("Ctrl-C (or the end of the input) stops it and removes its data");
            // Ctrl-C ends this process here, and the brokers end with it.
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
