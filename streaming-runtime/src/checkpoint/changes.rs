//! The byte encoding of changes of keyed state: what a delta in the journal and a section of a snapshot consist of.
//!
//! A list of operations, each one byte and its operands: `SLICE slice` says to which slice the following ones belong, `PUT key value`
//! and `REMOVE key` change a key in it, `EXTEND key addition` adds to what the key has, `DROP` removes all of it. A slice is a zigzag varint; a key and a value are a varint length and
//! that many bytes.

const SLICE: u8 = 1;
const PUT: u8 = 2;
const REMOVE: u8 = 3;
const DROP: u8 = 4;
const EXTEND: u8 = 5;

/// One change of the state of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change<'b> {
    /// The key has this value now.
    Put { slice: i64, key: &'b [u8], value: &'b [u8] },
    /// This is added to the value of the key.
    Extend {
        slice: i64,
        key: &'b [u8],
        addition: &'b [u8],
    },
    /// The key is gone.
    Remove { slice: i64, key: &'b [u8] },
    /// Every key of the slice is gone.
    Drop { slice: i64 },
}

/// Bytes that are no list of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    /// Where, in the bytes read.
    pub offset: usize,
}

/// Writes a list of changes.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    bytes: Vec<u8>,
    slice: Option<i64>,
}

impl Changes {
    /// Adds a [`Change::Put`]; the functions append the bytes of the key and of the value.
    ///
    /// When one fails nothing of the change stays.
    pub(crate) fn put<E>(
        &mut self,
        slice: i64,
        key: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
        value: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.whole(slice, |bytes| {
            bytes.push(PUT);
            with_length(bytes, key)?;
            with_length(bytes, value)
        })
    }

    /// Adds a [`Change::Extend`]; the functions append the bytes of the key and of what is added to its value.
    pub(crate) fn extend<E>(
        &mut self,
        slice: i64,
        key: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
        addition: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.whole(slice, |bytes| {
            bytes.push(EXTEND);
            with_length(bytes, key)?;
            with_length(bytes, addition)
        })
    }

    /// Adds a [`Change::Remove`]; the function appends the bytes of the key.
    pub(crate) fn remove<E>(&mut self, slice: i64, key: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        self.whole(slice, |bytes| {
            bytes.push(REMOVE);
            with_length(bytes, key)
        })
    }

    /// Adds a [`Change::Drop`].
    pub(crate) fn drop_slice(&mut self, slice: i64) {
        self.enter(slice);
        self.bytes.push(DROP);
    }

    /// The list, to be read with a [`Reader`].
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn whole<E>(&mut self, slice: i64, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let before = (self.bytes.len(), self.slice);
        self.enter(slice);
        let written = write(&mut self.bytes);
        if written.is_err() {
            self.bytes.truncate(before.0);
            self.slice = before.1;
        }
        written
    }

    fn enter(&mut self, slice: i64) {
        if self.slice != Some(slice) {
            self.slice = Some(slice);
            self.bytes.push(SLICE);
            let (varint, used) = varint(zigzag(slice));
            self.bytes.extend_from_slice(&varint[..used]);
        }
    }
}

/// Reads a list of changes.
#[derive(Debug)]
pub(crate) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    slice: Option<i64>,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        let (at, slice) = (0, None);
        Self { bytes, at, slice }
    }

    /// The next change; the list ends after a malformed one.
    pub(crate) fn next(&mut self) -> Option<Result<Change<'b>, Malformed>> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let start = self.at;
        let change = self.change();
        if change.is_none() {
            self.at = self.bytes.len();
        }
        Some(change.ok_or(Malformed { offset: start }))
    }

    fn change(&mut self) -> Option<Change<'b>> {
        let mut operation = self.byte()?;
        if operation == SLICE {
            self.slice = Some(unzigzag(self.varint()?));
            operation = self.byte()?;
        }
        let slice = self.slice?;
        match operation {
            PUT => Some(Change::Put {
                slice,
                key: self.block()?,
                value: self.block()?,
            }),
            EXTEND => Some(Change::Extend {
                slice,
                key: self.block()?,
                addition: self.block()?,
            }),
            REMOVE => Some(Change::Remove {
                slice,
                key: self.block()?,
            }),
            DROP => Some(Change::Drop { slice }),
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn block(&mut self) -> Option<&'b [u8]> {
        let length = usize::try_from(self.varint()?).ok()?;
        let end = self.at.checked_add(length)?;
        let block = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(block)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return None;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Writes a block behind its length, which is known only afterwards: one byte is kept free for it, and the block is moved
/// when that was not enough.
fn with_length<E>(bytes: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
    let place = bytes.len();
    bytes.push(0);
    write(bytes)?;
    let length = bytes.len() - place - 1;
    let (varint, used) = varint(length as u64);
    let moved = used - 1;
    if moved > 0 {
        bytes.resize(bytes.len() + moved, 0);
        bytes.copy_within(place + 1..place + 1 + length, place + used);
    }
    bytes[place..place + used].copy_from_slice(&varint[..used]);
    Ok(())
}

fn varint(mut value: u64) -> ([u8; 10], usize) {
    let mut bytes = [0; 10];
    let mut used = 0;
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        bytes[used] = if value == 0 { low } else { low | 0x80 };
        used += 1;
        if value == 0 {
            return (bytes, used);
        }
    }
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Reads a whole list.
#[cfg(test)]
pub(crate) fn read(bytes: &[u8]) -> impl Iterator<Item = Result<Change<'_>, Malformed>> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || reader.next())
}
