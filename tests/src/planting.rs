//! Bugs that a test plants in a process of its own.

use streaming_runtime::__private::{Bug, plant};

/// What may be planted, to see that a test finds it.
const BUGS: [Bug; 8] = [
    Bug::CommitBeforeDecision,
    Bug::DoneBeforeCommit,
    Bug::FiredWindowsKept,
    Bug::PositionsOfTheBatchBefore,
    Bug::TotalsForgotten,
    Bug::OutputNotLogged,
    Bug::NotFinished,
    Bug::StateForgotten,
];

/// Plants the bug that `VICTIM_BUG` names, if it names one.
///
/// # Panics
/// When no bug has that name.
pub fn plant_from_environment() {
    if let Ok(name) = std::env::var("VICTIM_BUG") {
        let bug = BUGS.into_iter().find(|bug| format!("{bug:?}") == name);
        assert!(bug.is_some(), "no bug is called {name}");
        plant(bug);
    }
}
