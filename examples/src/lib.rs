//! Examples: one file an idea, in `examples/`.
