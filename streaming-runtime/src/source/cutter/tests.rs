use proptest::prelude::*;

use super::*;
use crate::decode::{CsvOptions, csv};
use crate::source::{Meta, Payloads};

fn rows(options: CsvOptions) -> Framing {
    Framing::csv(options)
}

/// A record, or the fault in place of one: offset, payload, fault.
type Seen = Vec<(u64, Vec<u8>, Option<Fault>)>;

fn read(cutter: &mut Cutter, input: &[u8], cuts: &[usize]) -> Vec<Block> {
    let (mut blocks, mut from, start) = (Vec::new(), 0, cutter.offset());
    for to in cuts.iter().copied().chain([input.len()]) {
        cutter.space(to - from).extend_from_slice(&input[from..to]);
        while let Some(block) = cutter.cut() {
            assert!(block.rows() > 0, "a block has records");
            blocks.push(block);
        }
        from = to;
    }
    while let Some(block) = cutter.finish() {
        blocks.push(block);
    }
    assert_eq!(cutter.offset() - start, input.len() as u64, "all is handed out");
    blocks
}

fn seen(blocks: &[Block]) -> Seen {
    let one = |(at, payload): (crate::source::Origin<'_>, &[u8])| (at.offset(), payload.to_vec(), at.fault().copied());
    blocks.iter().flat_map(|block| block.payloads().map(one)).collect()
}

/// What the decoder sees when the input arrives in pieces cut at `cuts`.
fn records(framing: Framing, input: &[u8], cuts: &[usize]) -> Seen {
    seen(&read(&mut Cutter::new(framing, "test"), input, cuts))
}

fn sound(records: &Seen) -> Vec<(u64, &str)> {
    let one = |(at, payload, fault): &'_ (u64, Vec<u8>, Option<Fault>)| {
        assert_eq!(*fault, None);
        (*at, std::str::from_utf8(payload).unwrap().to_owned())
    };
    let owned: Vec<(u64, String)> = records.iter().map(one).collect();
    owned.into_iter().map(|(at, text)| (at, &*text.leak())).collect()
}

#[test]
fn records_and_their_offsets() {
    let lines = records(Framing::lines(), b"one\r\n\nthree", &[]);
    assert_eq!(sound(&lines), [(0, "one"), (5, ""), (6, "three")]);
}

#[test]
fn blank_lines_are_no_json() {
    let lines = records(Framing::json(), b"1\n\n \t\r\n 2\n  ", &[]);
    assert_eq!(sound(&lines), [(0, "1"), (7, " 2")]);
    assert_eq!(records(Framing::json(), b"\n\n", &[]), []);
}

#[test]
fn the_header_is_no_record_and_empty_rows_are_none() {
    let blocks = read(
        &mut Cutter::new(rows(CsvOptions::default()), "test"),
        b"\xef\xbb\xbf\n\"a\",b\n\n\"x\ny\",1\r\n\r\n2,3",
        &[],
    );
    assert_eq!(sound(&seen(&blocks)), [(11, "\"x\ny\",1"), (22, "2,3")]);
    assert_eq!(blocks[0].header(), Some(&b"\"a\",b"[..]));
    assert_eq!(blocks.iter().map(Block::rows).sum::<u64>(), 2);
    assert_eq!((blocks[0].offset_of(0), blocks[1].offset_of(0)), (11, 22));
}

#[test]
fn comments_are_no_records() {
    let options = CsvOptions::default().comment(b'#').trim(true);
    let found = records(rows(options), b"# \"a\na,b\n#1,2\n1,2\n  \n3,\"#\n\"\n#", &[]);
    assert_eq!(sound(&found), [(14, "1,2"), (21, "3,\"#\n\"")]);
}

#[test]
fn nothing_and_a_header_alone_hold_no_record() {
    for framing in [Framing::lines(), Framing::json(), rows(CsvOptions::default())] {
        assert_eq!(records(framing, b"", &[]), []);
        assert_eq!(records(framing, BYTE_ORDER_MARK, &[]), []);
    }
    for header in [&b"a,b"[..], b"a,b\n", b"a,b\r\n\r\n"] {
        assert_eq!(records(rows(CsvOptions::default()), header, &[]), []);
    }
}

