//! Instances that are killed at every step of the protocol: each is where a crash could show, and random kills seldom hit the small ones.

use std::time::Instant;

use super::kill::{Scene, assert_copied, assert_counted, line, tick};
use super::member::Member;
use crate::reader::PATIENCE;

/// In the order of a batch; the last two are passed when an instance goes on.
const STEPS: [&str; 10] = [
    "computed",
    "offered",
    "prepared",
    "deciding",
    "journaled",
    "decided",
    "committed",
    "done",
    "resumed",
    "redone",
];

/// Starts the member again and again, and has it kill itself at another step each time.
fn through_every_step(scene: &mut Scene, member: &mut Member, message: impl Fn(u64) -> String) {
    for step in STEPS {
        for times in [1, 2] {
            // An instance passes these once.
            if times > 1 && matches!(step, "resumed" | "redone") {
                continue;
            }
            member.start_until(Some(&format!("{step}:{times}")));
            let begun = Instant::now();
            while !member.is_dead() {
                assert!(begun.elapsed() < PATIENCE, "it does not come to `{step}`");
                scene.produce(&message);
            }
            scene.kills += 1;
        }
    }
}

#[test]
fn an_instance_without_state_is_killed_at_every_step() {
    let test = "steps of copy";
    let mut scene = Scene::new(test);
    let mut member = scene.member("copy", "a");
    through_every_step(&mut scene, &mut member, line);
    let mut members = [member];
    assert_copied(&scene, &mut members);
    scene.report(test, &members);
}

#[test]
fn an_instance_with_state_is_killed_at_every_step() {
    let test = "steps of count";
    let mut scene = Scene::new(test);
    let mut member = scene.member("count", "a");
    through_every_step(&mut scene, &mut member, tick);
    let mut members = [member];
    assert_counted(&mut scene, &mut members);
    scene.report(test, &members);
}
