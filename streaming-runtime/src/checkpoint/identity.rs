//! To which pipeline a checkpoint belongs, and what becomes of its state in a pipeline that has changed.

use super::convert::{Conversion, From};
use super::error::CheckpointError;
use super::evolve::{Change, Note};
use super::layout::{Described, StateOf};
use super::manifest::Manifest;

/// The pipeline that opens a checkpoint.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub pipeline: String,
    pub key_partitions: u32,
    /// The operators that keep state, and the sources.
    pub operators: Vec<Described>,
    /// Operators and sources that are gone, and of which nothing need be kept.
    pub forget: Vec<String>,
}

/// A pipeline that a checkpoint fits.
#[derive(Debug)]
pub(crate) struct Joined {
    /// The place in the manifest of each of the pipeline's operators.
    pub places: Vec<u32>,
    /// What has to be done before its state is loaded.
    pub conversion: Option<Conversion>,
    /// What has changed.
    pub notes: Vec<Note>,
}

impl Identity {
    /// Checks that a manifest is of a pipeline of this name.
    pub(crate) fn check_name(&self, manifest: &Manifest) -> Result<(), CheckpointError> {
        if manifest.pipeline == self.pipeline {
            return Ok(());
        }
        mismatch(format!(
            "it is of pipeline `{}`, and this is `{}`; give this pipeline a checkpoint directory of its own, or its old name with `.name(…)`",
            manifest.pipeline, self.pipeline
        ))
    }

    /// Finds the pipeline's operators in a manifest, and adds those that are new to it.
    ///
    /// `holds` says whether the checkpoint holds any state of the operator at this place.
    pub(crate) fn join(
        self,
        manifest: &mut Manifest,
        holds: &mut impl FnMut(u32) -> Result<bool, CheckpointError>,
    ) -> Result<Joined, CheckpointError> {
        let mut notes = Vec::new();
        let found = self.found(manifest, &mut notes)?;
        let mut left = self.left_behind(manifest, &found, &mut notes, holds)?;
        let leaves = !left.is_empty();
        let mut from = Vec::with_capacity(self.operators.len());
        for (operator, place) in self.operators.iter().zip(&found) {
            from.push(match place {
                Some(place) => {
                    let stored = &manifest.operators[*place as usize];
                    match continues(operator, *place, stored, &mut notes) {
                        Ok(from) => from,
                        Err(why) if holds(*place)? => return mismatch(why),
                        Err(why) => {
                            let name = &operator.of.name;
                            notes.push(Note::info(format!("`{name}` has changed, and held nothing")));
                            left.push((*place, Some(why)));
                            From::Reset
                        }
                    }
                }
                None => From::Nothing,
            });
        }
        let repartitioned = manifest.key_partitions != self.key_partitions;
        if repartitioned {
            notes.push(Note::info(format!(
                "{} key partitions become {}",
                manifest.key_partitions, self.key_partitions
            )));
        }
        let is_changed = |from: &From| matches!(from, From::Changed(..) | From::Reset);
        if repartitioned || leaves || from.iter().any(is_changed) {
            return Ok(self.converted(manifest, &found, (from, left), notes));
        }
        let places = self.operators.into_iter().zip(found).map(|(operator, place)| {
            let place = place.unwrap_or_else(|| {
                manifest.operators.push(operator.of.clone());
                u32::try_from(manifest.operators.len() - 1).expect("fewer operators than 2^32")
            });
            let stored = &mut manifest.operators[place as usize];
            let reset = operator.of.reset.or_else(|| stored.reset.take());
            *stored = StateOf { reset, ..operator.of };
            place
        });
        Ok(Joined {
            places: places.collect(),
            conversion: None,
            notes,
        })
    }