fn too_long(limit: u64, length: u64) -> Fault {
    Fault::TooLong {
        limit,
        length: Some(length),
        carriage_returns: false,
    }
}

#[test]
fn a_record_over_the_limit_is_passed_over() {
    let framing = Framing::lines().max_record(8);
    let input = b"12345678\r\n123456789\r\nshort\n1234567890123456789012";
    let expect = vec![
        (0, b"12345678".to_vec(), None),
        (10, b"12345678".to_vec(), Some(too_long(8, 9))),
        (21, b"short".to_vec(), None),
        (27, b"12345678".to_vec(), Some(too_long(8, 22))),
    ];
    assert_eq!(records(framing, input, &[]), expect);
    let everywhere: Vec<usize> = (0..input.len()).collect();
    assert_eq!(records(framing, input, &everywhere), expect);
}

#[test]
fn what_is_over_the_limit_is_not_kept() {
    let mut cutter = Cutter::new(Framing::json().max_record(1000), "test").at_once();
    let mut told = 0;
    let piece = vec![0u8; 64 << 10];
    for _ in 0..100 {
        cutter.space(piece.len()).extend_from_slice(&piece);
        while let Some(block) = cutter.cut() {
            told += block.rows();
            assert!(block.bytes.len() <= HEAD_BYTES);
        }
    }
    assert_eq!(told, 1, "told at once, and once");
    assert!(cutter.buffer.capacity() < 4 * piece.len());
    cutter.space(3).extend_from_slice(b"\n1\n");
    let block = cutter.cut().expect("a record behind the long one");
    assert_eq!(block.payloads().next().unwrap().1, b"1");
    assert_eq!(block.offset, 100 * piece.len() as u64 + 1);
}

#[test]
fn the_offset_stays_before_a_record_that_is_passed_over() {
    let mut cutter = Cutter::new(Framing::lines().max_record(4), "test");
    cutter.space(0).extend_from_slice(b"1\n1234567890");
    assert_eq!(cutter.cut().expect("the first line").rows(), 1);
    assert!(cutter.cut().is_none());
    cutter.space(0).extend_from_slice(b"1234567890");
    assert!(cutter.cut().is_none());
    assert_eq!(
        cutter.offset(),
        2,
        "whoever goes on from here reads it again from its start"
    );
    cutter.space(0).extend_from_slice(b"\n");
    assert_eq!(cutter.cut().expect("the fault").offset, 2);
    assert_eq!(cutter.offset(), 23);
}

#[test]
fn a_quote_that_is_not_closed_costs_its_line_alone() {
    let framing = rows(CsvOptions::default());
    let found = records(framing, b"city,note\nBonn,\"ok\nUlm,fine\nTrier,good\n", &[]);
    assert_eq!(sound(&found), [(10, "Bonn,\"ok"), (19, "Ulm,fine"), (28, "Trier,good")]);
    // The limit is reached before the end.
    let mut input = b"city,note\nBonn,\"ok\n".to_vec();
    for _ in 0..100 {
        input.extend_from_slice(b"Ulm,fine\n");
    }
    let found = records(framing.max_record(64), &input, &[]);
    assert_eq!(found.len(), 101);
    assert!(found.iter().all(|(_, _, fault)| fault.is_none()));
}

#[test]
fn text_behind_a_quote_costs_its_line_alone() {
    let framing = rows(CsvOptions::default());
    let found = records(framing, b"a,b\n1,\"x\n2,\"y\"\n3,z\n", &[]);
    assert_eq!(sound(&found), [(4, "1,\"x"), (9, "2,\"y\""), (15, "3,z")]);
}

fn only_fault(framing: Framing, input: &[u8]) -> Option<Fault> {
    let whole = records(framing, input, &[]);
    let everywhere: Vec<usize> = (0..input.len()).collect();
    let pieces = records(framing, input, &everywhere);
    assert_eq!((whole.len(), pieces.len()), (1, 1), "{whole:?} {pieces:?}");
    assert_eq!((whole[0].0, whole[0].2), (pieces[0].0, pieces[0].2));
    whole[0].2
}

