//! How a pipeline is tested: typed pushes, virtual time, one call a batch. No broker, no threads, no waiting.

use streaming_examples::{Payment, Total, totals};
use streaming_runtime::testing::{Checkpoint, Step, json};

fn payment(user: &str, at: i64, cents: u64) -> Payment {
    Payment {
        user: user.to_owned(),
        at,
        cents,
    }
}

#[test]
fn a_minute_is_summed_when_the_watermark_has_passed_it() {
    let mut pipeline = totals("", "").test();
    pipeline.push(
        "payments",
        json([payment("ann", 1_000, 500), payment("ann", 50_000, 250)]),
    );
    pipeline.tick();
    assert!(pipeline.output("totals.files").is_empty());

    pipeline.push("payments", json([payment("bob", 71_000, 100)]));
    pipeline.tick();
    let minute = Total {
        user: "ann".to_owned(),
        from: 0,
        cents: 750,
    };
    assert_eq!(pipeline.output("totals.files").json::<Total>(), [minute]);
}

#[test]
fn what_comes_after_its_minute_has_closed_is_late() {
    let mut pipeline = totals("", "").test();
    pipeline.push("payments", json([payment("ann", 80_000, 1)]));
    pipeline.tick();
    pipeline.push("payments", json([payment("ann", 2_000, 2)]));
    pipeline.tick();
    assert_eq!(pipeline.output("totals.late.files").json::<Payment>()[0].cents, 2);
    assert_eq!(pipeline.progress().map(|batch| batch.late), Some(1));
}

/// Wherever the process dies, each payment counts once.
#[test]
fn a_crash_neither_loses_nor_doubles_a_payment() {
    for step in Step::OF_A_BATCH {
        let mut pipeline = totals("", "").test_with(Checkpoint::temporary());
        pipeline.push("payments", json([payment("ann", 1_000, 500)]));
        pipeline.tick();

        // The batch that closes the minute is on its way, and the process dies.
        pipeline.push(
            "payments",
            json([payment("ann", 2_000, 250), payment("bob", 71_000, 100)]),
        );
        pipeline.crash_at(step);
        pipeline.tick();
        assert!(pipeline.is_down());

        // The next process reads again what no batch holds, and what came meanwhile.
        pipeline.push("payments", json([payment("ann", 3_000, 1)]));
        let mut pipeline = pipeline.restart(totals("", ""));
        pipeline.tick();
        let minute = &pipeline.output("totals.files").json::<Total>()[0];
        let late = pipeline.output("totals.late.files").json::<Payment>();
        let late_cents: u64 = late.iter().map(|payment| payment.cents).sum();
        assert_eq!(minute.cents + late_cents, 751, "crashed at {step}");
        assert_eq!(pipeline.output("totals.files").len(), 1);
    }
}
