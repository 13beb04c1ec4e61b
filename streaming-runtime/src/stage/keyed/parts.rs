//! Parts of keys on their way from the workers' tables to the key partitions.

use std::collections::BTreeMap;

use crate::key::OwnedKey;
use crate::state::Part;
use crate::state::exchange::{Combine, Exchange, Local};
use crate::state::table::{Entry, Table};
use crate::workers::Workers;

/// What came for one key partition: one list of parts per worker.
pub(super) type Incoming<K, P> = Vec<Vec<Part<K, P>>>;

/// Cuts the workers' tables into key partitions, and gives them back empty.
pub(super) fn by_partition<K, P, C>(
    workers: &Workers,
    exchange: &Exchange<K, P, C>,
    locals: Vec<Local<K, P, C>>,
    partitions: usize,
) -> Vec<Incoming<K, P>>
where
    K: OwnedKey,
    P: Send,
    C: Combine<P>,
{
    let mut by_partition: Vec<Incoming<K, P>> = (0..partitions).map(|_| Vec::new()).collect();
    let cut = workers.map(locals, |mut local| (local.split(partitions), local));
    let mut emptied = Vec::with_capacity(cut.len());
    for (worker, local) in cut {
        for (into, parts) in by_partition.iter_mut().zip(worker) {
            if !parts.is_empty() {
                into.push(parts);
            }
        }
        emptied.push(local);
    }
    exchange.reuse(emptied);
    by_partition
}

/// Combines the parts of all workers, so that each key comes once.
pub(super) fn together<K: OwnedKey, P, C: Combine<P>>(parts: Incoming<K, P>, combine: &C) -> Incoming<K, P> {
    let mut slices: BTreeMap<i64, Table<K, P>> = BTreeMap::new();
    for Part {
        slice,
        entry: Entry { hash, key, value },
    } in parts.into_iter().flatten()
    {
        let table = slices.entry(slice).or_default();
        match table.get_mut(hash, &key) {
            Some(into) => combine.combine(into, value),
            None => table.insert_new(Entry { hash, key, value }),
        }
    }
    let whole = |(slice, mut table): (i64, Table<K, P>)| -> Vec<Part<K, P>> {
        table.drain().map(|entry| Part { slice, entry }).collect()
    };
    slices.into_iter().map(whole).collect()
}
