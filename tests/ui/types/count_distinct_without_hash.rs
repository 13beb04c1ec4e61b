use streaming_runtime::stream_pipeline;

#[derive(Debug, Clone)]
enum Grade {
    Good,
}

#[derive(Debug, Clone)]
struct Order {
    user: u64,
    grade: Grade,
}

fn main() {
    let orders = vec![Order { user: 1, grade: Grade::Good }];
    let _ = stream_pipeline!({
        let best = memory(orders).key_by(|order| order.user).batch().agg((key(), count_distinct(|order| order.grade.clone())));
        best.print();
    });
}
