use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::BoxedPipeline;
use crate::progress::BatchProgress;
use crate::settings::{Settings, Trigger};
use crate::stage::SourceStage;
use crate::{Pipeline, plan::Plan, source::memory};

fn counting(rows: &Arc<AtomicU64>, values: u64) -> BoxedPipeline {
    const PLAN: &Plan = &Plan {
        name: "numbers",
        operators: &[crate::__private::operator(
            "numbers",
            "memory",
            crate::plan::Role::Source,
            0,
            &[],
            "",
            1,
        )],
    };
    let rows = Arc::clone(rows);
    let stage = SourceStage::new(memory((0..values).collect::<Vec<_>>()), (), move |chunk, task, ()| {
        let count = crate::source::Records::records(chunk).count() as u64;
        task.count(0, count);
        rows.fetch_add(count, Ordering::Relaxed);
    });
    Pipeline::new(PLAN, Settings::new("numbers"), Vec::new(), (stage, ()), ()).boxed()
}

#[test]
fn different_pipelines_in_one_list() {
    let rows = Arc::new(AtomicU64::new(0));
    let pipelines: Vec<BoxedPipeline> = vec![counting(&rows, 3), counting(&rows, 4)];
    for pipeline in pipelines {
        pipeline.trigger(Trigger::AvailableNow).run_blocking().unwrap();
    }
    assert_eq!(rows.load(Ordering::Relaxed), 7);
}

#[test]
fn settings_and_listeners_from_before_and_after_count() {
    let rows = Arc::new(AtomicU64::new(0));
    let (before, after) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (told_before, told_after) = (Arc::clone(&before), Arc::clone(&after));
    let pipeline = counting(&rows, 10)
        .listener(move |_: &BatchProgress| _ = told_before.fetch_add(1, Ordering::Relaxed))
        .boxed()
        .trigger(Trigger::AvailableNow)
        .name("renamed")
        .listener(move |_: &BatchProgress| _ = told_after.fetch_add(1, Ordering::Relaxed));
    assert_eq!(pipeline.explain().pipeline, "renamed");
    let summary = pipeline.run_blocking().unwrap();
    assert_eq!(summary.rows_in, 10);
    assert_eq!(before.load(Ordering::Relaxed), summary.batches);
    assert_eq!(after.load(Ordering::Relaxed), summary.batches);
}
