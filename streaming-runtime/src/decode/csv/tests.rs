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
    let framing = Framing::csv(CsvOptions::default().header(header.is_some()));
    let mut cutter = Cutter::new(framing, "x.csv");
    let text = header.map(|header| format!("{header}\n")).unwrap_or_default() + rows;
    cutter.space(0).extend_from_slice(text.as_bytes());
    cutter.finish().expect("a row")
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
    let options = CsvOptions::default().header(false);
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
        "1 cannot decode CSV: the row has 2 fields, the header has 3 (`flexible = true` allows it)",
        "2 cannot decode CSV: the row has 4 fields, the header has 3 (`flexible = true` allows it)",
        "3 d",
    ];
    assert_eq!(shown, expect);
}

#[test]
fn a_field_that_is_not_text_and_a_missing_column() {
    let mut bad = block(Some("name,n"), "?,1\n");
    let at = bad.spans[0].range().start;
    bad.bytes[at] = 0xff;
    let found = decode::<(String, u32)>(&bad, CsvOptions::default());
    assert!(
        found[0].starts_with("0 cannot decode CSV into `(String, u32)`: column `name`: invalid utf-8"),
        "{found:?}"
    );
    let found = decode::<Missing>(&block(Some("name,n"), "a,1\n"), CsvOptions::default());
    assert_eq!(
        found,
        ["0 cannot decode CSV into `Missing`: missing field `price`: the header has the columns `name`, `n`"]
    );
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

        let options = CsvOptions::default().header(false).delimiter(delimiter);
        let framing = Framing::csv(options);
        let mut cutter = Cutter::new(framing, "x.csv");
        let (mut blocks, mut rest) = (Vec::new(), &text[..]);
        for cut in cuts {
            let (piece, more) = rest.split_at(cut.min(rest.len()));
            cutter.space(0).extend_from_slice(piece);
            blocks.extend(cutter.cut());
            rest = more;
        }
        cutter.space(0).extend_from_slice(rest);
        blocks.extend(cutter.finish());

        let mut read: Vec<Vec<String>> = Vec::new();
        for block in &blocks {
            let mut rows = csv(block, options);
            while rows.advance().is_some() {
                read.push(rows.decode().unwrap());
            }
        }
        prop_assert_eq!(read, table);
    }
}

fn read<T: for<'a> Deserialize<'a> + std::fmt::Debug>(options: CsvOptions, text: &str) -> Vec<String> {
    let mut cutter = Cutter::new(Framing::csv(options), "x.csv");
    cutter.space(0).extend_from_slice(text.as_bytes());
    let mut read = Vec::new();
    while let Some(block) = cutter.finish() {
        read.extend(decode::<T>(&block, options));
    }
    read
}

#[derive(Debug, Deserialize)]
#[expect(dead_code)]
struct Ab {
    a: String,
    b: String,
}

#[test]
fn wrong_quotes_are_errors_at_their_line() {
    let found = read::<Ab>(CsvOptions::default(), "a,b\nBonn,\"ok\nUlm,fine\nx,\"a\"b\"c\ny,z\n");
    assert!(found[0].starts_with("0 cannot decode CSV: column `b`: the quote that opens the field is not closed"));
    assert_eq!(found[1], "1 Ab { a: \"Ulm\", b: \"fine\" }");
    assert!(
        found[2].starts_with("2 cannot decode CSV: column `b`: there is text after the quote"),
        "{found:?}"
    );
    assert_eq!(found[3], "3 Ab { a: \"y\", b: \"z\" }");
}

#[test]
fn a_delimiter_at_the_end_of_a_row_is_told() {
    let found = read::<(u32, u32)>(CsvOptions::default(), "a,b\n1,2,\n3,4\n");
    let reason = "it ends with a delimiter (`flexible = true` allows it)";
    assert_eq!(
        found,
        [
            format!("0 cannot decode CSV: the row has 3 fields, the header has 2: {reason}"),
            "1 (3, 4)".to_owned()
        ]
    );
    let found = read::<(u32, u32)>(CsvOptions::default().header(false), "1,2,\n3,4,5\n6,7\n8\n");
    assert_eq!(
        found[0],
        format!("0 cannot decode CSV: the row has 3 fields, `(u32, u32)` takes 2: {reason}")
    );
    assert_eq!(
        found[1],
        "1 cannot decode CSV: the row has 3 fields, `(u32, u32)` takes 2 (`flexible = true` allows it)"
    );
    assert_eq!(found[2], "2 (6, 7)");
    assert!(found[3].contains("cannot decode CSV into `(u32, u32)`"), "{found:?}");
}