    /// Where the checkpoint has each of the operators: under its name, else under one that it had, else under one that it may have had and
    /// that is no other's.
    fn found(&self, manifest: &Manifest, notes: &mut Vec<Note>) -> Result<Vec<Option<u32>>, CheckpointError> {
        let places = |operator: &Described, names: &[String]| -> Vec<u32> {
            let source = operator.of.is_source();
            let stored = |name: &String| {
                let mut all = (0u32..).zip(&manifest.operators);
                all.find(|(_, stored)| stored.name == *name && stored.is_source() == source)
            };
            let mut places: Vec<u32> = names.iter().filter_map(stored).map(|(place, _)| place).collect();
            places.dedup();
            places
        };
        let called = |place: u32| &manifest.operators[place as usize].name;
        let here = |operator: &Described| {
            places(operator, std::slice::from_ref(&operator.of.name))
                .first()
                .copied()
        };
        let mut found: Vec<Option<u32>> = self.operators.iter().map(here).collect();
        // A name that another operator has is that operator's.
        let own = found.clone();
        for (at, operator) in self.operators.iter().enumerate() {
            let name = &operator.of.name;
            let mut before = places(operator, &operator.was);
            before.retain(|place| !own.contains(&Some(*place)));
            match (found[at], &before[..]) {
                (_, []) => {}
                (None, [place]) => self.claim(at, *place, called(*place), &mut found)?,
                (None, [one, other, ..]) => {
                    return mismatch(format!(
                        "`{name}` was `{}`, and it was `{}`, and the checkpoint holds both; take one `#[was]` away, and bring the other \
                         operator back",
                        called(*one),
                        called(*other)
                    ));
                }
                (Some(_), [one, ..]) => {
                    let one = called(*one);
                    return mismatch(format!(
                        "`{name}` was `{one}`, and the checkpoint holds both; take the `#[was]` away, and bring `{one}` back"
                    ));
                }
            }
        }
        let known = found.clone();
        for (at, operator) in self.operators.iter().enumerate().filter(|(at, _)| known[*at].is_none()) {
            let mut before = places(operator, &operator.may_be);
            before.retain(|place| !known.contains(&Some(*place)) && !self.forget.contains(called(*place)));
            match before[..] {
                [] => {}
                [place] => self.claim(at, place, called(place), &mut found)?,
                [one, other, ..] => {
                    return mismatch(format!(
                        "`{0}` may be what `{1}` was, and what `{2}` was, and the checkpoint holds both; name its stream as it was named, or \
                         drop one with `.forget(\"{1}\")` or `.forget(\"{2}\")`",
                        operator.of.name,
                        called(one),
                        called(other)
                    ));
                }
            }
        }
        for (operator, place) in self.operators.iter().zip(&found) {
            tell(operator, *place, manifest, notes);
        }
        Ok(found)
    }

    /// An operator takes a place that no other one takes.
    fn claim(&self, at: usize, place: u32, was: &str, found: &mut [Option<u32>]) -> Result<(), CheckpointError> {
        if let Some(other) = found.iter().position(|found| *found == Some(place)) {
            return mismatch(format!(
                "both `{}` and `{}` may be what `{was}` was; give the `let` of one of them the name that it had",
                self.operators[other].of.name, self.operators[at].of.name
            ));
        }
        found[at] = Some(place);
        Ok(())
    }

    /// Nothing that the checkpoint holds is left behind without a word. Gives the places of operators that are gone.
    fn left_behind(
        &self,
        manifest: &Manifest,
        found: &[Option<u32>],
        notes: &mut Vec<Note>,
        holds: &mut impl FnMut(u32) -> Result<bool, CheckpointError>,
    ) -> Result<Vec<(u32, Option<String>)>, CheckpointError> {
        let mut left = Vec::new();
        for (place, stored) in (0u32..).zip(&manifest.operators) {
            if found.contains(&Some(place)) {
                continue;
            }
            let name = &stored.name;
            if self.forget.contains(name) {
                notes.push(Note::warning(if stored.is_source() {
                    format!("the positions of source `{name}` are dropped: it starts at its beginning if it comes back")
                } else {
                    format!("what `{name}` held is dropped")
                }));
                left.push((place, None));
                continue;
            }
            if stored.is_source() {
                self.may_be_without(stored, found, notes)?;
                continue;
            }
            let why = format!(
                "it holds state of operator `{name}`, which this pipeline does not have; if it has another name now, write \
                 `#[was = \"{name}\"]` before its `let`; if it is gone for good, have the program before close its windows with \
                 `.drained(true)`, or drop what it holds with `.forget(\"{name}\")`"
            );
            if holds(place)? {
                return mismatch(why);
            }
            notes.push(Note::info(format!("operator `{name}` is gone, and held nothing")));
            left.push((place, Some(why)));
        }
        Ok(left)
    }

