//! rust-analyzer, spoken to over its stdin and stdout.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// The server was still reading a change: it wants to be asked again.
const CHANGED: i64 = -32801;

/// A server with one open file.
pub(crate) struct Editor {
    server: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    uri: String,
    text: String,
    version: u32,
    asked: u64,
    ready: bool,
}

impl Editor {
    /// Starts the server in the folder of a package, and waits until it has read it.
    pub(crate) fn open(package: &Path, text: &str) -> Self {
        let mut server = Command::new("rust-analyzer")
            .current_dir(package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("rust-analyzer: `rustup component add rust-analyzer rust-src`");
        let (input, output) = (
            server.stdin.take().expect("stdin"),
            BufReader::new(server.stdout.take().expect("stdout")),
        );
        let root = format!("file://{}", package.display());
        let mut editor = Self {
            server,
            input,
            output,
            uri: format!("{root}/src/main.rs"),
            text: String::new(),
            version: 0,
            asked: 0,
            ready: false,
        };
        editor.ask(
            "initialize",
            &json!({
                "processId": null,
                "rootUri": root,
                "capabilities": { "experimental": { "serverStatusNotification": true } },
                "initializationOptions": { "checkOnSave": false, "cachePriming": { "enable": false } },
            }),
        );
        editor.tell("initialized", &json!({}));
        editor.write(text);
        while !editor.ready {
            editor.read();
        }
        editor
    }

    /// Puts a text into the file.
    pub(crate) fn write(&mut self, text: &str) {
        self.version += 1;
        text.clone_into(&mut self.text);
        let (uri, version) = (self.uri.clone(), self.version);
        if version == 1 {
            let document = json!({ "uri": uri, "languageId": "rust", "version": 1, "text": text });
            self.tell("textDocument/didOpen", &json!({ "textDocument": document }));
        } else {
            let document = json!({ "uri": uri, "version": version });
            let change = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
            self.tell("textDocument/didChange", &change);
        }
    }

    /// The errors, each with its line.
    pub(crate) fn errors(&mut self) -> Vec<(u64, String)> {
        let document = json!({ "textDocument": { "uri": self.uri.clone() } });
        let report = self.ask("textDocument/diagnostic", &document);
        let items = report["items"].as_array().expect("diagnostics").iter();
        let errors = items.filter(|item| item["severity"] == 1).map(|item| {
            let line = item["range"]["start"]["line"].as_u64().expect("a line");
            (line, item["message"].as_str().unwrap_or_default().to_owned())
        });
        errors.collect()
    }

    /// What is offered at a place, by name.
    pub(crate) fn completions(&mut self, at: usize) -> Vec<String> {
        let answer = self.at("textDocument/completion", at, &json!({}));
        let items = answer["items"].as_array().or(answer.as_array()).cloned();
        let label = |item: &Value| {
            let label = item["label"].as_str().unwrap_or_default();
            let end = label.find(|ch: char| !ch.is_alphanumeric() && ch != '_');
            label[..end.unwrap_or(label.len())].to_owned()
        };
        let mut names: Vec<String> = items.unwrap_or_default().iter().map(label).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Asks about a place.
    pub(crate) fn at(&mut self, method: &str, at: usize, more: &Value) -> Value {
        let before = &self.text[..at];
        let line = before.matches('\n').count();
        let character = at - before.rfind('\n').map_or(0, |newline| newline + 1);
        let mut params = json!({
            "textDocument": { "uri": self.uri.clone() },
            "position": { "line": line, "character": character },
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            params[name] = value.clone();
        }
        self.ask(method, &params)
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        loop {
            self.asked += 1;
            let id = self.asked;
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
            let answer = loop {
                let message = self.read();
                if message["id"] == id && message.get("method").is_none() {
                    break message;
                }
            };
            if answer["error"]["code"] != CHANGED {
                return answer["result"].clone();
            }
        }
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn send(&mut self, message: &Value) {
        let message = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{message}", message.len()).expect("a server that reads");
        self.input.flush().expect("a server that reads");
    }

    /// The next message; questions of the server's are answered with nothing.
    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("a server that answers");
            assert!(read > 0, "rust-analyzer has ended");
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a length"),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).expect("a whole message");
        let message: Value = serde_json::from_slice(&body).expect("JSON");
        if message.get("method").is_some() && message.get("id").is_some() {
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
        }
        if message["method"] == "experimental/serverStatus" {
            self.ready |= message["params"]["quiescent"] == true;
        }
        message
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