#[test]
fn input_that_is_not_text_is_told_once() {
    for framing in [Framing::lines(), Framing::json(), rows(CsvOptions::default())] {
        for input in [
            &b"\x1f\x8b\x08\0\n\n1,2\n3"[..],
            b"a\0,\0b\0\n\0x\0,\0y\0\n\0",
            b"\xff\xfea\0\n\0",
        ] {
            let fault = only_fault(framing, input);
            assert!(matches!(fault, Some(Fault::NotText(_))), "{fault:?}");
        }
    }
}

#[test]
fn lines_that_end_with_carriage_returns() {
    let header = rows(CsvOptions::default());
    assert_eq!(only_fault(header, b"a,b\r1,2\r3,4"), Some(Fault::CarriageReturns));
    assert_eq!(only_fault(header, b"a,b\r1,2\r3,4\r"), Some(Fault::CarriageReturns));
    assert_eq!(only_fault(Framing::lines(), b"a\rb"), Some(Fault::CarriageReturns));
    assert_eq!(only_fault(Framing::json(), b"1\r2"), Some(Fault::CarriageReturns));
    let progress = records(Framing::lines(), b"10%\r20%\nend\rs", &[]);
    assert_eq!(
        sound(&progress),
        [(0, "10%\r20%"), (8, "end\rs")],
        "lines end with line feeds"
    );
}

#[test]
fn a_header_with_wrong_quotes_is_told_once() {
    let header = rows(CsvOptions::default());
    assert_eq!(only_fault(header, b"a,\"b\n1,2\n3,4\n"), Some(Fault::Header));
    assert_eq!(only_fault(header, b"a,\"b\"c\n1,2\n"), Some(Fault::Header));
    assert_eq!(only_fault(header, &[0; 100]), Some(Fault::Header));
}

#[test]
fn a_block_has_no_more_records_than_it_may() {
    let input = "1\n\n2\n3\n4\n5";
    let blocks = read(
        &mut Cutter::new(Framing::json(), "test").chunk_rows(2),
        input.as_bytes(),
        &[],
    );
    let counts: Vec<u64> = blocks.iter().map(Block::rows).collect();
    assert_eq!(counts, [2, 2, 1]);
    assert_eq!(
        sound(&seen(&blocks)),
        [(0, "1"), (3, "2"), (5, "3"), (7, "4"), (9, "5")]
    );
}

#[test]
fn the_header_stays_after_a_jump() {
    let mut cutter = Cutter::new(rows(CsvOptions::default()), "x.csv");
    assert!(cutter.awaits_header());
    cutter.space(0).extend_from_slice(b"a,b\n1,2\n");
    assert!(cutter.cut().is_some());
    assert!(!cutter.awaits_header());
    cutter.jump(100);
    cutter.space(0).extend_from_slice(b"3,4\n");
    let block = cutter.cut().unwrap();
    assert_eq!((block.offset, block.header()), (100, Some(&b"a,b"[..])));
    assert_eq!((block.rows(), block.offset_of(0)), (1, 100));
}

#[test]
fn what_is_not_text_stays_so_after_a_jump() {
    let mut cutter = Cutter::new(Framing::lines(), "x.gz");
    cutter.space(0).extend_from_slice(b"\x1f\x8b\x08\n");
    assert!(cutter.cut().is_some());
    cutter.jump(4);
    cutter.space(0).extend_from_slice(b"more\n");
    assert!(cutter.cut().is_none());
    assert_eq!(cutter.offset(), 9);
}

#[test]
fn a_connection_after_another_begins_with_its_own_start() {
    let mut cutter = Cutter::new(rows(CsvOptions::default()), "peer").starting_at(1000);
    cutter.space(0).extend_from_slice(b"\xef\xbb\xbfa,b\n1,2\n");
    let block = cutter.cut().unwrap();
    assert_eq!((block.offset_of(0), block.header()), (1007, Some(&b"a,b"[..])));
}

