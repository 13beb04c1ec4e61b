//! Which errors the client gets over by itself.

use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

/// Whether trying again cannot help: the caller has to change something.
pub(crate) fn is_final(error: &KafkaError) -> bool {
    if let KafkaError::MessageConsumptionFatal(_) = error {
        return true;
    }
    let Some(code) = error.rdkafka_error_code() else {
        return true;
    };
    matches!(
        code,
        Code::Fatal
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::UnknownTopic
            | Code::UnknownTopicOrPartition
            | Code::UnknownPartition
            | Code::InvalidTopic
            | Code::InvalidGroupId
            | Code::InvalidSessionTimeout
            | Code::InconsistentGroupProtocol
            | Code::FencedInstanceId
            | Code::Fenced
            | Code::ProducerFenced
            | Code::TransactionalIdAuthorizationFailed
            | Code::InvalidTransactionTimeout
            | Code::PolicyViolation
            | Code::UnsupportedForMessageFormat
            | Code::BadMessage
            | Code::BadCompression
            | Code::InvalidMessage
            | Code::NotImplemented
            | Code::UnsupportedVersion
            | Code::UnsupportedFeature
    )
}

/// Whether a connection ended before the broker knew who comes. That a password or a certificate is wrong looks like this, and so does a broker that stops
/// at that moment: it counts when it repeats.
pub(crate) fn is_handshake(error: &KafkaError) -> bool {
    matches!(error.rdkafka_error_code(), Some(Code::Authentication | Code::SSL))
}

/// What the brokers or the client say, in plain words: the library's own texts name its enums and itself.
pub(crate) fn say(error: &KafkaError) -> String {
    match error {
        KafkaError::Transaction(error) => {
            let text = plain(&error.string());
            if text.is_empty() {
                self::text(error.code())
            } else {
                text
            }
        }
        error => error
            .rdkafka_error_code()
            .map_or_else(|| plain(&error.to_string()), text),
    }
}

/// What a code means.
pub(crate) fn text(code: Code) -> String {
    // `UnknownTopic (Local: Unknown topic)`
    let text = code.to_string();
    let inside = text.split_once(" (").and_then(|(_, inside)| inside.strip_suffix(')'));
    plain(inside.unwrap_or(&text))
}

/// A text of librdkafka without what is of use to its authors alone: who says it, the thread, and `(null)` for what it does not know.
pub(crate) fn plain(text: &str) -> String {
    let mut text = text.trim();
    for prefix in ["Broker: ", "Local: "] {
        text = text.strip_prefix(prefix).unwrap_or(text);
    }
    let text = text.replace("(null)", "").replace("librdkafka", "the kafka client");
    match text.split_once("]: ") {
        Some((thread, rest)) if thread.starts_with("[thrd:") => rest.trim().to_owned(),
        _ => text.trim().to_owned(),
    }
}

/// Whether a commit came at a moment at which the group is shared out anew: it is settled, or another member has the partitions.
pub(crate) fn is_rebalance(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            Code::RebalanceInProgress
                | Code::IllegalGeneration
                | Code::UnknownMemberId
                | Code::AssignmentLost
                | Code::StaleMemberEpoch
                | Code::NoOffset
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_for_people() {
        assert_eq!(
            say(&KafkaError::MessageConsumption(Code::NotImplemented)),
            "Not implemented"
        );
        assert_eq!(text(Code::UnknownTopicOrPartition), "Unknown topic or partition");
        assert_eq!(
            plain("[thrd:a:1/bootstrap]: a:1/bootstrap: Connect to (null) failed"),
            "a:1/bootstrap: Connect to  failed"
        );
    }
}
