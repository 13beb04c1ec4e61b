use std::rc::Rc;

use streaming_runtime::stream_pipeline;

fn main() {
    let words = Rc::new(vec![String::from("a")]);
    let _ = stream_pipeline!({
        let lines = stdin().lines().filter(|line| !words.is_empty() || line.is_empty());
        lines.key_by(|line| line.len()).batch().count().filter(|_| !words.is_empty()).print();
    });
}
