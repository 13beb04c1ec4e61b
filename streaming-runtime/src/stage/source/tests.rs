use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::plan::Plan;
use crate::settings::OnPanic;
use crate::source::{Memory, Records, Slice, memory};

const PLAN: &Plan = &Plan {
    name: "numbers",
    operators: &[
        crate::__private::operator("numbers", "memory", crate::plan::Role::Source, 0, &[], "", 1),
        crate::__private::operator("sums", "fold", crate::plan::Role::Aggregate, 1, &[], "", 1),
    ],
};

/// Adds up numbers, as an aggregate does: what one chunk has added cannot be taken back.
#[derive(Debug, Default)]
struct Sums {
    opened: AtomicU32,
    sums: Mutex<Vec<u64>>,
}

impl Outlet for Sums {
    type Local = u64;
    const SEPARATE: bool = false;
    fn open(&self) -> u64 {
        self.opened.fetch_add(1, Ordering::Relaxed);
        0
    }
    fn end_chunk(&self, _: &mut u64, _: Tag) {}
    fn undo_chunk(&self, _: &mut u64) {}
    fn give_back(&self, local: u64) {
        self.sums.lock().unwrap().push(local);
    }
    fn discard(&self) {}
}

/// How many more times a number panics.
type Left = Arc<Mutex<BTreeMap<u64, Vec<bool>>>>;

/// Works on chunks of two numbers each, from 0; says what comes of it, how many tables were opened,
/// and how many are given back.
fn sums(chunks: u64, on_panic: OnPanic, panics: &[(u64, &[bool])]) -> (Result<u64, Failure>, u32, usize) {
    let left: Left = Arc::new(Mutex::new(
        panics.iter().map(|(n, calls)| (*n, calls.to_vec())).collect(),
    ));
    let sums = Arc::new(Sums::default());
    let body = move |chunk: &Slice<u64>, task: &mut Task, local: &mut u64| {
        for (row, (_, n)) in chunk.records().enumerate() {
            task.row(row as u64);
            if task.skips() {
                continue;
            }
            let calls = left.lock().unwrap().get_mut(n).and_then(Vec::pop);
            if calls == Some(true) {
                std::panic::resume_unwind(Box::new("planted"));
            }
            *local += n;
        }
    };
    let mut stage = stage_of(memory(vec![0u64]), Arc::clone(&sums), body);
    stage.prepare(&Prepare {
        key_partitions: 1,
        operator: 0,
        plan: PLAN,
        tries: 3,
        on_panic,
    });
    for chunk in 0..chunks {
        let tag = Tag { partition: 0, chunk };
        let chunk = Slice::new("numbers", 2 * chunk, vec![2 * chunk, 2 * chunk + 1]);
        let fed = Fed { tag, chunk, span: None };
        let ticket = stage.feed.put(fed, Size::default());
        if let Err(failure) = stage.work(&ticket, 0, 2) {
            return (Err(failure), sums.opened.load(Ordering::Relaxed), 0);
        }
    }
    let workers = std::mem::take(&mut *stage.workers());
    let given_back = workers.len();
    let sum = workers.into_iter().map(|worker| worker.local).sum();
    (Ok(sum), sums.opened.load(Ordering::Relaxed), given_back)
}

fn stage_of<F>(source: Memory<u64>, sums: Arc<Sums>, body: F) -> SourceStage<Memory<u64>, Arc<Sums>, F>
where
    F: for<'c> Fn(&'c Slice<u64>, &mut Task, &mut u64) + Send + Sync,
{
    SourceStage::new(source, sums, body)
}

#[test]
fn one_panic_that_passes_leaves_two_tables() {
    let (sum, opened, given_back) = sums(50, OnPanic::Fail, &[(98, &[true])]);
    assert_eq!(sum.unwrap(), (0..100).sum::<u64>());
    assert_eq!(
        (opened, given_back),
        (3, 2),
        "the first one, one for the 49 chunks before, one for the chunk that panicked"
    );
}

#[test]
fn a_chunk_that_panics_when_it_is_worked_on_again_goes_alone() {
    // The last call of a number comes first in its list.
    let (sum, _, _) = sums(50, OnPanic::Fail, &[(98, &[true]), (41, &[true, false])]);
    assert_eq!(sum.unwrap(), (0..100).sum::<u64>());
}

#[test]
fn each_record_of_a_chunk_that_is_worked_on_again_has_its_tries() {
    let again: &[bool] = &[true, true, false];
    let planted = [(40, again), (41, again), (98, &[true])];
    let (sum, ..) = sums(50, OnPanic::Skip, &planted);
    assert_eq!(sum.unwrap(), (0..100).sum::<u64>());
    let (failed, ..) = sums(50, OnPanic::Fail, &planted);
    assert_eq!(failed.unwrap_err().what.tries, 3);
}