    /// Whether the pipeline may run without a source that it had: another one that is new could be the same under another name, and
    /// would read again what was read.
    fn may_be_without(
        &self,
        gone: &StateOf,
        found: &[Option<u32>],
        notes: &mut Vec<Note>,
    ) -> Result<(), CheckpointError> {
        let mut new = self.operators.iter().zip(found);
        let Some((new, _)) = new.find(|(operator, place)| operator.of.is_source() && place.is_none()) else {
            notes.push(Note::warning(format!(
                "source `{}` is gone; the checkpoint keeps its positions for when it comes back",
                gone.name
            )));
            return Ok(());
        };
        mismatch(format!(
            "it holds the positions of source `{}`, which this pipeline does not have, and source `{}` is new: if the source was renamed, write \
             `#[was = \"{}\"]` before its `let`; if it is gone for good, drop its positions with `.forget(\"{}\")`",
            gone.name, new.of.name, gone.name, gone.name
        ))
    }

    /// All state is written anew.
    fn converted(self, manifest: &Manifest, found: &[Option<u32>], (from, left): Moves, notes: Vec<Note>) -> Joined {
        let places = (0u32..).zip(&self.operators).map(|(place, _)| place).collect();
        let is_left = |place| left.iter().any(|(left, _)| *left == place);
        let gone = (0u32..).zip(&manifest.operators);
        let gone = gone.filter(|(place, _)| !found.contains(&Some(*place)) && !is_left(*place));
        let (mut operators, mut hashes, mut sources) = (Vec::new(), Vec::new(), from);
        for (at, operator) in self.operators.into_iter().enumerate() {
            let reset = found[at].and_then(|place| manifest.operators[place as usize].reset.clone());
            let mut of = operator.of;
            of.reset = of.reset.or(reset);
            operators.push(of);
            hashes.push(operator.hash);
        }
        // Positions of sources that may come back.
        for (place, gone) in gone {
            operators.push(gone.clone());
            hashes.push(|_| None);
            sources.push(From::Same(place));
        }
        Joined {
            places,
            conversion: Some(Conversion {
                operators,
                from: sources,
                hashes,
                empty: left
                    .iter()
                    .filter_map(|(place, why)| Some((*place, why.clone()?)))
                    .collect(),
                key_partitions: self.key_partitions,
            }),
            notes,
        }
    }
}

/// Says what was found under another name, and what was not found.
fn tell(operator: &Described, place: Option<u32>, manifest: &Manifest, notes: &mut Vec<Note>) {
    let name = &operator.of.name;
    if let Some(place) = place {
        let was = &manifest.operators[place as usize].name;
        if was != name {
            notes.push(Note::info(format!("`{name}` was `{was}`")));
        }
        return;
    }
    if manifest.operators.is_empty() {
        return;
    }
    let (what, starts) = if operator.of.is_source() {
        ("source", "starts at its beginning")
    } else {
        ("operator", "starts with empty state")
    };
    notes.push(Note::warning(format!(
        "{what} `{name}` is new to the checkpoint and {starts}"
    )));
}

/// Where state comes from, and the places that are left, with why only as long as they hold nothing.
type Moves = (Vec<From>, Vec<(u32, Option<String>)>);

/// What becomes of the state of an operator that the checkpoint has.
fn continues(operator: &Described, place: u32, stored: &StateOf, notes: &mut Vec<Note>) -> Result<From, String> {
    if let Some(why) = &operator.of.reset
        && stored.reset.as_ref() != Some(why)
    {
        notes.push(Note::warning(format!("`{}` begins anew: {why}", operator.of.name)));
        return Ok(From::Reset);
    }
    let Some(layout) = &stored.state else {
        return Ok(From::Same(place));
    };
    let change = Change::of(layout, operator, notes)?;
    Ok(change.map_or(From::Same(place), |change| From::Changed(place, Box::new(change))))
}

pub(super) fn mismatch<T>(reason: String) -> Result<T, CheckpointError> {
    Err(CheckpointError::Mismatch { reason })
}
