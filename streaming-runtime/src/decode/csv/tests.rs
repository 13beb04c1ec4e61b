use proptest::prelude::*;

use super::*;
use crate::source::cutter::Cutter;
use crate::source::{Block, Framing};

#[derive(Debug, Deserialize, PartialEq)]
struct Row<'a> {
    name: &'a str,
    n: u32,
    note: Option<&'a str>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code)]
struct Missing {
    price: f64,
}

fn block(header: Option<&str>, rows: &str) -> Block {
    Block {
        place: "x.csv".into(),
        offset: 0,
        bytes: rows.into(),
        framing: Framing::Csv {
            header: header.is_some(),
            delimiter: b',',
        },
        header: header.map(|h| h.as_bytes().into()),
    }
}

fn decode<T: for<'a> Deserialize<'a> + std::fmt::Debug>(block: &Block, options: CsvOptions) -> Vec<String> {
    let mut rows = csv(block, options);
    let mut shown = Vec::new();
    while let Some((row, _)) = rows.advance() {
        shown.push(match rows.decode::<T>() {
            Ok(record) => format!("{row} {record:?}"),
            Err(error) => format!("{row} {error}"),
        });
    }
    shown
}

#[test]
fn columns_are_found_by_name() {
    let block = block(Some("n,extra,\"name\",note"), "1,x,ada,\r\n\n2,\"a\nb\",\"b\"\"c\",hi");
    let mut rows = csv(&block, CsvOptions::default());
    assert_eq!(rows.advance().map(|(row, _)| row), Some(0));
    let (name, n, note) = ("ada", 1, None);
    assert_eq!(rows.decode::<Row<'_>>().unwrap(), Row { name, n, note });
    assert_eq!(rows.payload(), b"1,x,ada,");
    assert_eq!(rows.advance().map(|(row, _)| row), Some(1));
    let (name, n, note) = ("b\"c", 2, Some("hi"));
    assert_eq!(rows.decode::<Row<'_>>().unwrap(), Row { name, n, note });
    assert!(rows.advance().is_none());
}

#[test]
fn without_a_header_fields_are_taken_in_their_order() {
    let options = CsvOptions {
        header: false,
        ..CsvOptions::default()
    };
    let block = block(None, "a,1\n\"b\nb\",2\n,3\n\"\",4\n");
    let expect = ["0 (\"a\", 1)", "1 (\"b\\nb\", 2)", "2 (\"\", 3)", "3 (\"\", 4)"];
    assert_eq!(decode::<(String, u32)>(&block, options), expect);
}

#[test]
fn errors_name_the_column() {
    let block = block(Some("name,n,note"), "a,x,\nb,2\n\"c\",3,4,5\nd,4,\n");
    let mut rows = csv(&block, CsvOptions::default());
    let mut shown = Vec::new();
    while let Some((row, _)) = rows.advance() {
        shown.push(match rows.decode::<Row<'_>>() {
            Ok(record) => format!("{row} {}", record.name),
            Err(error) => format!("{row} {error}"),
        });
    }
    let expect = [
        "0 cannot decode CSV into `Row`: column `n`: invalid digit found in string",
        "1 cannot decode CSV: the row has 2 fields, the header has 3",
        "2 cannot decode CSV: the row has 4 fields, the header has 3",
        "3 d",
    ];
    assert_eq!(shown, expect);
}

#[test]
fn a_field_that_is_not_text_and_a_missing_column() {
    let mut bad = block(Some("name,n"), "?,1\n");
    bad.bytes[0] = 0xff;
    let found = decode::<(String, u32)>(&bad, CsvOptions::default());
    assert!(
        found[0].starts_with("0 cannot decode CSV into `(String, u32)`: column `name`: invalid utf-8"),
        "{found:?}"
    );
    let found = decode::<Missing>(&block(Some("name,n"), "a,1\n"), CsvOptions::default());
    assert_eq!(found, ["0 cannot decode CSV into `Missing`: missing field `price`"]);
}

#[test]
fn a_source_without_a_header_says_so() {
    let found = decode::<(String, u32)>(&block(None, "a,1\n"), CsvOptions::default());
    assert_eq!(
        found,
        ["0 cannot decode CSV: this source has no header row, use `.csv(header = false)`"]
    );
}

proptest! {
    #[test]
    fn what_a_csv_writer_writes_is_read_again(
        table in proptest::collection::vec(proptest::collection::vec("[a,;\"\n\r é]{0,6}", 3), 0..8),
        delimiter in prop::sample::select(b",;\t".to_vec()),
        cuts in proptest::collection::vec(1usize..40, 0..6),
    ) {
        let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let text = writer.into_inner().unwrap();

        let framing = Framing::Csv { header: false, delimiter };
        let mut cutter = Cutter::new(framing, "x.csv");
        let (mut blocks, mut rest) = (Vec::new(), &text[..]);
        for cut in cuts {
            let (piece, more) = rest.split_at(cut.min(rest.len()));
            cutter.space(0).extend_from_slice(piece);
            blocks.extend(cutter.cut().unwrap());
            rest = more;
        }
        cutter.space(0).extend_from_slice(rest);
        blocks.extend(cutter.cut().unwrap());
        blocks.extend(cutter.finish());

        let mut read: Vec<Vec<String>> = Vec::new();
        for block in &blocks {
            let mut rows = csv(block, CsvOptions { header: false, delimiter });
            while rows.advance().is_some() {
                read.push(rows.decode().unwrap());
            }
        }
        prop_assert_eq!(read, table);
    }
}
