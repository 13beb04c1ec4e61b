use super::*;

fn free(text: &str) -> Vec<String> {
    let names = Names::of(&text.parse().unwrap());
    names.free().map(|used| used.ident.to_string()).collect()
}

fn how(text: &str) -> Vec<(String, How)> {
    let names = Names::of(&text.parse().unwrap());
    names.free().map(|used| (used.ident.to_string(), used.how)).collect()
}

#[test]
fn finds_what_comes_from_outside() {
    assert_eq!(free("|order| order.amount > limit"), ["limit"]);
    assert_eq!(free("|(a, b)| { let c = a; c + b + d }"), ["d"]);
    assert_eq!(free("Row { user, n: n.len() }"), ["user", "n"]);
    assert_eq!(free("std::f64::consts::PI + x.y"), ["x"]);
    assert_eq!(
        free("|x| -> bool { if let Some(y) = x { y > z } else { y } }"),
        ["z", "y"]
    );
    assert!(free("1 +").is_empty());
}

#[test]
fn scopes_are_those_of_rust() {
    assert_eq!(free("|n| { let limit = limit * 2; n > limit }"), ["limit"]);
    assert_eq!(free("|n| { { let limit = 1; } n > limit }"), ["limit"]);
    assert!(free("|n| { let limit = 2; n > limit }").is_empty());
    assert_eq!(
        free("|n| match n { limit if limit > x => limit, _ => limit }"),
        ["x", "limit"]
    );
    assert_eq!(
        free("|n| n.iter().any(|word| word == other) && word"),
        ["other", "word"]
    );
    assert_eq!(free("|n| { for i in from..n { sum(i); } i }"), ["from", "sum", "i"]);
    assert!(free("|n| { fn twice(n: u64) -> u64 { limit * n } twice(n) }").is_empty());
    assert_eq!(free("|n| { while let Some(x) = next() { x; } x }"), ["next", "x"]);
}

#[test]
fn looks_into_macros() {
    assert_eq!(free("println!(\"{}\", lines.len());"), ["lines"]);
    assert_eq!(
        free("move |x| format!(\"{prefix}{x:?} {{no}} {}\", x.suffix)"),
        ["prefix"]
    );
    assert_eq!(free("|x| format!(r#\"{a}\"#)"), ["a"]);
    assert_eq!(free("|x| format!(r\"{x:>width$} {b:.1$}\", x, p)"), ["width", "b", "p"]);
    assert_eq!(free("|x| println!(\"{a} {b}\", b = c)"), ["a", "c"]);
    assert!(free("|x| println!(\"{}\", \"{no}\")").is_empty());
    assert!(free("|x| x.contains(\"{no}\")").is_empty());
    assert_eq!(free("|x| write!(out, \"{a}\")"), ["out", "a"]);
    assert_eq!(free("|x| assert!(x > y, \"{z}\")"), ["y", "z"]);
    assert_eq!(free("|x| matches!(x, Some(n) if *n > limit)"), ["limit"]);
    assert_eq!(free("|x| vec![x.map(|y| y + z); count]"), ["z", "count"]);
    assert_eq!(
        free("|x| json!({ \"k\": prefix, \"n\": x.field.len(), \"m\": helper(x) as u64 })"),
        ["prefix", "helper"]
    );
}

#[test]
fn tells_variables_from_what_may_be_a_function() {
    let uses = |list: &[(&str, How)]| -> Vec<(String, How)> {
        list.iter().map(|(name, how)| ((*name).to_owned(), *how)).collect()
    };
    assert_eq!(
        how("|x| { list.push(x); list.len() }"),
        uses(&[("list", How::Altered), ("list", How::Looked)])
    );
    assert_eq!(
        how("|x| f(a, &b, c.d, e > 1, g[0])"),
        uses(&[
            ("f", How::Called),
            ("a", How::Value),
            ("b", How::Looked),
            ("c", How::Looked),
            ("e", How::Looked),
            ("g", How::Looked)
        ])
    );
    assert_eq!(
        how("|x| { seen += 1; last = x; list[0].n = 2; *counter -= 1; *lock(a) += 1 }"),
        uses(&[
            ("seen", How::Changed),
            ("last", How::Changed),
            ("list", How::Changed),
            ("counter", How::Changed),
            ("lock", How::Called),
            ("a", How::Value)
        ])
    );
}

#[test]
fn tells_variables_from_items() {
    let names = Names::of(
        &"let a = 1; fn helper() {} static SEEN: u64 = 0; let (b, c) = d;"
            .parse()
            .unwrap(),
    );
    let mut declared: Vec<&str> = names.declared().collect();
    declared.sort_unstable();
    assert_eq!(declared, ["a", "b", "c"]);
    let mut items: Vec<&str> = names.items().collect();
    items.sort_unstable();
    assert_eq!(items, ["SEEN", "helper"]);
}
