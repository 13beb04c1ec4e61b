use super::*;

async fn faulty(dir: &Path, size: u64) -> (Files<Jsonl>, Faults) {
    let (sink, _) = kept(dir).await;
    let sink = sink.roll_size(size);
    let faults = sink.parts.lock().await.directory.disk.faults.clone();
    (sink, faults)
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let (mut sink, faults) = faulty(dir.path(), 6).await;
    for kind in [ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::StorageFull] {
        for call in [Call::Create, Call::Write, Call::Rename] {
            faults.add(call, 0, kind);
        }
    }
    // Half of the second batch is written when the disk is full again.
    faults.add(Call::Write, 2, ErrorKind::StorageFull);
    for batch in 0..4 {
        write(&mut sink, batch, &[batch]).await;
    }
    sink.close().await;
    assert!(faults.are_met());
    let expect = [
        file("part-0000000000.jsonl", "0\n1\n2\n"),
        file("part-0000000003.jsonl", "3\n"),
    ];
    assert_eq!(list(dir.path()), expect);
}

#[tokio::test(start_paused = true)]
async fn a_full_disk_is_waited_for_without_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = opened(dir.path()).await;
    let faults = sink.parts.lock().await.directory.disk.faults.clone();
    faults.add(Call::Write, 1, ErrorKind::StorageFull);
    faults.add(Call::Rename, 0, ErrorKind::StorageFull);
    write(&mut sink, 0, &[0]).await;
    write(&mut sink, 1, &[1]).await;
    assert!(faults.are_met());
    drop(sink);
    opened(dir.path()).await;
    assert_eq!(list(dir.path()), [file("part-0000000000.jsonl", "0\n1\n")]);
}

#[tokio::test]
async fn another_error_of_a_write_leaves_nothing_and_is_not_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let (mut sink, faults) = faulty(dir.path(), 1 << 20).await;
    write(&mut sink, 0, &[0]).await;
    faults.add(Call::Write, 1, ErrorKind::Other);
    let error = prepare(&mut sink, 1, &[1234]).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot write `"), "{error}");
    sink.abort(&id(1)).await;
    assert_eq!(list(dir.path()), [file(&hidden(0), "0\n")]);
    write(&mut sink, 1, &[1]).await;
    assert_eq!(list(dir.path()), [file(&hidden(0), "0\n1\n")]);
}

#[tokio::test]
async fn a_sink_that_could_not_make_something_durable_writes_no_more() {
    // The directory with the first file, the first batch, the second batch, the directory with the visible file.
    for nth in 0..4 {
        let dir = tempfile::tempdir().unwrap();
        let (mut sink, faults) = faulty(dir.path(), 4).await;
        faults.add(Call::Sync, nth, ErrorKind::Other);
        let mut failed = None;
        let mut receipt = None;
        for batch in 0..2 {
            let prepared = prepare(&mut sink, batch, &[batch]).await;
            if prepared.is_err() && failed.is_none() {
                sink.abort(&id(batch)).await;
                failed = Some((batch, prepared));
                continue;
            }
            if let Some((_, Err(first))) = &failed {
                let again = prepared.unwrap_err().to_string();
                assert!(again.starts_with(&format!("{first}: it is not known what")), "{again}");
                continue;
            }
            receipt = sink.receipt();
            if let Err(error) = sink.commit(&id(batch)).await {
                assert!(error.to_string().starts_with("cannot make durable `"), "{error}");
                sink.commit(&id(batch)).await.unwrap_err();
                failed = Some((batch + 1, Err(error)));
            }
        }
        let (next, _) = failed.expect("it has failed");
        sink.close().await;
        drop(sink);
        // A new process has what was decided, and goes on.
        let (mut sink, _) = kept(dir.path()).await;
        if next > 0 {
            sink.resume(&id(next - 1), receipt.as_deref()).await.unwrap();
        }
        for batch in next..2 {
            write(&mut sink, batch, &[batch]).await;
        }
        sink.close().await;
        assert_eq!(list(dir.path()), [file("part-0000000000.jsonl", "0\n1\n")], "{nth}");
    }
}
