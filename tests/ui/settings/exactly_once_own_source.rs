use streaming_runtime::source::{Event, Open, Slice, Source, SourceError, replay};
use streaming_runtime::stream_pipeline;

struct Queue;

impl Source for Queue {
    type Chunk = Slice<u64>;
    type Position = u64;
    type Replay = replay::Acknowledged;

    async fn open(&mut self, _: Open<u64>) -> Result<(), SourceError> {
        Ok(())
    }
    async fn next(&mut self) -> Result<Event<Slice<u64>, u64>, SourceError> {
        Ok(Event::Ended)
    }
    async fn commit(&mut self, _: &[(u32, u64)]) -> Result<(), SourceError> {
        Ok(())
    }
}

fn main() {
    let _ = stream_pipeline!({
        settings(guarantee = exactly_once);
        source(Queue).to(files("out").jsonl());
    });
}
