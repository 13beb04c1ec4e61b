use streaming_runtime::{Graph, Pipeline, stream_pipeline};

struct Shop {
    limit: usize,
}

impl Shop {
    fn lines(&self) -> Pipeline<impl Graph + use<>> {
        stream_pipeline!({
            stdin().lines().filter(|line| line.len() > self.limits).print();
        })
    }
}

fn main() {
    let _ = Shop { limit: 3 }.lines();
}
