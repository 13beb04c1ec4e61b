//! Loads the state of an operator: the one loop over its lists of changes.

use super::changes::{Change, Reader};
use super::error::CheckpointError;
use super::filesystem::Filesystem;
use super::history::{Lists, Origin};
use super::opened::Opened;

/// Reads the changes of one operator in one key partition, list by list.
///
/// [`load`] is generic over what becomes of a change, so that it is compiled in the crate of the pipeline. What reads files stands behind
/// this trait: [`Cursor`] for every filesystem, and a type without parameters for the machine's, which is compiled once.
pub(crate) trait ReadChanges {
    /// Reads the next list of changes; `None` after the last one.
    fn next_list(&mut self) -> Result<Option<Vec<u8>>, CheckpointError>;

    /// The next change of the list that was read last.
    fn next_change<'b>(&self, reader: &mut Reader<'b>) -> Result<Option<Change<'b>>, CheckpointError>;

    /// A change of that list cannot be used. Its bytes are those that were written, so they are not damaged.
    fn refused(&self, reason: &str) -> CheckpointError;
}

/// Gives all changes to `take`, oldest first. What `take` says against one is a [`CheckpointError::Mismatch`].
pub(crate) fn load(
    changes: &mut impl ReadChanges,
    take: &mut impl FnMut(Change<'_>) -> Result<(), String>,
) -> Result<(), CheckpointError> {
    while let Some(list) = changes.next_list()? {
        let mut reader = Reader::new(&list);
        while let Some(change) = changes.next_change(&mut reader)? {
            if let Err(reason) = take(change) {
                return Err(changes.refused(&reason));
            }
        }
    }
    Ok(())
}

/// The changes of one operator in one key partition of a checkpoint, up to [`Opened::last`].
#[derive(Debug)]
pub(crate) struct Cursor<'o, F: Filesystem> {
    opened: &'o Opened<F>,
    operator: u32,
    /// `None` where no batch was decided.
    lists: Option<Lists<'o, F>>,
    origin: Option<Origin<'o, F>>,
}

impl<'o, F: Filesystem> Cursor<'o, F> {
    pub(crate) fn new(opened: &'o Opened<F>, operator: u32, partition: u32) -> Self {
        Self {
            opened,
            operator,
            lists: opened.lists(operator, partition),
            origin: None,
        }
    }

    fn origin(&self) -> &Origin<'o, F> {
        self.origin.as_ref().expect("a list was read")
    }
}

impl<F: Filesystem> ReadChanges for Cursor<'_, F> {
    fn next_list(&mut self) -> Result<Option<Vec<u8>>, CheckpointError> {
        let Some(lists) = &mut self.lists else { return Ok(None) };
        let (list, origin) = lists.next()?.unzip();
        self.origin = origin;
        Ok(list)
    }

    fn next_change<'b>(&self, reader: &mut Reader<'b>) -> Result<Option<Change<'b>>, CheckpointError> {
        self.origin().change(reader)
    }

    #[cold]
    fn refused(&self, reason: &str) -> CheckpointError {
        self.opened.refused(self.operator, self.origin(), reason)
    }
}
