//! Another program resumes from a checkpoint: what becomes of the state of an operator whose layout has changed.

use super::layout::{Described, Layout, Means, PartOf};
use super::shape::{Misread, Shape, difference, shown};

/// What is said at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    /// Something no longer is what it was.
    pub warns: bool,
    pub text: String,
}

impl Note {
    pub(crate) fn info(text: String) -> Self {
        let warns = false;
        Self { warns, text }
    }

    pub(crate) fn warning(text: String) -> Self {
        let warns = true;
        Self { warns, text }
    }
}

/// How entries of an old layout become entries of the new one.
#[derive(Debug)]
pub(crate) struct Change {
    operator: String,
    /// The shape of what is around the parts.
    value: String,
    /// The old parts, in order.
    cuts: Vec<Cut>,
    /// The new parts, in order.
    parts: Vec<Fill>,
}

/// How one finds the end of an old part.
#[derive(Debug)]
enum Cut {
    Shape(String),
    /// A type that does not show its shape, and that the program still has.
    Measure(fn(&[u8]) -> Option<usize>),
}

/// Where a new part comes from.
#[derive(Debug)]
enum Fill {
    /// The old part.
    Old(usize),
    /// The old part, read by another type: the field that it is for, and how.
    Adopted(usize, String, Means),
    /// Nothing was added to it yet.
    Empty(Vec<u8>),
    /// There is none to which nothing was added: the call.
    Missing(String),
}

impl Change {
    /// Compares the layouts of an operator. `None` where nothing is to be done; the error says what does not fit.
    pub(crate) fn of(was: &Layout, is: &Described, notes: &mut Vec<Note>) -> Result<Option<Self>, String> {
        let operator = &is.of.name;
        let Some(new) = &is.of.state else {
            return Ok(None);
        };
        if was == new {
            return Ok(None);
        }
        if was.scope != new.scope {
            return Err(format!(
                "`{operator}` was over {} and is now over {}; {WAYS}",
                was.scope, new.scope
            ));
        }
        if let Some(what) = difference(&was.key, &new.key) {
            return Err(format!("the key of `{operator}` has changed: {what}; {WAYS}"));
        }
        if was.value != new.value
            && let Some(what) = difference(&was.value, &new.value)
        {
            return Err(format!(
                "the state of `{operator}` is kept in another form: {what}; {WAYS}"
            ));
        }
        let mut matching = Matching {
            operator,
            was: &was.parts,
            is: &new.parts,
            notes,
        };
        let fills = matching.fill(&is.means)?;
        let stays = was.parts.len() == new.parts.len()
            && fills
                .iter()
                .enumerate()
                .all(|(at, fill)| matches!(fill, Fill::Old(from) if *from == at));
        if stays {
            return Ok(None);
        }
        let cut = |(at, part): (usize, &PartOf)| {
            if Shape::parse(&part.shape).is_some() {
                return Ok(Cut::Shape(part.shape.clone()));
            }
            let stays = fills
                .iter()
                .position(|fill| matches!(fill, Fill::Old(from) if *from == at));
            stays.map(|new| Cut::Measure(is.means[new].measure)).ok_or_else(|| {
                format!(
                    "{} is kept in type `{}`, which reads itself in a way of its own, so that nothing can be taken out of the entries \
                     once the pipeline no longer has it; {WAYS}",
                    place(operator, part),
                    shown(&part.shape)
                )
            })
        };
        Ok(Some(Self {
            operator: operator.clone(),
            value: was.value.clone(),
            cuts: was.parts.iter().enumerate().map(cut).collect::<Result<_, _>>()?,
            parts: fills,
        }))
    }

    /// Begins to change entries.
    pub(crate) fn begin(&self) -> Result<Changing<'_>, String> {
        let unreadable = || {
            format!(
                "the checkpoint does not say what the state of `{}` is made of",
                self.operator
            )
        };
        let parse = |text: &str| Shape::parse(text).ok_or_else(unreadable);
        let cut = |cut: &Cut| match cut {
            Cut::Shape(text) => parse(text).map(Some),
            Cut::Measure(_) => Ok(None),
        };
        Ok(Changing {
            change: self,
            value: parse(&self.value)?,
            cuts: self.cuts.iter().map(cut).collect::<Result<_, _>>()?,
        })
    }
}

/// A [`Change`] that entries go through, its shapes read.
#[derive(Debug)]
pub(crate) struct Changing<'c> {
    change: &'c Change,
    value: Shape,
    cuts: Vec<Option<Shape>>,
}

