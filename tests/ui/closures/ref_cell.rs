use std::cell::RefCell;

use streaming_runtime::stream_pipeline;

fn main() {
    let seen = RefCell::new(0);
    let _ = stream_pipeline!({
        stdin().lines().inspect(|_| *seen.borrow_mut() += 1).print();
    });
}