/// The framings that a decoder may ask for, and the options of the decoder where it is `csv`.
fn framings() -> Vec<(Framing, CsvOptions)> {
    let csvs = [
        CsvOptions::default(),
        CsvOptions::default().header(false),
        CsvOptions::default().trim(true).comment(b'#'),
        CsvOptions::default().flexible(true).null("a"),
    ];
    let mut framings: Vec<_> = csvs.iter().map(|options| (rows(*options), *options)).collect();
    framings.push((Framing::lines(), CsvOptions::default()));
    framings.push((Framing::json(), CsvOptions::default()));
    framings
        .iter()
        .flat_map(|(framing, options)| [(*framing, *options), (framing.max_record(7), *options)])
        .collect()
}

/// What `csv` makes of the blocks: a row or the reason against it, with its offset.
fn decoded(blocks: &[Block], options: CsvOptions) -> Vec<String> {
    let mut decoded = Vec::new();
    for block in blocks {
        let mut rows = csv(block, options);
        while let Some((_, at)) = rows.advance() {
            decoded.push(match rows.decode::<Vec<String>>() {
                Ok(fields) => format!("{} {fields:?}", at.offset()),
                Err(error) => format!("{} {error}", at.offset()),
            });
        }
    }
    decoded
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_cut_gives_the_same_records(
        input in proptest::collection::vec(prop::sample::select(b"ab,,\"\"\n\n\r #\0\xef\xbb\xbf\x1f\x8b".to_vec()), 0..60),
        cuts in proptest::collection::vec(0usize..60, 0..8),
        (framing, options) in prop::sample::select(framings()),
        chunk_rows in prop::sample::select(vec![1, 2, usize::MAX]),
    ) {
        // The payload of input that is not read is what was seen of it by then.
        let told = |blocks: &[Block]| seen(blocks).into_iter().map(|(at, payload, fault)| match fault {
            None | Some(Fault::TooLong { length: Some(_), .. }) => (at, payload, fault),
            Some(fault) => (at, Vec::new(), Some(fault)),
        }).collect::<Vec<_>>();
        let of = |cuts: &[usize], rows| read(&mut Cutter::new(framing, "test").chunk_rows(rows), &input, cuts);
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut <= input.len()).collect();
        cuts.sort_unstable();
        let everywhere: Vec<usize> = (0..=input.len()).collect();
        let whole = of(&[], usize::MAX);
        for blocks in [of(&cuts, chunk_rows), of(&everywhere, chunk_rows), of(&everywhere, usize::MAX)] {
            prop_assert_eq!(told(&blocks), told(&whole));
            prop_assert_eq!(decoded(&blocks, options), decoded(&whole, options));
        }
        prop_assert!(of(&cuts, chunk_rows).iter().all(|block| block.spans.len() <= chunk_rows));
        // Reading may go on behind any block.
        for block in 1..whole.len() {
            let mut cutter = Cutter::new(framing, "test");
            cutter.space(0).extend_from_slice(&input);
            while cutter.awaits_header() && cutter.cut().is_some() {}
            let from = usize::try_from(whole[block].offset).unwrap();
            cutter.jump(whole[block].offset);
            if from > 0 {
                let rest = read(&mut cutter, &input[from..], &[]);
                prop_assert_eq!(told(&rest), told(&whole[block..]));
            }
        }
    }

    #[test]
    fn no_byte_of_a_sound_record_is_lost(
        input in proptest::collection::vec(prop::sample::select(b"ab,\"\n\r ".to_vec()), 0..60),
        (framing, _) in prop::sample::select(framings()),
    ) {
        let records = records(framing, &input, &[]);
        let mut last = 0;
        for (at, payload, fault) in records {
            let at = usize::try_from(at).unwrap();
            prop_assert!(at >= last);
            if fault.is_none() {
                prop_assert_eq!(&input[at..at + payload.len()], &payload[..]);
                last = at + payload.len();
            }
        }
    }
}

fn hole(count: u64) -> Fault {
    Fault::Zeros { count }
}

