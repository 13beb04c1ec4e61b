use std::io::Write;

/// What `.key(f)` of a Kafka sink may return.
///
/// Text and bytes are the key as they are; integers are written as decimal text, as a person reads them; `None` sends the record without a
/// key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a message",
    label = "returned by `key`",
    note = "keys are text, bytes, integers, and `Option`s of these"
)]
pub trait MessageKey {
    /// Appends the key's bytes; false where there is no key.
    fn write(&self, bytes: &mut Vec<u8>) -> bool;
}

macro_rules! as_bytes {
    ($([$($param:tt)*] $t:ty),*) => {$(
        impl<$($param)*> MessageKey for $t {
            #[inline]
            fn write(&self, bytes: &mut Vec<u8>) -> bool {
                let key: &[u8] = self.as_ref();
                bytes.extend_from_slice(key);
                true
            }
        }
    )*};
}
as_bytes!([] str, [] String, [] [u8], [] Vec<u8>, [const N: usize] [u8; N]);

macro_rules! as_decimal {
    ($($t:ty),*) => {$(
        impl MessageKey for $t {
            fn write(&self, bytes: &mut Vec<u8>) -> bool {
                // Writing to a vector does not fail.
                write!(bytes, "{self}").is_ok()
            }
        }
    )*};
}
as_decimal!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl<K: MessageKey + ?Sized> MessageKey for &K {
    #[inline]
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        (**self).write(bytes)
    }
}

impl<K: MessageKey> MessageKey for Option<K> {
    fn write(&self, bytes: &mut Vec<u8>) -> bool {
        self.as_ref().is_some_and(|key| key.write(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(key: impl MessageKey) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        key.write(&mut bytes).then_some(bytes)
    }

    #[test]
    fn text_bytes_and_decimal_numbers() {
        assert_eq!(written("ada"), Some(b"ada".to_vec()));
        assert_eq!(written(String::new()), Some(Vec::new()));
        assert_eq!(written([0xff, 0]), Some(vec![0xff, 0]));
        assert_eq!(written(-17_i64), Some(b"-17".to_vec()));
        assert_eq!(written(Some(&7_u8)), Some(b"7".to_vec()));
        assert_eq!(written(None::<&str>), None);
    }
}
