use streaming_runtime::sink::Collected;
use streaming_runtime::stream_pipeline;

use super::{assert_kept_account, input};

#[test]
fn a_hole_at_the_end_of_a_file_is_no_record() {
    let (_dir, pattern) = input("a.log", b"one\ntwo\n\0\0\0\0\0\0\0\0");
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        files(pattern).lines().to(collect(Collected::<String>::new()));
    });
    let error = pipeline.run_blocking().unwrap_err().to_string();
    assert!(error.contains("offset 8"), "{error}");
    assert!(error.contains("there is a hole of 8 bytes that are 0"), "{error}");
    assert!(error.contains("`on_error(skip)` passes over it"), "{error}");
}

#[test]
fn the_line_after_a_hole_counts() {
    // What a writer leaves that does not append, after its file was truncated.
    let mut content = vec![0; 10_000];
    content.extend_from_slice(b"three\nfour\n");
    let (_dir, pattern) = input("a.log", content);
    let (read, errors) = (Collected::<String>::new(), Collected::new());
    let (lines_out, errors_out) = (read.clone(), errors.clone());
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let lines = files(pattern).lines();
        lines.to(collect(lines_out));
        lines
            .errors()
            .map(|letter| (letter.offset, letter.payload.len()))
            .to(collect(errors_out));
    });
    let summary = pipeline.run_blocking().expect("errors are read");
    assert_eq!(read.take(), ["three", "four"]);
    assert_eq!(errors.take(), [(0, 4096)], "the payload is the first 4 KiB");
    assert_kept_account(&summary, 2, 1);
}

#[test]
fn a_byte_order_mark_in_the_middle_is_no_part_of_a_line() {
    let (_dir, pattern) = input("a.log", "\u{feff}one\n\u{feff}two\n");
    let read = Collected::<String>::new();
    let out = read.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        files(pattern).lines().to(collect(out));
    });
    pipeline.run_blocking().unwrap();
    assert_eq!(read.take(), ["one", "two"]);
}
