use super::*;

#[tokio::test]
async fn each_csv_file_has_the_header_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = files(dir.path()).csv().roll_size(20);
    sink.open(&Run::new("p")).await.unwrap();
    for batch in 0..3 {
        let staged = vec![stage(&sink, &[A, B])];
        let rows = Files::<Csv>::rows(&staged[0]).unwrap();
        assert_eq!(rows, [b"\"a\"\"b\n\",1".to_vec(), b",".to_vec()]);
        sink.prepare(&id(batch), staged).await.unwrap();
        sink.commit(&id(batch)).await.unwrap();
    }
    sink.close().await;
    let rows = "\"a\"\"b\n\",1\n,\n";
    assert_eq!(
        list(dir.path()),
        [
            file("part-0000000000.csv", &format!("word,n\n{rows}{rows}")),
            file("part-0000000002.csv", &format!("word,n\n{rows}")),
        ]
    );
}

/// The columns of another version of the program.
#[derive(Serialize)]
struct Wider {
    word: &'static str,
    n: u64,
    more: bool,
}

#[tokio::test]
async fn rows_go_on_below_their_own_header_only() {
    let dir = tempfile::tempdir().unwrap();
    let run = Run::checkpointed("p", "one", true);
    let mut receipt = None;
    for batch in 0..3 {
        let mut sink = files(dir.path()).csv();
        sink.open(&run).await.unwrap();
        if batch > 0 {
            sink.resume(&id(batch - 1), receipt.as_deref()).await.unwrap();
        }
        let staged = if batch < 2 {
            stage(&sink, &[B])
        } else {
            stage(
                &sink,
                &[Wider {
                    word: "a",
                    n: 1,
                    more: true,
                }],
            )
        };
        sink.prepare(&id(batch), vec![staged]).await.unwrap();
        receipt = sink.receipt();
        sink.commit(&id(batch)).await.unwrap();
        if batch == 2 {
            sink.close().await;
        }
    }
    let expect = [
        file("part-0000000000.csv", "word,n\n,\n,\n"),
        file("part-0000000002.csv", "word,n,more\na,1,true\n"),
    ];
    assert_eq!(list(dir.path()), expect);
}

#[tokio::test]
async fn tuples_have_no_header() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = files(dir.path()).csv();
    sink.open(&Run::new("p")).await.unwrap();
    let staged = vec![stage(&sink, &[("a", 1), ("b,c", 2)])];
    sink.prepare(&id(0), staged).await.unwrap();
    sink.commit(&id(0)).await.unwrap();
    sink.close().await;
    assert_eq!(list(dir.path()), [file("part-0000000000.csv", "a,1\n\"b,c\",2\n")]);
}

#[test]
fn a_record_that_is_no_row_says_what_to_do() {
    let sink = files("out").csv();
    let row = sink.encoder().encode(vec![1, 2], &mut CsvRows::default());
    assert!(row.is_ok(), "a list is a row: {row:?}");
    let refused = |result: Result<(), SinkError>| result.unwrap_err().to_string();
    let lists = sink.encoder().encode(vec![vec![1]], &mut CsvRows::default());
    let expect = "cannot write a record as CSV: `0` is a list, which may have any number of elements: \
                  map it to a struct of numbers and text, or use `.jsonl()`";
    assert_eq!(refused(lists), expect);
    let record = std::collections::BTreeMap::from([("a", 1)]);
    let map = sink.encoder().encode(record, &mut CsvRows::default());
    let expect = "cannot write a record as CSV: the record is a map (as a struct with `#[serde(flatten)]` is), which may \
                  have any keys: map it to a struct of numbers and text, or use `.jsonl()`";
    assert_eq!(refused(map), expect);
}

#[test]
fn rows_of_different_lengths_are_refused() {
    let sink = files("out").csv();
    let (encoder, mut rows) = (sink.encoder(), CsvRows::default());
    encoder.encode(vec![1, 2], &mut rows).unwrap();
    let error = encoder.encode(vec![1, 2, 3], &mut rows).unwrap_err().to_string();
    assert!(
        error.contains("the record has 3 columns, and the first one has 2"),
        "{error}"
    );
    encoder.encode(vec![3, 4], &mut rows).unwrap();
    assert_eq!(
        Csv::bytes(rows),
        b"1,2\n3,4\n",
        "nothing is left of the row that was refused"
    );
}

#[test]
fn an_empty_row_is_a_row() {
    let sink = files("out").csv().columns(["a"]);
    let (encoder, mut rows) = (sink.encoder(), CsvRows::default());
    encoder.encode(("",), &mut rows).unwrap();
    encoder.encode(("x",), &mut rows).unwrap();
    assert_eq!(Csv::bytes(rows), b"\"\"\nx\n");
}

#[test]
fn columns_are_of_tuples() {
    #[derive(serde::Serialize)]
    struct One {
        a: u8,
    }
    let sink = files("out").csv().columns(["a", "b"]);
    let encode = |result: Result<(), SinkError>| result.unwrap_err().to_string();
    let tuple = encode(sink.encoder().encode((1,), &mut CsvRows::default()));
    assert!(
        tuple.contains("`columns` has 2 names, and the record 1 elements"),
        "{tuple}"
    );
    let named = encode(sink.encoder().encode(One { a: 1 }, &mut CsvRows::default()));
    assert!(named.contains("the fields of a struct have names"), "{named}");
}