impl Changing<'_> {
    /// The value as the program writes it.
    pub(crate) fn apply(&self, old: &[u8]) -> Result<Vec<u8>, String> {
        let mut new = Vec::with_capacity(old.len() + 16);
        let mut why = None;
        let mut rest = old;
        // How much is left where the last hole ended.
        let mut copied = old.len();
        let passed = self.value.pass(&mut rest, &mut |bytes| {
            let from = old.len() - copied;
            new.extend_from_slice(&old[from..old.len() - bytes.len()]);
            let refilled = self.refill(bytes, &mut new);
            copied = bytes.len();
            refilled.map_err(|what| {
                why = what;
                Misread
            })
        });
        match (passed, why) {
            (Ok(()), _) if rest.is_empty() => {}
            (Err(Misread), Some(why)) => return Err(why),
            _ => {
                let operator = &self.change.operator;
                return Err(format!(
                    "an entry of `{operator}` is not what the checkpoint says that it is"
                ));
            }
        }
        new.extend_from_slice(&old[old.len() - copied..]);
        Ok(new)
    }

    /// Reads the old parts and writes the new ones.
    fn refill(&self, bytes: &mut &[u8], new: &mut Vec<u8>) -> Result<(), Option<String>> {
        let mut parts = Vec::with_capacity(self.cuts.len());
        for (cut, shape) in self.change.cuts.iter().zip(&self.cuts) {
            let before = *bytes;
            match (cut, shape) {
                (_, Some(shape)) => {
                    let nothing = &mut |_: &mut &[u8]| Err(Misread);
                    shape.pass(bytes, nothing).map_err(|Misread| None)?;
                }
                (Cut::Shape(_), None) => return Err(None),
                (Cut::Measure(measure), None) => {
                    let length = measure(before).ok_or(None)?;
                    *bytes = before.get(length..).ok_or(None)?;
                }
            }
            parts.push(&before[..before.len() - bytes.len()]);
        }
        for fill in &self.change.parts {
            match fill {
                Fill::Old(from) => new.extend_from_slice(parts[*from]),
                Fill::Empty(bytes) => new.extend_from_slice(bytes),
                Fill::Adopted(from, place, means) => {
                    let shape = self.cuts[*from].as_ref().ok_or(None)?;
                    let value = shape.value(parts[*from]).map_err(|Misread| None)?;
                    let adopted = (means.adopt)(value);
                    new.extend(
                        adopted
                            .map_err(|why| Some(format!("{place} cannot take over what is there: {why}; {WAYS}")))?,
                    );
                }
                Fill::Missing(call) => {
                    return Err(Some(format!(
                        "`{call}` is new in `{}`, and windows that are open hold keys of which it has no value; {WAYS}",
                        self.change.operator
                    )));
                }
            }
        }
        Ok(())
    }
}

/// The ways out.
pub(super) const WAYS: &str = "change it back, or have the program before close its windows with `.drained(true)` and start this one then, or give the \
                               operator's `let` a `#[reset = \"why\"]`, which begins its state anew";

struct Matching<'m> {
    operator: &'m str,
    was: &'m [PartOf],
    is: &'m [PartOf],
    notes: &'m mut Vec<Note>,
}

