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
            | Code::Authentication
            | Code::SaslAuthenticationFailed
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
            | Code::BadMessage
            | Code::BadCompression
            | Code::InvalidMessage
            | Code::NotImplemented
            | Code::UnsupportedVersion
            | Code::UnsupportedFeature
    )
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
