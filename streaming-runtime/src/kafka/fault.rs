use std::fmt;

use rdkafka::error::KafkaError;

use super::limit::Late;
use super::trouble::is_final;
use crate::sink::SinkError;
use crate::source::SourceError;

/// Why Kafka could not be read or written, in words for a person, and whether it fails again when it is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    message: String,
    permanent: bool,
}

impl Fault {
    /// Something has to be changed first.
    pub(crate) fn permanent(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            permanent: true,
        }
    }

    /// Time may mend it.
    pub(crate) fn passing(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            permanent: false,
        }
    }

    /// What the brokers or the client said, in the caller's words.
    pub(crate) fn of(error: &KafkaError, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            permanent: is_final(error),
        }
    }

    /// The same, in other words.
    pub(crate) fn reworded(self, reword: impl FnOnce(&str) -> String) -> Self {
        Self {
            message: reword(&self.message),
            permanent: self.permanent,
        }
    }

    #[cfg(test)]
    pub(crate) fn is_permanent(&self) -> bool {
        self.permanent
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What is refused here, before a broker is asked or because of what it answered, is refused again: an option, a position, another instance.
impl From<String> for Fault {
    fn from(message: String) -> Self {
        Self::permanent(message)
    }
}

impl From<Late> for Fault {
    fn from(late: Late) -> Self {
        Self::passing(late.to_string())
    }
}

impl From<Fault> for SourceError {
    fn from(fault: Fault) -> Self {
        let error = Self::new(fault.message);
        if fault.permanent { error.permanent() } else { error }
    }
}

impl From<Fault> for SinkError {
    fn from(fault: Fault) -> Self {
        let error = Self::new(fault.message);
        if fault.permanent { error.permanent() } else { error }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rdkafka::error::RDKafkaErrorCode as Code;

    use super::*;

    #[test]
    fn what_brokers_refuse_for_good_is_permanent() {
        let of = |code| SourceError::from(Fault::of(&KafkaError::MessageConsumption(code), "it says"));
        for code in [
            Code::SaslAuthenticationFailed,
            Code::TopicAuthorizationFailed,
            Code::GroupAuthorizationFailed,
            Code::ClusterAuthorizationFailed,
            Code::TransactionalIdAuthorizationFailed,
            Code::UnknownTopicOrPartition,
            Code::FencedInstanceId,
            Code::ProducerFenced,
            Code::PolicyViolation,
            Code::UnsupportedForMessageFormat,
            Code::UnsupportedSASLMechanism,
        ] {
            assert!(!of(code).is_retryable(), "{code:?}");
        }
        for code in [
            Code::BrokerTransportFailure,
            // Until it repeats.
            Code::Authentication,
            Code::SSL,
            Code::AllBrokersDown,
            Code::OperationTimedOut,
            Code::MessageTimedOut,
            Code::NotLeaderForPartition,
            Code::CoordinatorNotAvailable,
            Code::NotEnoughReplicas,
            Code::RebalanceInProgress,
        ] {
            assert!(of(code).is_retryable(), "{code:?}");
        }
    }

    #[test]
    fn what_is_refused_here_is_permanent_and_what_is_late_is_not() {
        let refused = Fault::from("`acks` cannot be set".to_owned());
        assert!(!SinkError::from(refused.reworded(|why| format!("no: {why}"))).is_retryable());
        let late = Late {
            call: "writing records",
            limit: Duration::from_secs(1),
        };
        assert!(SinkError::from(Fault::from(late)).is_retryable());
    }
}
