use std::fmt::Debug;
use std::io::Write as _;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use streaming_runtime::sink::Collected;
use streaming_runtime::{Summary, stream_pipeline};

use super::{assert_kept_account, input};

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code)]
struct City {
    city: String,
    note: String,
}

#[derive(Debug, Clone, Deserialize)]
#[expect(dead_code)]
struct Ab {
    a: String,
    b: String,
}

/// The records and the errors of a file, and the summary.
fn read<T: DeserializeOwned + Debug + 'static>(content: impl AsRef<[u8]>) -> (Vec<String>, Vec<String>, Summary) {
    let (_dir, pattern) = input("a.csv", content);
    let (records, errors) = (Collected::new(), Collected::new());
    let (records_out, errors_out) = (records.clone(), errors.clone());
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let rows = files(pattern).csv::<T>();
        rows.map(|row| format!("{row:?}")).to(collect(records_out));
        rows.errors()
            .map(|letter| format!("{} {}", letter.offset, letter.error))
            .to(collect(errors_out));
    });
    let summary = pipeline.run_blocking().expect("errors are read");
    let (records, errors) = (records.take(), errors.take());
    assert_kept_account(&summary, records.len(), errors.len() as u64);
    (records, errors, summary)
}

fn error_of<T: DeserializeOwned + Debug + 'static>(content: &str) -> String {
    let (_dir, pattern) = input("a.csv", content);
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let rows = files(pattern).csv::<T>();
        rows.map(|row| format!("{row:?}")).print();
    });
    pipeline.run_blocking().expect_err("the file has an error").to_string()
}

#[test]
fn a_quote_that_is_not_closed() {
    let text = "city,note\nBonn,\"ok\nUlm,fine\nTrier,good\n";
    let error = error_of::<City>(text);
    assert!(error.contains("a.csv, offset 10:"), "{error}");
    assert!(
        error.contains("column `note`: the quote that opens the field is not closed"),
        "{error}"
    );
    assert!(error.contains("payload: Bonn,\"ok\n"), "{error}");
    let (records, errors, _) = read::<City>(text);
    assert_eq!(
        records,
        [
            r#"City { city: "Ulm", note: "fine" }"#,
            r#"City { city: "Trier", note: "good" }"#
        ]
    );
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("10 cannot decode CSV"), "{errors:?}");
}

