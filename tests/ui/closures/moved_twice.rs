use streaming_runtime::stream_pipeline;

fn shout(words: Vec<String>) -> String {
    words.join("!")
}

fn main() {
    let _ = stream_pipeline!({
        files("*.json")
            .json::<Vec<String>>()
            .map(|words| format!("{} {}", shout(words), words.len()))
            .print();
    });
}
