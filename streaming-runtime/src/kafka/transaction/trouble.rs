use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use crate::kafka::fault::Fault;
use crate::kafka::limit::Late;
use crate::kafka::sender::{Blame, Failure};
use crate::kafka::trouble::{is_final, say};

/// Why a step of a transaction failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A record was not written.
    Record(Box<Failure>),
    /// A call did not come back in time.
    Late(Late),
    /// A call of the transaction failed.
    Kafka(KafkaError),
    /// Another instance has taken over.
    Fenced,
    /// The brokers do not give out the committed offsets of this group, as a transaction that holds others has not ended.
    Held(String),
    /// Something here speaks against it.
    Refused(Fault),
}

impl From<Box<Failure>> for Trouble {
    fn from(failure: Box<Failure>) -> Self {
        Self::Record(failure)
    }
}

impl From<Late> for Trouble {
    fn from(late: Late) -> Self {
        Self::Late(late)
    }
}

impl From<KafkaError> for Trouble {
    fn from(error: KafkaError) -> Self {
        Self::Kafka(error)
    }
}

impl Trouble {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Record(failure) => failure.error.rdkafka_error_code(),
            Self::Kafka(error) => error.rdkafka_error_code(),
            Self::Fenced => Some(Code::Fenced),
            Self::Refused(_) | Self::Held(_) | Self::Late(_) => None,
        }
    }

    /// Another producer of this id has begun since.
    pub(super) fn is_fenced(&self) -> bool {
        self.code().is_some_and(fences)
    }

    /// Why the brokers did not take a batch, where that is for a record in it.
    pub(super) fn blame(&self) -> Option<Blame> {
        match self {
            Self::Record(failure) => failure.blame(),
            _ => None,
        }
    }

    /// Whether trying again cannot help.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Refused(_) | Self::Fenced => true,
            Self::Held(_) | Self::Late(_) => false,
            // Fatal for the producer, not for the next one.
            _ if self.code() == Some(Code::Fatal) => false,
            Self::Record(failure) => failure.is_permanent(),
            Self::Kafka(error) => is_final(error),
        }
    }

    /// The same for whoever starts the pipeline again.
    pub(super) fn fault(&self, id: &str, brokers: &str, timeout: Duration) -> Fault {
        match self {
            Self::Refused(why) => why.clone(),
            _ if self.is_final() || self.is_fenced() => Fault::permanent(self.say(id, brokers, timeout)),
            _ => Fault::passing(self.say(id, brokers, timeout)),
        }
    }

    /// What went wrong, and what to do about it.
    pub(super) fn say(&self, id: &str, brokers: &str, timeout: Duration) -> String {
        match self {
            Self::Record(failure) => format!(
                "cannot write to topic `{}` on `{brokers}`: {}",
                failure.topic,
                failure.advice()
            ),
            Self::Refused(why) => why.to_string(),
            Self::Late(late) => format!("cannot write in transactions of `{id}` on `{brokers}`: {late}"),
            Self::Fenced => format!("another instance has taken over the transactional id `{id}`"),
            Self::Held(group) => format!(
                "brokers on `{brokers}` hold back what group `{group}` has committed, as a transaction is not ended there: one that was killed can forget \
                 to, where a partition has a single replica. `kafka-transactions.sh find-hanging` names the partitions, and with `abort` on all of them \
                 the batch is written anew"
            ),
            Self::Kafka(error) => format!(
                "cannot write in transactions of `{id}` on `{brokers}`: {}",
                advice(error, id, timeout)
            ),
        }
    }
}

/// Whether the brokers refuse a producer because another one of its id has begun, or because they have ended its transaction.
pub(super) fn fences(code: Code) -> bool {
    matches!(
        code,
        Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch | Code::TransactionCoordinatorFenced
    )
}

fn advice(error: &KafkaError, id: &str, timeout: Duration) -> String {
    match error.rdkafka_error_code() {
        Some(Code::InvalidTransactionTimeout) => format!(
            "`transaction.timeout.ms` ({}) is larger than the brokers' `transaction.max.timeout.ms`: lower it with `.config(…)`, or raise that",
            timeout.as_millis()
        ),
        Some(Code::TransactionalIdAuthorizationFailed) => {
            format!("access is denied: allow this user to write to and describe the transactional id `{id}`")
        }
        Some(Code::GroupAuthorizationFailed) => {
            format!(
                "access is denied: allow this user to read the group `{id}`, and the groups of the pipeline's sources"
            )
        }
        Some(Code::ClusterAuthorizationFailed) => "access is denied: allow this user to write idempotently".to_owned(),
        Some(Code::OperationTimedOut) => {
            format!(
                "the brokers did not answer in time ({}): check that they run, and that enough replicas of `__transaction_state` are in sync",
                say(error)
            )
        }
        _ => say(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: Code) -> String {
        let error = KafkaError::OffsetFetch(code);
        Trouble::from(error).say("orders-7", "a:1", Duration::from_hours(1))
    }

    #[test]
    fn what_can_be_done_is_said() {
        assert_eq!(
            told(Code::InvalidTransactionTimeout),
            "cannot write in transactions of `orders-7` on `a:1`: `transaction.timeout.ms` (3600000) is larger than the brokers' \
             `transaction.max.timeout.ms`: lower it with `.config(…)`, or raise that"
        );
        assert!(told(Code::TransactionalIdAuthorizationFailed).contains("the transactional id `orders-7`"));
        assert!(told(Code::GroupAuthorizationFailed).contains("the group `orders-7`"));
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let of = |code| Trouble::from(KafkaError::OffsetFetch(code));
        assert!(!of(Code::OperationTimedOut).is_final());
        assert!(!of(Code::RebalanceInProgress).is_final());
        assert!(!of(Code::Fatal).is_final());
        assert!(of(Code::TransactionalIdAuthorizationFailed).is_final());
        assert!(of(Code::Fenced).is_fenced() && of(Code::InvalidProducerEpoch).is_fenced());
    }

    #[test]
    fn a_supervisor_starts_again_what_may_pass() {
        let permanent = |trouble: Trouble| trouble.fault("orders-7", "a:1", Duration::from_hours(1)).is_permanent();
        let of = |code| Trouble::from(KafkaError::OffsetFetch(code));
        assert!(permanent(Trouble::Fenced));
        assert!(permanent(of(Code::ProducerFenced)));
        assert!(permanent(of(Code::TransactionalIdAuthorizationFailed)));
        assert!(permanent(Trouble::Refused("another directory".to_owned().into())));
        let too_large = Failure::new(
            "out",
            KafkaError::MessageProduction(Code::MessageSizeTooLarge),
            0,
            None,
            None,
        );
        assert!(permanent(Trouble::from(Box::new(too_large))));

        assert!(!permanent(Trouble::Held("orders-7".to_owned())));
        assert!(!permanent(of(Code::OperationTimedOut)));
        assert!(!permanent(of(Code::Fatal)));
        assert!(!permanent(Trouble::Refused(Fault::passing(
            "a partition went to another member"
        ))));
        let away = Failure::new(
            "out",
            KafkaError::MessageProduction(Code::MessageTimedOut),
            0,
            None,
            None,
        );
        assert!(!permanent(Trouble::from(Box::new(away))));
    }
}
