use super::*;

const PLAN: &Plan = &Plan {
    name: "numbers",
    operators: &[],
};

fn rules(on_panic: OnPanic) -> Rules {
    Rules {
        tries: 3,
        on_panic,
        plan: PLAN,
        source: 7,
    }
}

fn panicked(spot: Spot) -> Failed {
    Failed {
        spot,
        operator: 1,
        what: What {
            message: "planted".to_owned(),
            panicked: true,
            tries: 1,
        },
    }
}

/// What follows when the same spot panics for ever: how many tries that takes, and how the message ends.
fn for_ever(tries: &mut Tries, spot: Spot) -> (u32, Option<Failed>) {
    for n in 1..100 {
        match tries.failed(panicked(spot)) {
            Next::Again => {}
            Next::Without(aside) => {
                assert_eq!(Spot::Row(aside.row), spot);
                return (n, None);
            }
            Next::GiveUp(failed) => return (n, Some(failed)),
        }
    }
    panic!("there is no end to it");
}

#[test]
fn a_record_has_its_own_tries_the_first_time_and_later() {
    for on_panic in [OnPanic::Skip, OnPanic::DeadLetter] {
        for mut tries in [rules(on_panic).begin(), rules(on_panic).repeated()] {
            for row in 0..5 {
                let next = tries.failed(panicked(Spot::Row(row)));
                assert!(matches!(next, Next::Again), "{next:?}");
            }
        }
    }
    let mut tries = rules(OnPanic::Fail).begin();
    for row in 0..2 {
        assert!(matches!(tries.failed(panicked(Spot::Row(row))), Next::Again));
    }
    assert!(matches!(tries.failed(panicked(Spot::Row(2))), Next::GiveUp(_)));
}

#[test]
fn what_is_no_record_or_is_set_aside_already_is_not_set_aside() {
    let mut tries = rules(OnPanic::DeadLetter).begin();
    assert!(matches!(for_ever(&mut tries, Spot::Row(4)), (3, None)));
    let (n, failed) = for_ever(&mut tries, Spot::Aside(4));
    let failed = failed.expect("it cannot be set aside twice");
    assert_eq!((n, failed.what.tries, failed.operator, failed.row()), (3, 3, 1, 4));
    assert!(
        failed
            .what
            .message
            .starts_with("planted (the record is set aside already")
    );
    let (n, failed) = for_ever(&mut tries, Spot::Between);
    let failed = failed.expect("there is no record to set aside");
    assert_eq!((n, failed.what.tries, failed.operator, failed.row()), (3, 3, 7, 0));
    assert!(
        failed
            .what
            .message
            .starts_with("planted (the source panicked over no record")
    );
}

#[test]
fn the_records_that_are_set_aside_have_a_bound() {
    let mut tries = rules(OnPanic::Skip).begin();
    for row in 0..MOST as u64 {
        assert!(matches!(for_ever(&mut tries, Spot::Row(row)), (3, None)));
    }
    let (n, failed) = for_ever(&mut tries, Spot::Row(MOST as u64));
    let message = failed.expect("there are too many").what.message;
    assert_eq!(n, 1);
    assert!(
        message.contains("over more than 1000 records of one chunk"),
        "{message}"
    );
}
