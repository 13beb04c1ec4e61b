use streaming_runtime::stream_pipeline;

struct User {
    id: u64,
}

fn main() {
    let _ = stream_pipeline!({
        let counts = memory(vec![1, 2]).key_by(|id| User { id: **id }).batch().count();
        counts.map(|(user, n)| user.id + n).print();
    });
}
