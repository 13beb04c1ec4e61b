use std::io::{Read, Write};
use std::net::TcpListener;

use serde::Deserialize;
use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

use super::{assert_kept_account, input};

#[derive(Debug, Clone, Deserialize)]
struct A {
    a: u32,
}

fn errors_of(content: impl AsRef<[u8]>) -> Vec<String> {
    let (_dir, pattern) = input("a.jsonl", content);
    let errors = Collected::new();
    let out = errors.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let records = files(pattern).json::<A>();
        records.map(|a| a.a).to(collect(Collected::new()));
        records
            .errors()
            .map(|letter| format!("{} {}", letter.offset, letter.error))
            .to(collect(out));
    });
    pipeline.run_blocking().expect("errors are read");
    errors.take()
}

#[test]
fn blank_lines_are_no_records() {
    for content in [
        "{\"a\":1}\n\n{\"a\":2}\n\n",
        "{\"a\":1}\n{\"a\":2}\n  ",
        "\n\r\n \t\n{\"a\":1}\n\n{\"a\":2}",
    ] {
        let (_dir, pattern) = input("a.jsonl", content);
        let read = Collected::new();
        let out = read.clone();
        let pipeline = stream_pipeline!({
            settings(trigger = available_now);
            let records = files(pattern).json::<A>();
            records.map(|a| a.a).to(collect(out));
        });
        let summary = pipeline.run_blocking().expect(content);
        assert_eq!(read.take(), [1, 2]);
        assert_kept_account(&summary, 2, 0);
    }
}

#[test]
fn blank_lines_are_lines_beside_json() {
    let (_dir, pattern) = input("a.jsonl", "1\n\n2\n");
    let (lines, numbers) = (Collected::new(), Collected::new());
    let (lines_out, numbers_out) = (lines.clone(), numbers.clone());
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let raw = files(pattern);
        raw.json::<u32>().to(collect(numbers_out));
        raw.lines().map(|line| line.to_owned()).to(collect(lines_out));
    });
    let summary = pipeline.run_blocking().unwrap();
    assert_eq!(
        (lines.take().len(), numbers.take(), summary.rows_in),
        (3, vec![1, 2], 3)
    );
}

#[test]
fn a_value_over_several_lines_is_named() {
    let array = errors_of("[\n  {\"a\": 1},\n  {\"a\": 2}\n]\n");
    assert_eq!(array.len(), 3, "the second record is whole: {array:?}");
    assert!(
        array[0].starts_with("0 ") && array[0].contains("this is a JSON array"),
        "{array:?}"
    );
    assert!(array[1].contains("this is a JSON array"), "{array:?}");
    let object = errors_of("{\n  \"a\": 1\n}\n");
    assert!(object[0].contains("takes one whole value in each line"), "{object:?}");
    let line = errors_of("[{\"a\":1},{\"a\":2}]\n");
    assert!(line[0].contains("this is a JSON array"), "{line:?}");
}

#[test]
fn input_that_is_no_text_is_named() {
    let gzip = errors_of(b"\x1f\x8b\x08\0\0\0\n\0\n\n");
    assert_eq!(gzip.len(), 1);
    assert!(gzip[0].contains("is compressed with gzip"), "{gzip:?}");
    let old = errors_of("{\"a\":1}\r{\"a\":2}\r");
    assert!(old.len() == 1 && old[0].contains("carriage return only"), "{old:?}");
}

#[test]
fn doubles_are_the_nearest_ones() {
    let text = "117.63331139400017\n10587.436593658975\n9007199254740991.0\n";
    let (dir, pattern) = input("a.jsonl", text);
    let out = dir.path().join("out");
    let to = out.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let numbers = files(pattern).json::<f64>();
        numbers.to(files(to).jsonl());
    });
    pipeline.run_blocking().unwrap();
    assert_eq!(super::written(&out), text);
}

/// Good, 65 MiB, good.
fn with_a_long_line() -> Vec<u8> {
    let mut content = b"{\"a\":1}\n".to_vec();
    content.resize(content.len() + (65 << 20), b'x');
    content.extend_from_slice(b"\n{\"a\":2}\n");
    content
}

#[test]
fn a_line_over_the_limit_in_a_file() {
    let (_dir, pattern) = input("a.jsonl", with_a_long_line());
    let (read, letters) = (Collected::new(), Collected::new());
    let (read_out, letters_out) = (read.clone(), letters.clone());
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let records = files(pattern).json::<A>().on_error(dead_letter(collect(letters_out)));
        records.map(|a| a.a).to(collect(read_out));
    });
    let summary = pipeline.run_blocking().expect("the pipeline goes on");
    assert_eq!(read.take(), [1, 2]);
    assert_kept_account(&summary, 2, 1);
    let letters: Vec<streaming_runtime::decode::DeadLetter<'static>> = letters.take();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!((letter.offset, letter.payload.len()), (8, 4096));
    let error = letter.error.to_string();
    assert!(
        error.starts_with("cannot decode: the record is longer than 64 MiB: it has 68157440 bytes"),
        "{error}"
    );
}

#[test]
fn a_line_over_the_limit_stops_a_pipeline_that_says_nothing() {
    let (_dir, pattern) = input("a.jsonl", "{\"a\":1}\n{\"a\":  2 }\n{\"a\":3}\n");
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let records = files(pattern).json::<A>(max_record = 8B);
        records.map(|a| a.a).print();
    });
    let error = pipeline.run_blocking().unwrap_err().to_string();
    assert!(
        error.contains("a.jsonl, offset 8: cannot decode: the record is longer than 8 bytes"),
        "{error}"
    );
}

#[test]
fn a_line_over_the_limit_in_a_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(&with_a_long_line()).unwrap();
        peer.write_all(b"\n\n{\"a\":3}").unwrap();
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = peer.read(&mut [0]);
    });
    let read = Collected::new();
    let out = read.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let records = socket(address).json::<A>().on_error(skip);
        records.map(|a| a.a).to(collect(out));
    });
    let summary = pipeline.run_blocking().expect("the pipeline goes on");
    server.join().unwrap();
    assert_eq!(read.take(), [1, 2, 3]);
    assert_kept_account(&summary, 3, 1);
}

#[test]
fn a_batch_has_no_more_rows_than_it_may() {
    let lines = "7\n".repeat(2_500);
    let (_dir, pattern) = input("a.jsonl", lines);
    let pipeline = stream_pipeline!({
        settings(trigger = available_now, max_batch_rows = 1_000);
        let numbers = files(pattern).json::<u32>();
        numbers.to(collect(Collected::new()));
    });
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = std::sync::Arc::clone(&seen);
    let summary = pipeline
        .listener(move |batch: &streaming_runtime::progress::BatchProgress| told.lock().unwrap().push(batch.rows_in))
        .run_blocking()
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), [1_000, 1_000, 500]);
    assert_eq!(summary.rows_in, 2_500);
}
