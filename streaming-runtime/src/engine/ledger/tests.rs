use super::*;
use crate::plan::Operator;

static PLAN: Plan = Plan {
    name: "clicks",
    operators: &[Operator {
        name: "clicks",
        kind: "kafka",
        role: Role::Source,
        stage: 0,
        inputs: &[],
        detail: "",
        line: 0,
        counted: true,
        stateful: false,
        fields: &[],
        was: &[],
        reset: None,
    }],
};

fn ledger() -> Ledger {
    let reads = Reads {
        arms: 1,
        replay: Replay::Replayable,
        grows: true,
        grouped: true,
    };
    Ledger::new(&PLAN, &[(0, reads)], true)
}

fn reached(partition: u32, next: &str) -> Reached {
    Reached {
        partition,
        unit: String::new(),
        chunks: 1,
        first: None,
        next: next.to_owned(),
        finished: false,
    }
}

fn add(ledger: &mut Ledger, partition: u32) {
    ledger.added(0, partition, 0, "clicks/0".to_owned(), Duration::ZERO);
}

/// Where the next run would begin, and where the checkpoint says that it would.
fn resumed(ledger: &mut Ledger, kept: &mut Positions) -> Vec<String> {
    for (source, changes) in ledger.positions.take_changes() {
        for change in crate::checkpoint::read_changes(&changes) {
            kept.replay(source, change.unwrap()).unwrap();
        }
    }
    let next = |resumes: Vec<Resume>| -> Vec<String> { resumes.into_iter().map(|resume| resume.next).collect() };
    let known = next(ledger.resume(0));
    assert_eq!(known, next(kept.of(0, 0).collect()), "the checkpoint knows the same");
    known
}

#[test]
fn a_partition_that_is_removed_is_forgotten() {
    let (mut ledger, mut kept) = (ledger(), Positions::default());
    add(&mut ledger, 0);
    ledger.reached(0, vec![reached(0, "7")]);
    ledger.removed(0, 0);
    assert_eq!(resumed(&mut ledger, &mut kept), ["7"]);
    ledger.begin();
    assert_eq!(resumed(&mut ledger, &mut kept), [""; 0]);
}

#[test]
fn a_partition_that_is_removed_and_added_in_one_batch_keeps_its_position() {
    for read_on in [false, true] {
        let (mut ledger, mut kept) = (ledger(), Positions::default());
        add(&mut ledger, 0);
        ledger.begin();
        // The group takes it away and gives it back before the batch closes.
        ledger.removed(0, 0);
        add(&mut ledger, 1);
        // What both have read is in the batch, the later one first: its chunk was worked on first.
        let mut all = vec![reached(0, "7")];
        if read_on {
            all.insert(0, reached(1, "9"));
        }
        ledger.reached(0, all);
        let expect = if read_on { "9" } else { "7" };
        assert_eq!(resumed(&mut ledger, &mut kept), [expect]);
        ledger.begin();
        assert_eq!(resumed(&mut ledger, &mut kept), [expect], "it is still read");

        ledger.reached(0, vec![reached(1, "12")]);
        assert_eq!(resumed(&mut ledger, &mut kept), ["12"]);
        ledger.removed(0, 1);
        ledger.begin();
        assert_eq!(resumed(&mut ledger, &mut kept), [""; 0]);
    }
}
