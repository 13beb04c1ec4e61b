//! At most one transaction decides whether a batch counts.

use super::About;

/// Refuses sinks that write in more than one deciding transaction: a crash between two commits would leave a batch that counts in one and not
/// in the other, and neither could be taken back.
///
/// # Errors
/// A message that names two sinks that do not go together.
pub(crate) fn one_decides(sinks: &[About]) -> Result<(), String> {
    let mut deciding = sinks.iter().filter(|sink| sink.decides());
    let Some(first) = deciding.next() else {
        return Ok(());
    };
    match deciding.find(|other| other.transaction.is_none() || other.transaction != first.transaction) {
        None => Ok(()),
        Some(second) => Err(format!(
            "sinks `{}` and `{}` decide by two transactions whether a batch counts, and a crash between their commits would leave it in one \
             of them alone: a pipeline with a checkpoint can have one such transaction; write to one of the sinks from a pipeline of its own, or \
             make one that is your own `Idempotent` or `Transactional`",
            first.name, second.name
        )),
    }
}

#[cfg(all(test, feature = "kafka"))]
mod tests {
    use super::*;
    use crate::sink::{SinkEdge, Sinks, Visit, kafka};

    #[test]
    fn all_kafka_sinks_write_in_one_transaction() {
        let rows = SinkEdge::new("rows.kafka", 1, kafka("rows"));
        let totals = SinkEdge::new("totals.kafka", 2, kafka("totals").json());
        let mut sinks = Vec::new();
        (rows, (totals, ())).visit(&mut Visit::Describe(&mut sinks));
        assert_eq!((sinks.len(), one_decides(&sinks)), (2, Ok(())));
    }
}