#[test]
fn carriage_returns_within_a_row() {
    let found = read::<Vec<String>>(CsvOptions::default().header(false), "a,b\r1,2\r3,4\n\"x\r\",y\r\n");
    assert!(
        found[0].contains("column 2: there is a carriage return without a line feed"),
        "{found:?}"
    );
    assert_eq!(found[1], "1 [\"x\\r\", \"y\"]", "within quotes it is a character");
    let found = read::<Ab>(CsvOptions::default(), "a,b\r1,2\r3,4");
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("end with a carriage return only"), "{found:?}");
}

#[derive(Debug, Deserialize)]
#[expect(dead_code)]
struct Lax {
    name: String,
    n: Option<f64>,
    #[serde(default)]
    note: String,
}

#[test]
fn null_is_none_unless_it_is_quoted() {
    let options = CsvOptions::default().null("NA");
    let found = read::<Lax>(options, "name,n,note\nNA,NA,NA\n\"NA\",1,\n");
    assert_eq!(
        found,
        [
            "0 Lax { name: \"\", n: None, note: \"\" }",
            "1 Lax { name: \"NA\", n: Some(1.0), note: \"\" }"
        ]
    );
}

#[test]
fn blanks_around_fields_are_trimmed() {
    let options = CsvOptions::default().trim(true);
    let found = read::<Ab>(options, " a , b \n 1 ,\t\" x, y \" \n   \n\"2\" , 3\r\n");
    assert_eq!(
        found,
        ["0 Ab { a: \"1\", b: \" x, y \" }", "1 Ab { a: \"2\", b: \"3\" }"]
    );
    let tabs = options.delimiter(b'\t');
    assert_eq!(
        read::<Vec<String>>(tabs.header(false), "1\t\t 3 \n"),
        ["0 [\"1\", \"\", \"3\"]"]
    );
}

#[test]
fn flexible_rows_may_be_short_or_long() {
    let options = CsvOptions::default().flexible(true);
    let found = read::<Lax>(options, "name,n,note\nann\nbob,2,hi,more,\ncid,3\n");
    assert_eq!(
        found,
        [
            "0 Lax { name: \"ann\", n: None, note: \"\" }",
            "1 Lax { name: \"bob\", n: Some(2.0), note: \"hi\" }",
            "2 Lax { name: \"cid\", n: Some(3.0), note: \"\" }"
        ]
    );
    let found = read::<Ab>(options, "a,b\n1\n1,2\n");
    assert_eq!(
        found,
        [
            "0 cannot decode CSV into `Ab`: missing field `b`: the row is 1 fields shorter than the header; \
             the header has the columns `a`, `b`",
            "1 Ab { a: \"1\", b: \"2\" }"
        ]
    );
    assert_eq!(read::<(u8, u8)>(options.header(false), "1,2,3\n"), ["0 (1, 2)"]);
}

#[test]
fn a_header_in_one_piece_asks_for_its_delimiter() {
    let found = read::<Ab>(CsvOptions::default(), "\u{feff}a;b\r\n1;2\r\n");
    let expect = "0 cannot decode CSV into `Ab`: missing field `a`: the header has the columns `a;b`; \
                  is the delimiter `;`? Say so with `delimiter = b';'`";
    assert_eq!(found, [expect]);
    for row in ["\"Müller; KG\";NA", "1,5;2"] {
        let found = read::<Ab>(CsvOptions::default(), &format!("a;b\n{row}\n"));
        assert!(
            found[0].ends_with("; is the delimiter `;`? Say so with `delimiter = b';'`"),
            "{found:?}"
        );
    }
    let found = read::<Ab>(CsvOptions::default(), "a, b\n1, 2\n");
    assert!(
        found[0].ends_with("columns `a`, ` b`; `trim = true` takes blanks away"),
        "{found:?}"
    );
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
fn an_error_names_what_guesses_types() {
    let found = read::<Flat>(CsvOptions::default(), "id,code\n1,abc\n2,0123\n");
    assert_eq!(found[0], "0 Flat { id: 1, inner: Inner { code: \"abc\" } }");
    assert!(
        found[1].contains("invalid type: integer `123`, expected a string (within `#[serde(flatten)]`"),
        "{found:?}"
    );
}

#[test]
#[should_panic(expected = "`delimiter` cannot be a quote or a line end")]
fn a_quote_is_no_delimiter() {
    let _ = CsvOptions::default().delimiter(b'"');
}

#[test]
#[should_panic(expected = "`comment` cannot be a quote, a line end or the delimiter")]
fn the_delimiter_begins_no_comment() {
    let _ = CsvOptions::default().comment(b';').delimiter(b';');
}
