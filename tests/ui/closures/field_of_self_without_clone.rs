use streaming_runtime::{Graph, Pipeline, stream_pipeline};

struct Limit(usize);

struct Shop {
    limit: Limit,
}

impl Shop {
    fn lines(&self) -> Pipeline<impl Graph + use<>> {
        stream_pipeline!({
            stdin().lines().filter(|line| line.len() > self.limit.0).print();
        })
    }
}

fn main() {
    let _ = Shop { limit: Limit(3) }.lines();
}
