//! The bytes are those of `docs/checkpoint-format.md`: what is written today can be read by every later version.

use expect_test::{Expect, expect};

use super::super::frame::{self, DeltaOf, Heading, Kind};
use super::super::manifest::Manifest;
use super::super::seal::Seal;
use super::super::snapshot::SnapshotWriter;
use super::disk::Disk;
use super::model::{directory, identity};
use super::{DataFile, Filesystem, open, segment};

fn seal() -> Seal {
    Seal::new(std::array::from_fn(|index| 0xa0 + u8::try_from(index).unwrap()))
}

fn dump(bytes: &[u8], expected: &Expect) {
    use std::fmt::Write;
    let mut text = String::new();
    for line in bytes.chunks(16) {
        for byte in line {
            write!(text, "{byte:02x} ").unwrap();
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    expected.assert_eq(&text);
}

/// The plain checksum of the parts, as the document describes it.
fn checksum(kind: u8, number: u64, position: u64, bytes: &[u8]) -> [u8; 4] {
    let place = [
        &seal().id()[..],
        &[kind],
        &number.to_le_bytes(),
        &position.to_le_bytes(),
        bytes,
    ]
    .concat();
    crc32c::crc32c(&place).to_le_bytes()
}

#[test]
fn a_checksum_starts_from_where_it_stands() {
    assert_eq!(
        seal().segment(3).of(52, b"bytes").to_le_bytes(),
        checksum(b'J', 3, 52, b"bytes")
    );
    assert_eq!(
        seal().snapshot(9, 0).of(7, b"bytes").to_le_bytes(),
        checksum(b'S', 9, 7, b"bytes")
    );
    assert_eq!(
        seal().snapshot(9, 2).of(7, b"bytes").to_le_bytes(),
        checksum(b'S', 9 + (2 << 48), 7, b"bytes")
    );
}

#[test]
fn header_of_a_segment() {
    let header = segment::header(seal(), 5, 3);
    assert_eq!(header[48..], checksum(b'J', 5, 0, &header[..48]));
    dump(
        &header,
        &expect![["
        53 50 4a 4f 55 52 4e 4c 01 00 00 00 a0 a1 a2 a3
        a4 a5 a6 a7 a8 a9 aa ab ac ad ae af 05 00 00 00
        00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00
        8a bf 71 63
    "]],
    );
}

#[test]
fn frames() {
    let deltas = [
        DeltaOf {
            operator: 1,
            partition: 15,
            changes: &[1, 0, 2, 1, 7, 1, 8],
        },
        DeltaOf {
            operator: 2,
            partition: 0,
            changes: &[1, 1, 4],
        },
    ];
    let heading = |kind, synced| Heading {
        kind,
        epoch: 3,
        batch: 1201,
        synced,
    };
    let mut bytes = Vec::new();
    let batch = frame::write_head(
        &mut bytes,
        seal().segment(5),
        52,
        heading(Kind::Batch, 52),
        &deltas,
        b"meta",
    );
    assert_eq!(bytes[92..96], checksum(b'J', 5, 52, &bytes[..92]));
    for delta in &deltas {
        bytes.extend(delta.changes);
    }
    assert_eq!(batch, bytes.len() as u64);
    let done = bytes.len();
    frame::write_head(
        &mut bytes,
        seal().segment(5),
        52 + batch,
        heading(Kind::Done, 52 + batch),
        &[],
        &[],
    );
    assert_eq!(
        bytes[done + 48..],
        checksum(b'J', 5, 52 + batch, &bytes[done..done + 48])
    );
    dump(
        &bytes,
        &expect![["
        6a 00 00 00 00 00 00 00 01 00 00 00 02 00 00 00
        03 00 00 00 00 00 00 00 b1 04 00 00 00 00 00 00
        34 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00
        01 00 00 00 0f 00 00 00 07 00 00 00 00 00 00 00
        b5 2e 42 ad 02 00 00 00 00 00 00 00 03 00 00 00
        00 00 00 00 49 15 11 fd 6d 65 74 61 fa f6 40 2b
        01 00 02 01 07 01 08 01 01 04 34 00 00 00 00 00
        00 00 02 00 00 00 00 00 00 00 03 00 00 00 00 00
        00 00 b1 04 00 00 00 00 00 00 9e 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 39 3b e8 94
    "]],
    );
}

#[test]
fn a_snapshot() {
    let disk = Disk::default();
    let file = disk.create(&directory().join("snapshot")).unwrap();
    let mut writer = SnapshotWriter::<Disk>::new(&file, seal(), seal().snapshot(1201, 0), 1201).unwrap();
    writer.section(1, 15, &[1, 0, 2, 1, 7, 1, 8]).unwrap();
    writer.section(2, 0, &[1, 1, 2, 0, 0]).unwrap();
    let length = writer.finish(b"meta").unwrap();
    let bytes = file.read_vec(0, file.len().unwrap()).unwrap();
    assert_eq!(length, bytes.len() as u64);
    dump(
        &bytes,
        &expect![["
        53 50 53 4e 41 50 53 48 01 00 00 00 a0 a1 a2 a3
        a4 a5 a6 a7 a8 a9 aa ab ac ad ae af b1 04 00 00
        00 00 00 00 47 78 d7 ab 01 00 02 01 07 01 08 01
        01 02 00 00 6d 65 74 61 02 00 00 00 04 00 00 00
        00 00 00 00 b2 fd 3e 3a 01 00 00 00 0f 00 00 00
        28 00 00 00 00 00 00 00 07 00 00 00 00 00 00 00
        81 68 45 38 02 00 00 00 00 00 00 00 2f 00 00 00
        00 00 00 00 05 00 00 00 00 00 00 00 c1 d2 03 ca
        7c 2b 2e 19 38 00 00 00 00 00 00 00 4c 00 00 00
        00 00 00 00 11 ad 32 df
    "]],
    );
}

#[test]
fn the_manifest() {
    let disk = Disk::default();
    let mut manifest = Manifest::new("000102030405060708090a0b0c0d0e0f".into(), &identity());
    manifest.add_segment();
    manifest.close_last(777);
    manifest.add_segment();
    manifest.write(&disk, directory()).unwrap();
    let text = String::from_utf8(disk.files().remove("manifest.json").unwrap()).unwrap();
    let start = "{\n  \"crc32c\": \"".len();
    let hidden = format!("{}00000000{}", &text[..start], &text[start + 8..]);
    assert_eq!(
        format!("{:08x}", crc32c::crc32c(hidden.as_bytes())),
        text[start..start + 8]
    );
    assert_eq!(
        Manifest::read(text.as_bytes(), directory()).unwrap().segments,
        manifest.segments
    );
    expect![[r#"
        {
          "crc32c": "48757e78",
          "format": 2,
          "id": "000102030405060708090a0b0c0d0e0f",
          "pipeline": "orders",
          "key_partitions": 3,
          "epoch": 0,
          "generation": 0,
          "operators": [
            {
              "name": "count",
              "state": {
                "scope": "everything so far",
                "key": "[\"STR\",{}]",
                "value": "[{\"TYPENAME\":\"streaming_runtime::Parts\"},{\"streaming_runtime::Parts\":\"UNITSTRUCT\"}]",
                "parts": [
                  {
                    "names": [],
                    "call": "fold",
                    "shape": "[\"U64\",{}]"
                  }
                ]
              },
              "reset": null
            },
            {
              "name": "last",
              "state": {
                "scope": "everything so far",
                "key": "[\"STR\",{}]",
                "value": "[{\"TYPENAME\":\"streaming_runtime::Parts\"},{\"streaming_runtime::Parts\":\"UNITSTRUCT\"}]",
                "parts": [
                  {
                    "names": [],
                    "call": "fold",
                    "shape": "[\"U64\",{}]"
                  }
                ]
              },
              "reset": null
            }
          ],
          "snapshots": [],
          "complete": true,
          "segments": [
            {
              "segment": 1,
              "epoch": 0,
              "bytes": 777
            },
            {
              "segment": 2,
              "epoch": 0,
              "bytes": null
            }
          ],
          "next_segment": 3
        }
    "#]]
    .assert_eq(&text);
}

#[test]
fn another_format_is_not_guessed_at() {
    let disk = Disk::default();
    drop(open(disk.clone(), directory(), identity()).unwrap());
    let mut files = disk.files();
    let manifest = files.get_mut("manifest.json").unwrap();
    let newer = String::from_utf8(manifest.clone())
        .unwrap()
        .replace("\"format\": 2", "\"format\": 3");
    let start = "{\n  \"crc32c\": \"".len();
    let hidden = format!("{}00000000{}", &newer[..start], &newer[start + 8..]);
    let checksum = format!("{:08x}", crc32c::crc32c(hidden.as_bytes()));
    *manifest = hidden.replacen("00000000", &checksum, 1).into_bytes();
    let error = open(Disk::with(files), directory(), identity())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("has format 3, and this version reads format 2"),
        "{error}"
    );
}
