use super::*;

#[tokio::test]
async fn batches_are_appended_until_the_file_is_large_enough() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("not/there/yet");
    let mut sink = files(&out).jsonl().roll_size(60);
    sink.open(&Run::new("p")).await.unwrap();

    let staged = vec![stage(&sink, &[A]), Vec::new(), stage(&sink, &[B])];
    sink.prepare(&id(0), staged).await.unwrap();
    let first = "{\"word\":\"a\\\"b\\n\",\"n\":1}\n{\"word\":\"\",\"n\":null}\n";
    assert_eq!(list(&out), [file(".part-0000000000.jsonl.len-0", first)]);
    sink.commit(&id(0)).await.unwrap();
    assert_eq!(list(&out), [file(".part-0000000000.jsonl.len-45", first)]);

    // A batch without output changes nothing; a batch that was given up leaves nothing.
    sink.prepare(&id(1), vec![Vec::new()]).await.unwrap();
    sink.commit(&id(1)).await.unwrap();
    prepare(&mut sink, 2, &[2]).await.unwrap();
    sink.abort(&id(2)).await;
    assert_eq!(list(&out), [file(".part-0000000000.jsonl.len-45", first)]);

    let staged = vec![stage(&sink, &[B])];
    sink.prepare(&id(3), staged).await.unwrap();
    sink.commit(&id(3)).await.unwrap();
    let whole = file(
        "part-0000000000.jsonl",
        &format!("{first}{{\"word\":\"\",\"n\":null}}\n"),
    );
    assert_eq!(list(&out), std::slice::from_ref(&whole));

    prepare(&mut sink, 4, &[4]).await.unwrap();
    sink.abort(&id(4)).await;
    assert_eq!(list(&out), std::slice::from_ref(&whole));
    write(&mut sink, 5, &[5]).await;
    sink.close().await;
    assert_eq!(list(&out), [whole, file("part-0000000005.jsonl", "5\n")]);
}

#[tokio::test(start_paused = true)]
async fn a_file_becomes_visible_when_it_is_old_enough() {
    let dir = tempfile::tempdir().unwrap();
    let (mut sink, clock) = kept(dir.path()).await;
    write(&mut sink, 0, &[0]).await;
    clock.advance(Duration::from_secs(59));
    write(&mut sink, 1, &[1]).await;
    assert_eq!(list(dir.path()), [file(&hidden(0), "0\n1\n")]);
    clock.advance(Duration::from_secs(1));
    write(&mut sink, 2, &[2]).await;
    assert_eq!(list(dir.path()), [file("part-0000000000.jsonl", "0\n1\n2\n")]);

    // Though no batch comes any more.
    write(&mut sink, 3, &[3]).await;
    clock.advance(Duration::from_mins(1));
    while list(dir.path())[0].0 == hidden(3) {
        sleep(Duration::from_secs(1)).await;
    }
    let visible = [
        file("part-0000000000.jsonl", "0\n1\n2\n"),
        file("part-0000000003.jsonl", "3\n"),
    ];
    assert_eq!(list(dir.path()), visible);
    // With a batch on its way, its commit does that.
    write(&mut sink, 4, &[4]).await;
    prepare(&mut sink, 5, &[5]).await.unwrap();
    clock.advance(Duration::from_mins(1));
    sleep(Duration::from_mins(10)).await;
    assert_eq!(list(dir.path())[0], file(&hidden(4), "4\n5\n"));
    sink.commit(&id(5)).await.unwrap();
    assert_eq!(list(dir.path())[2], file("part-0000000004.jsonl", "4\n5\n"));
}

#[tokio::test]
async fn a_later_run_goes_on_behind_the_earlier_one() {
    let dir = tempfile::tempdir().unwrap();
    let made = |name: &str, content| fs::write(dir.path().join(name), content).unwrap();
    made("part-0000000041.jsonl", "1\n");
    made(".part-0000000042.jsonl.len-2", "2\ntorn");
    made(".part-0000000043.jsonl.len-0", "torn");
    made(".part-0000000044.jsonl.tmp-0a0b0c0d", "another checkpoint's");
    made(".part-0000000045.csv.len-2", "another format's");
    let mut sink = opened(dir.path()).await;
    write(&mut sink, 0, &[3]).await;
    sink.close().await;
    let expect = [
        file(".part-0000000044.jsonl.tmp-0a0b0c0d", "another checkpoint's"),
        file(".part-0000000045.csv.len-2", "another format's"),
        file("part-0000000041.jsonl", "1\n"),
        file("part-0000000042.jsonl", "2\n"),
        file("part-0000000045.jsonl", "3\n"),
    ];
    assert_eq!(list(dir.path()), expect);
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let mut sink = opened(dir.path()).await;
    prepare(&mut sink, 0, &[1]).await.unwrap();
    let path = dir.path().join("part-0000000000.jsonl");
    fs::write(&path, "mine\n").unwrap();
    sink.commit(&id(0)).await.unwrap();
    sink.close().await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine\n");

    fs::remove_file(dir.path().join(".part-0000000000.jsonl.len-2")).unwrap();
    let mut sink = opened(dir.path()).await;
    write(&mut sink, 0, &[1]).await;
    fs::write(dir.path().join("part-0000000002.jsonl"), "mine\n").unwrap();
    sink.parts.lock().await.roll.size = 0;
    sink.commit(&id(0)).await.unwrap();
    let error = prepare(&mut sink, 1, &[1]).await.unwrap_err().to_string();
    let path = dir.path().join("part-0000000002.jsonl");
    let expect = "is there already, made by another sink: give each sink a directory of its own";
    assert_eq!(error, format!("`{}` {expect}", path.display()));
}

#[tokio::test]
async fn a_directory_belongs_to_one_sink() {
    let dir = tempfile::tempdir().unwrap();
    let mut one = opened(dir.path()).await;
    let error = files(dir.path()).csv().open(&Run::new("q")).await.unwrap_err();
    assert!(error.is_retryable(), "the other one may end");
    let at = dir.path().display();
    assert_eq!(
        error.to_string(),
        format!(
            "another `files` sink is writing into `{at}`: give each sink a directory of its own, and run this pipeline once"
        )
    );
    one.close().await;
    files(dir.path()).csv().open(&Run::new("q")).await.unwrap();
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("file/out");
    fs::write(dir.path().join("file"), "").unwrap();
    let error = files(&out).jsonl().open(&Run::new("p")).await.unwrap_err();
    assert!(!error.is_retryable());
    let at = out.display();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot make the directory `{at}`: Not a directory (os error 20): a file is in the way, write to another directory"
        )
    );
}