impl Matching<'_> {
    fn fill(&mut self, means: &[Means]) -> Result<Vec<Fill>, String> {
        let found = self.find_all()?;
        self.whole_fields(&found)?;
        let mut fills = Vec::with_capacity(self.is.len());
        for ((part, means), from) in self.is.iter().zip(means).zip(&found) {
            let fill = match from {
                Some(from) => self.keep(*from, part, means)?,
                None if part.names.is_empty() || self.was.iter().any(|was| was.names.is_empty()) => {
                    return Err(format!(
                        "the state of `{}` was {}, and is {}; {WAYS}",
                        self.operator,
                        calls(self.was),
                        calls(self.is)
                    ));
                }
                None => {
                    let place = place(self.operator, part);
                    self.notes.push(Note::warning(format!(
                        "{place} is new and starts empty: `{}`",
                        part.call
                    )));
                    match &means.empty {
                        Some(empty) if !means.needs_record => Fill::Empty(empty.clone()),
                        _ => Fill::Missing(part.call.clone()),
                    }
                }
            };
            fills.push(fill);
        }
        for (at, part) in self.was.iter().enumerate() {
            if !found.contains(&Some(at)) {
                let place = place(self.operator, part);
                self.notes.push(Note::warning(format!(
                    "{place} is gone, and what it held is dropped: `{}`",
                    part.call
                )));
            }
        }
        Ok(fills)
    }

    /// The old part that each new one continues, and no two the same: first those that compute the same in the same field, then those that
    /// stand in the same place.
    fn find_all(&self) -> Result<Vec<Option<usize>>, String> {
        let mut found = vec![None; self.is.len()];
        for (at, part) in self.is.iter().enumerate() {
            // A place in a tuple says less than what is computed.
            let numbered = part
                .names
                .iter()
                .all(|name| name.starts_with(|c: char| c.is_ascii_digit()));
            let same = self.places(|was| {
                same_text(&was.call, &part.call)
                    && (numbered && !part.names.is_empty() || share(was, part, |one, other| field(one) == field(other)))
            });
            if let [one] = same[..]
                && !found.contains(&Some(one))
            {
                found[at] = Some(one);
            }
        }
        for (at, part) in self.is.iter().enumerate() {
            if found[at].is_none() {
                found[at] = self.of_same_place(part, &found)?;
            }
        }
        Ok(found)
    }

    /// The old part that stands where this one stands, which computes something else.
    fn of_same_place(&self, part: &PartOf, found: &[Option<usize>]) -> Result<Option<usize>, String> {
        let named = self.places(|was| share(was, part, |one, other| one == other));
        let (taken, free): (Vec<usize>, Vec<usize>) = named.iter().partition(|at| found.contains(&Some(**at)));
        let numbered = |name: &String| name.starts_with(|c: char| c.is_ascii_digit());
        match (&taken[..], &free[..]) {
            ([], [one]) => Ok(Some(*one)),
            ([], []) => Ok(None),
            ([], _) => Err(format!(
                "{} is now one aggregate, `{}`, and was several; {WAYS}",
                place(self.operator, part),
                part.call
            )),
            // Another place in the tuple: it is new.
            (_, []) if part.names.iter().all(numbered) => Ok(None),
            ([taken, ..], _) => Err(format!(
                "{} was `{}`, which is now computed elsewhere, and is `{}`; {WAYS}",
                place(self.operator, part),
                self.was[*taken].call,
                part.call
            )),
        }
    }

    /// A field that is computed of several aggregates has the history of all of them, or of none.
    fn whole_fields(&self, found: &[Option<usize>]) -> Result<(), String> {
        for (at, part) in self.is.iter().enumerate().filter(|(at, _)| found[*at].is_none()) {
            let beside = |(other, is): &(usize, &PartOf)| {
                *other != at && found[*other].is_some() && share(is, part, |one, other| field(one) == field(other))
            };
            if let Some((_, kept)) = self.is.iter().enumerate().find(beside) {
                let name = part.names.first().map_or("", |name| field(name));
                return Err(format!(
                    "`{}.{name}` is now computed of `{}`, which holds something, and of `{}`, which is new and would begin empty; {WAYS}",
                    self.operator, kept.call, part.call
                ));
            }
        }
        Ok(())
    }

    fn places(&self, is: impl Fn(&PartOf) -> bool) -> Vec<usize> {
        let found = self.was.iter().enumerate().filter(|(_, was)| is(was));
        found.map(|(at, _)| at).collect()
    }

    fn keep(&mut self, from: usize, part: &PartOf, means: &Means) -> Result<Fill, String> {
        let (was, place) = (&self.was[from], place(self.operator, part));
        if function(&was.call) != function(&part.call) {
            return Err(format!("{place} was `{}` and is `{}`; {WAYS}", was.call, part.call));
        }
        if let (Some(old), Some(new)) = (limit(&was.call), limit(&part.call))
            && !same_text(old, new)
        {
            return Err(format!(
                "{place} kept {old} and keeps {new}: it was `{}` and is `{}`; {WAYS}",
                was.call, part.call
            ));
        }
        if !same_text(&was.call, &part.call) {
            let text = format!(
                "{place} was `{}` and is `{}`: what it held is kept",
                was.call, part.call
            );
            self.notes.push(Note::warning(text));
        }
        let Some(what) = difference(&was.shape, &part.shape) else {
            return Ok(Fill::Old(from));
        };
        if Shape::parse(&was.shape).is_none() || Shape::parse(&part.shape).is_none() {
            return Err(format!("{place} has another type: {what}; {WAYS}"));
        }
        self.notes
            .push(Note::warning(format!("{place} is read by another type: {what}")));
        Ok(Fill::Adopted(from, place, means.clone()))
    }
}

/// `totals.cents`, or the whole state of `totals`.
fn place(operator: &str, part: &PartOf) -> String {
    match part.names.first() {
        Some(name) => format!("`{operator}.{name}`"),
        None => format!("the state of `{operator}`"),
    }
}

fn calls(parts: &[PartOf]) -> String {
    let calls: Vec<String> = parts.iter().map(|part| format!("`{}`", part.call)).collect();
    if calls.is_empty() {
        "nothing".to_owned()
    } else {
        calls.join(", ")
    }
}

/// `sum` of `sum(|o| o.cents)`
fn function(call: &str) -> &str {
    call.split('(').next().unwrap_or(call).trim()
}

/// The `5` of `top(5, |o| o.cents)`
fn limit(call: &str) -> Option<&str> {
    let args = call.trim().strip_prefix("top")?.trim_start().strip_prefix('(')?;
    let mut depth = 0_i32;
    let end = args.find(|c| {
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        c == ',' && depth == 0
    });
    args.get(..end?).map(str::trim)
}

/// The field that a part is for, which may be computed of several: `mean` of `mean.2`
fn field(name: &str) -> &str {
    let numbered = |(_, number): &(&str, &str)| number.bytes().all(|digit| digit.is_ascii_digit());
    name.rsplit_once('.').filter(numbered).map_or(name, |(field, _)| field)
}

/// Whether any of their names are alike, or neither has one.
fn share(one: &PartOf, other: &PartOf, alike: impl Fn(&str, &str) -> bool) -> bool {
    let mut names = one.names.iter();
    one.names.is_empty() && other.names.is_empty()
        || names.any(|name| other.names.iter().any(|other| alike(name, other)))
}

/// Whether both say the same, however it is spaced: compilers differ in that.
fn same_text(one: &str, other: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<String>();
    words(one) == words(other)
}
