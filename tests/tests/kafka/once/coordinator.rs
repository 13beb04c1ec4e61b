//! Three brokers, of which the one that the pipeline depends on most is killed again and again: the one that coordinates its group.
//!
//! librdkafka can wait without end for a coordinator that goes away while offsets are put into a transaction. The pipeline has to go on by itself.

use std::time::Duration;

use test_services::kafka::Kafka;

use super::kill::{Scene, assert_copied, line, number};

/// How often a broker is killed, where `STREAMING_COORDINATORS` does not say.
const KILLS: u64 = 5;

#[test]
fn the_coordinator_is_killed_again_and_again() {
    let test = "coordinators";
    let brokers = Kafka::start_cluster(3).unwrap();
    let address = brokers.bootstrap().to_owned();
    let mut scene = Scene::with(test, brokers, address);
    let mut member = scene.member("copy", "a");
    member.start();
    for round in 0..number("STREAMING_COORDINATORS").unwrap_or(KILLS) {
        // Should it have ended, what it said fails the test in the end.
        member.start();
        scene.produce_for_a_while(line);
        // The group is named as the topic that is read. Its coordinator goes at any moment of a batch; now and then any of them does.
        let chosen = if round % 4 == 3 {
            usize::try_from(scene.below(3)).expect("small")
        } else {
            let coordinator = scene.brokers.coordinator("in");
            coordinator.unwrap_or_else(|error| panic!("{error}\nthe member: {}", member.said()))
        };
        scene.brokers.kill_broker(chosen).unwrap();
        for _ in 0..10 {
            scene.produce(line);
            std::thread::sleep(Duration::from_millis(scene.below(150)));
        }
        scene.brokers.start_stopped().unwrap();
    }
    let mut members = [member];
    assert_copied(&scene, &mut members);
    assert!(
        members[0].ended.is_empty(),
        "it went on by itself: {:#?}",
        members[0].ended
    );
    scene.report(test, &members);
}
