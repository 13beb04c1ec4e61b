//! The shapes of windows.

/// How a shape is written.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    /// The length that stands first, without a name.
    pub(crate) first: Option<&'static str>,
    /// The length that must be named.
    pub(crate) named: Option<&'static str>,
    /// Whether windows may be shifted against the epoch.
    pub(crate) shifts: bool,
    /// Whether windows share records or grow together, so that states are merged.
    pub(crate) merges: bool,
    pub(crate) example: &'static str,
}

/// All shapes.
static SHAPES: [Shape; 3] = [
    Shape {
        name: "tumbling",
        first: Some("size"),
        named: None,
        shifts: true,
        merges: false,
        example: "tumbling(1min)",
    },
    Shape {
        name: "sliding",
        first: Some("size"),
        named: Some("every"),
        shifts: true,
        merges: true,
        example: "sliding(10min, every = 1min)",
    },
    Shape {
        name: "session",
        first: None,
        named: Some("gap"),
        shifts: false,
        merges: true,
        example: "session(gap = 30min)",
    },
];

impl Shape {
    /// The shape of this name.
    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        SHAPES.iter().find(|shape| shape.name == name)
    }

    /// The names of all shapes.
    pub(crate) fn names() -> [&'static str; SHAPES.len()] {
        SHAPES.each_ref().map(|shape| shape.name)
    }

    /// What may stand behind a name.
    pub(crate) fn options(&self) -> Vec<&'static str> {
        self.named.into_iter().chain(self.shifts.then_some("offset")).collect()
    }
}
