//! At most one transaction decides whether a batch counts.

use super::Sinks;

/// Refuses sinks that write in more than one deciding transaction: a crash between two commits would leave a batch that counts in one and not
/// in the other, and neither could be taken back.
///
/// # Errors
/// A message that names two sinks that do not go together.
pub(crate) fn one_decides<K: Sinks>(sinks: &K) -> Result<(), String> {
    let mut found = Vec::new();
    sinks.transactions(&mut found);
    let mut found = found.iter();
    let Some((first, transaction)) = found.next() else {
        return Ok(());
    };
    match found.find(|(_, other)| other.is_none() || other != transaction) {
        None => Ok(()),
        Some((second, _)) => Err(format!(
            "sinks `{first}` and `{second}` decide by two transactions whether a batch counts, and a crash between their commits would leave it in one \
             of them alone: a pipeline with a checkpoint can have one such transaction; write to one of the sinks from a pipeline of its own, or \
             make one that is your own `Idempotent` or `Transactional`"
        )),
    }
}

#[cfg(all(test, feature = "kafka"))]
mod tests {
    use super::*;
    use crate::sink::{SinkEdge, kafka};

    #[test]
    fn all_kafka_sinks_write_in_one_transaction() {
        let rows = SinkEdge::new("rows.kafka", 1, kafka("rows"));
        let totals = SinkEdge::new("totals.kafka", 2, kafka("totals").json());
        assert_eq!(one_decides(&(rows, (totals, ()))), Ok(()));
    }
}