#[test]
fn text_behind_a_closing_quote() {
    let (records, errors, _) = read::<Ab>("a,b\nBonn,\"a\"b\"c\nUlm,\"\"\n");
    assert_eq!(records, [r#"Ab { a: "Ulm", b: "" }"#]);
    assert!(
        errors[0].starts_with("4 cannot decode CSV: column `b`: there is text after the quote"),
        "{errors:?}"
    );
}

#[test]
fn a_delimiter_too_many() {
    let (records, errors, _) = read::<Ab>("a,b\n1,2,\n3,4,\n");
    assert!(records.is_empty());
    assert_eq!(
        errors,
        [
            "4 cannot decode CSV: the row has 3 fields, the header has 2: it ends with a delimiter (`flexible = true` allows it)",
            "9 cannot decode CSV: the row has 3 fields, the header has 2: it ends with a delimiter (`flexible = true` allows it)",
        ]
    );
}

#[test]
fn carriage_returns_alone() {
    let error = error_of::<Ab>("a,b\r1,2\r3,4");
    assert!(error.contains("a.csv, offset 0:"), "{error}");
    assert!(
        error.contains("end with a carriage return only, not with a line feed"),
        "{error}"
    );
    let (records, errors, summary) = read::<Ab>("a,b\r1,2\r3,4");
    assert_eq!((records.len(), errors.len(), summary.rows_in), (0, 1, 1));
}

#[test]
fn rows_are_counted_as_rows() {
    let (records, errors, summary) = read::<City>("city,note\nBonn,\"a\nb\nc\"\nUlm,x\n");
    assert_eq!((records.len(), errors.len(), summary.rows_in), (2, 0, 2));
    let (records, errors, summary) = read::<Ab>("a,b\n1,2\n\n3,4\n\n");
    assert_eq!((records.len(), errors.len(), summary.rows_in), (2, 0, 2));
    let (records, _, summary) = read::<Ab>("");
    assert_eq!((records.len(), summary.rows_in), (0, 0));
    let (records, _, summary) = read::<Ab>("a,b\r\n");
    assert_eq!((records.len(), summary.rows_in), (0, 0));
}

#[derive(Debug, Deserialize)]
#[expect(dead_code)]
struct Inner {
    code: String,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code)]
struct Flat {
    id: u32,
    #[serde(flatten)]
    inner: Inner,
}

#[test]
fn an_error_names_flatten() {
    let error = error_of::<Flat>("id,code\n1,abc\n2,0123\n");
    assert!(error.contains("a.csv, offset 14:"), "{error}");
    assert!(
        error.contains("invalid type: integer `123`, expected a string (within `#[serde(flatten)]`"),
        "{error}"
    );
}

#[test]
fn a_missing_column_lists_those_that_there_are() {
    let error = error_of::<Ab>("\u{feff}a;b\r\n1;2\r\n");
    let expect =
        "missing field `a`: the header has the columns `a;b`; is the delimiter `;`? Say so with `delimiter = b';'`";
    assert!(error.contains(expect), "{error}");
}

#[test]
fn options_say_how_it_is_written() {
    #[derive(Debug, Clone, Deserialize)]
    #[expect(dead_code)]
    struct Station {
        name: String,
        height: Option<f64>,
        #[serde(default)]
        note: String,
    }
    let text = "\u{feff}# stations; \"2025\r\nname ; height ; note\r\n\r\n Ulm ; NA ;x\r\n\" Bonn \" ; 60.5\r\n# end\r\nTrier;1;y;z\r\n";
    let (_dir, pattern) = input("a.csv", text);
    let stations = Collected::new();
    let out = stations.clone();
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let stations = files(pattern).csv::<Station>(
            delimiter = b';',
            comment = b'#',
            trim = true,
            null = "NA",
            flexible = true,
        );
        stations.map(|station| format!("{station:?}")).to(collect(out));
    });
    let summary = pipeline.run_blocking().unwrap();
    let stations = stations.take();
    assert_eq!(
        stations,
        [
            r#"Station { name: "Ulm", height: None, note: "x" }"#,
            r#"Station { name: " Bonn ", height: Some(60.5), note: "" }"#,
            r#"Station { name: "Trier", height: Some(1.0), note: "y" }"#,
        ]
    );
    assert_kept_account(&summary, stations.len(), 0);
}

/// A row whose quote is not closed, and behind it more rows than a record may have bytes.
#[test]
fn a_quote_that_is_not_closed_within_the_limit() {
    let (mut text, row) = (b"city,note\nBonn,\"ok\n".to_vec(), format!("Ulm,{}\n", "x".repeat(95)));
    let rows = (3 << 20) / row.len();
    for _ in 0..rows {
        text.extend_from_slice(row.as_bytes());
    }
    let (_dir, pattern) = input("c.csv", text);
    let pipeline = stream_pipeline!({
        settings(trigger = available_now);
        let rows = files(pattern).csv::<City>(max_record = 1MiB).on_error(skip);
        rows.map(|row| row.city.len()).to(collect(Collected::new()));
    });
    let summary = pipeline.run_blocking().expect("the pipeline goes on");
    assert_kept_account(&summary, rows, 1);
}

#[test]
fn input_that_is_no_text_is_named() {
    let mut gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec();
    gzip.write_all(&[7, b'\n', 9, b'\n', b',', b'\n']).unwrap();
    let utf16: Vec<u8> = "\u{feff}a,b\r\n1,2\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let unmarked: Vec<u8> = "a,b\r\n1,2\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (content, name) in [
        (gzip, "is compressed with gzip"),
        (b"\x28\xb5\x2f\xfd\x04\0".to_vec(), "is compressed with zstd"),
        (b"PK\x03\x04\x14\0\x06\0".to_vec(), "is a zip archive"),
        (b"PAR1\x15\x04\x15".to_vec(), "is a Parquet file"),
        (utf16, "is UTF-16"),
        (unmarked, "is UTF-16 (big endian)"),
    ] {
        let (records, errors, summary) = read::<Ab>(&content);
        assert_eq!((records.len(), errors.len(), summary.rows_in), (0, 1, 1));
        assert!(
            errors[0].starts_with("0 cannot decode: the input ") && errors[0].contains(name),
            "{errors:?}"
        );
    }
}
