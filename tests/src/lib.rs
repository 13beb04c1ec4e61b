//! Tests of the whole: behaviour, user interface, invariants.

#[cfg(feature = "crash-points")]
pub mod planting;
pub mod random;

/// Has this process write what the runtime logs to standard error, where `RUST_LOG` asks for it.
///
/// # Panics
/// When there is a log already.
pub fn log_to_stderr() {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
}
