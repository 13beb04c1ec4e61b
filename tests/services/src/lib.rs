//! Real services for the tests and the benches.
//!
//! [`kafka::Kafka`] starts Apache Kafka brokers on this machine and helps with topics and
//! records. The jars are fetched from Maven Central by the first start on a machine; after that a
//! broker is up in about a second and a half.
//!
//! ```no_run
//! use test_services::kafka::{Isolation, Kafka};
//!
//! # fn main() -> test_services::Result<()> {
//! let kafka = Kafka::start()?;
//! kafka.create_topic("orders", 2)?;
//! kafka.produce("orders", ["first", "second"])?;
//! assert_eq!(kafka.read_all("orders", Isolation::ReadCommitted)?.len(), 2);
//! # Ok(())
//! # }
//! ```

mod error;
pub mod kafka;
mod ports;
mod process;

pub use error::{Error, Result};
