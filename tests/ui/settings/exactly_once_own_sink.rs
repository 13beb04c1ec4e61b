use streaming_runtime::sink::{BatchId, Encode, Sink, SinkError, delivery};
use streaming_runtime::stream_pipeline;

struct Log;

impl Encode<u64, Vec<u64>> for Log {
    fn encode(&self, number: u64, staged: &mut Vec<u64>) -> Result<(), SinkError> {
        staged.push(number);
        Ok(())
    }
}

impl Sink for Log {
    type Staged = Vec<u64>;
    type Encoder = Log;
    type Delivery = delivery::AtLeastOnce;

    fn encoder(&self) -> Log {
        Log
    }
    async fn prepare(&mut self, _: &BatchId, _: Vec<Vec<u64>>) -> Result<(), SinkError> {
        Ok(())
    }
    async fn commit(&mut self, _: &BatchId) -> Result<(), SinkError> {
        Ok(())
    }
    async fn abort(&mut self, _: &BatchId) {}
}

fn main() {
    let _ = stream_pipeline!({
        settings(guarantee = exactly_once);
        memory(vec![1_u64]).map(|n| *n).to(sink(Log));
    });
}
