/// What [`kafka`](super::kafka) reads: the name of a topic, or several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not name a topic",
    label = "given to `kafka`",
    note = "a topic is a `&str` or a `String`; several are an array or a `Vec` of them"
)]
pub trait Topics {
    /// The names.
    fn names(self) -> Vec<String>;
}

impl Topics for &str {
    fn names(self) -> Vec<String> {
        vec![self.to_owned()]
    }
}

impl Topics for String {
    fn names(self) -> Vec<String> {
        vec![self]
    }
}

impl Topics for &String {
    fn names(self) -> Vec<String> {
        vec![self.clone()]
    }
}

impl<S: Into<String>> Topics for Vec<S> {
    fn names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Into<String>, const N: usize> Topics for [S; N] {
    fn names(self) -> Vec<String> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<S: Clone + Into<String>> Topics for &[S] {
    fn names(self) -> Vec<String> {
        self.iter().cloned().map(Into::into).collect()
    }
}
