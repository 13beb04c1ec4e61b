/// A time in epoch milliseconds as UTC: `2026-01-31T12:00:00Z`. Times that no calendar has (before -9999, after 9999), the
/// end of a bounded run among them, have no text.
pub(crate) fn utc(millis: i64) -> Option<String> {
    Some(jiff::Timestamp::from_millisecond(millis).ok()?.to_string())
}

/// The same for messages: a time that no calendar has is a number.
pub(crate) fn shown(millis: i64) -> String {
    utc(millis).unwrap_or_else(|| format!("{millis} ms"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        let text = |millis| utc(millis).unwrap_or_default();
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(text(1_709_210_096_500), "2024-02-29T12:34:56.5Z");
        assert_eq!(text(i64::MAX), "");
        assert_eq!(text(i64::MIN), "");
    }
}
