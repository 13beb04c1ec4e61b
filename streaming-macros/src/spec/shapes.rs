//! The shapes of windows.

/// How windows lie in time: `tumbling(size, offset = …)`.
#[derive(Debug)]
pub(crate) struct ShapeSpec {
    /// As the user writes it; the runtime's function has the same name.
    pub(crate) name: &'static str,
    /// Its durations, in order, as messages write them.
    pub(crate) args: &'static [&'static str],
    pub(crate) options: &'static [ShapeOption],
}

/// A named duration of a shape, which may be negative.
#[derive(Debug)]
pub(crate) struct ShapeOption {
    /// As the user writes it.
    pub(crate) name: &'static str,
    /// The runtime's method for a duration, and for one with a minus in front.
    pub(crate) methods: [&'static str; 2],
    /// It is less than the first duration.
    pub(crate) within: bool,
}

/// All shapes.
static SHAPES: [ShapeSpec; 1] = [ShapeSpec {
    name: "tumbling",
    args: &["1min"],
    options: &[ShapeOption {
        name: "offset",
        methods: ["later", "earlier"],
        within: true,
    }],
}];

impl ShapeSpec {
    /// The shape of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SHAPES.iter().find(|shape| shape.name == name)
    }

    /// What stands for a shape that nobody knows.
    pub(crate) fn simplest() -> &'static Self {
        let [simplest, ..] = &SHAPES;
        simplest
    }

    /// The names of all shapes.
    pub(crate) fn names() -> Vec<&'static str> {
        SHAPES.iter().map(|shape| shape.name).collect()
    }

    /// The call as messages write it.
    pub(crate) fn signature(&self) -> String {
        format!("{}({})", self.name, self.args.join(", "))
    }

    /// The option of that name.
    pub(crate) fn option(&self, name: &str) -> Option<&'static ShapeOption> {
        self.options.iter().find(|option| option.name == name)
    }
}