#[test]
fn a_hole_is_an_error_and_what_follows_it_is_a_record() {
    // A crash has left a hole at the end; then the writer went on.
    let input = b"one\ntwo\n\0\0\0\0three\nfour\n";
    let expected = [
        (0, b"one".to_vec(), None),
        (4, b"two".to_vec(), None),
        (8, vec![0; 4], Some(hole(4))),
        (12, b"three".to_vec(), None),
        (18, b"four".to_vec(), None),
    ];
    for cut in 0..input.len() {
        assert_eq!(records(Framing::lines(), input, &[cut]), expected, "cut at {cut}");
    }
    // In the middle of a line, several ones, at the end of a line, and at the end of all.
    let input = b"a\0\0b\0c\nd\0\r\n\0\ne\n\0\0";
    let expected = [
        (0, b"a\0\0b\0".to_vec(), Some(hole(3))),
        (5, b"c".to_vec(), None),
        (7, b"d\0".to_vec(), Some(hole(1))),
        (11, b"\0".to_vec(), Some(hole(1))),
        (13, b"e".to_vec(), None),
        (15, b"\0\0".to_vec(), Some(hole(2))),
    ];
    for cut in 0..input.len() {
        assert_eq!(records(Framing::lines(), input, &[cut]), expected, "cut at {cut}");
    }
}

#[test]
fn a_hole_is_found_in_json_and_csv_too() {
    assert_eq!(
        records(Framing::json(), b"{}\n\0\0{\"a\":1}\n", &[]),
        [
            (0, b"{}".to_vec(), None),
            (3, vec![0; 2], Some(hole(2))),
            (5, b"{\"a\":1}".to_vec(), None)
        ]
    );
    let csv = rows(CsvOptions::default().comment(b'#'));
    assert_eq!(
        records(csv, b"a,b\n1,2\n#\0\n\0\0\"3\n\",4\n", &[]),
        [
            (4, b"1,2".to_vec(), None),
            (11, vec![0; 2], Some(hole(2))),
            (13, b"\"3\n\",4".to_vec(), None)
        ]
    );
}

#[test]
fn a_hole_over_the_limit_ends_where_something_else_comes() {
    for size in [90, 100, 101, 102, 103, 150, 5000] {
        for after in ["three\nfour\n", "\nfour\n"] {
            let mut input = b"two\n".to_vec();
            input.resize(4 + size, 0);
            input.extend_from_slice(after.as_bytes());
            for cuts in [vec![], vec![4, 50, input.len() - 1], (1..input.len()).collect()] {
                let seen = records(Framing::lines().max_record(100), &input, &cuts);
                assert_eq!(seen[0], (0, b"two".to_vec(), None));
                let (at, payload, fault) = &seen[1];
                assert_eq!((*at, *fault), (4, Some(hole(size as u64))), "{size} before {after:?}");
                assert!(payload.len() <= 100 && payload.iter().all(|byte| *byte == 0));
                let rest: Vec<&[u8]> = seen[2..].iter().map(|(_, payload, _)| &**payload).collect();
                let expected = after.split_terminator('\n').filter(|line| !line.is_empty());
                assert_eq!(
                    rest,
                    expected.map(str::as_bytes).collect::<Vec<_>>(),
                    "{size} before {after:?}"
                );
            }
        }
    }
}

#[test]
fn a_byte_order_mark_in_front_of_a_record_is_no_part_of_it() {
    let mark = "\u{feff}";
    let input = format!("{mark}one\n{mark}two\nth{mark}ree\n{mark}\n{mark}");
    for cut in 0..input.len() {
        let seen = records(Framing::lines(), input.as_bytes(), &[cut]);
        let payloads: Vec<&str> = sound(&seen).into_iter().map(|(_, payload)| payload).collect();
        assert_eq!(payloads, ["one", "two", &format!("th{mark}ree"), ""], "cut at {cut}");
    }
    let csv = format!("{mark}a,b\n1,2\n{mark}\"3\n3\",4\n");
    for cut in 0..csv.len() {
        let seen = records(rows(CsvOptions::default()), csv.as_bytes(), &[cut]);
        let payloads: Vec<&str> = sound(&seen).into_iter().map(|(_, payload)| payload).collect();
        assert_eq!(payloads, ["1,2", "\"3\n3\",4"], "cut at {cut}");
    }
}
