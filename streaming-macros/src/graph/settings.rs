//! `settings(…)`, name by name.

use proc_macro2::Ident;

use super::{Graph, PipelineName, Quantity, Settings, Trigger, lower, quantity};
use crate::diag::{Diagnostic, Diagnostics, catalogue, suggest};
use crate::syntax::tree::{Arg, SettingsCall, Value};

/// All settings, for "did you mean".
pub(crate) const NAMES: [&str; 14] = [
    "batch_interval",
    "brokers",
    "checkpoint",
    "guarantee",
    "key_partitions",
    "max_batch_bytes",
    "max_batch_rows",
    "max_in_flight_bytes",
    "name",
    "on_panic",
    "stop_timeout",
    "task_tries",
    "threads",
    "trigger",
];

const GUARANTEES: [&str; 2] = ["at_least_once", "exactly_once"];
const ON_PANIC: [&str; 3] = ["fail", "skip", "dead_letter"];
const TRIGGERS: [&str; 3] = ["interval", "asap", "available_now"];

/// Two answers to one question.
const RIVALS: [(&str, &str); 2] = [("batch_interval", "trigger"), ("trigger", "batch_interval")];

/// Reads one call into the graph; several calls add up.
pub(super) fn read(call: &SettingsCall, graph: &mut Graph, diagnostics: &mut Diagnostics) {
    for Arg { name, value } in &call.args {
        let Some(name) = name else {
            if !value.broken {
                diagnostics.push(catalogue::not_named(value.span, "settings"));
            }
            continue;
        };
        let text = name.to_string();
        let rival = RIVALS.iter().find(|(one, other)| *one == text && given(graph, other));
        if given(graph, &text) {
            diagnostics.push(catalogue::given_twice(name, "setting", &text));
        } else if let Some((_, other)) = rival {
            diagnostics.push(catalogue::exclusive(name, other, &text));
        } else if let (false, Err(diagnostic)) = (value.broken, set(graph, name, value)) {
            diagnostics.push(diagnostic);
        }
    }
}

fn given(graph: &Graph, name: &str) -> bool {
    let settings = &graph.settings;
    match name {
        "batch_interval" => settings.batch_interval.is_some(),
        "brokers" => settings.brokers.is_some(),
        "checkpoint" => settings.checkpoint.is_some(),
        "guarantee" => settings.guarantee.is_some(),
        "key_partitions" => settings.key_partitions.is_some(),
        "max_batch_bytes" => settings.max_batch_bytes.is_some(),
        "max_batch_rows" => settings.max_batch_rows.is_some(),
        "max_in_flight_bytes" => settings.max_in_flight_bytes.is_some(),
        "name" => matches!(graph.name, PipelineName::Setting(_) | PipelineName::Expr(..)),
        "on_panic" => settings.on_panic.is_some(),
        "stop_timeout" => settings.stop_timeout.is_some(),
        "task_tries" => settings.task_tries.is_some(),
        "threads" => settings.threads.is_some(),
        "trigger" => settings.trigger.is_some(),
        _ => false,
    }
}

fn set(graph: &mut Graph, name: &Ident, value: &Value) -> Result<(), Diagnostic> {
    let settings: &mut Settings = &mut graph.settings;
    let text = name.to_string();
    match text.as_str() {
        "batch_interval" => settings.batch_interval = Some(quantity::duration(value, false)?),
        "brokers" => settings.brokers = Some(value.tokens.clone()),
        "checkpoint" => settings.checkpoint = Some(value.tokens.clone()),
        "guarantee" => settings.guarantee = Some(one_of(value, "guarantee", &GUARANTEES)?),
        "key_partitions" => settings.key_partitions = Some(power_of_two(value)?),
        "max_batch_bytes" => settings.max_batch_bytes = Some(quantity::bytes(value)?),
        "max_batch_rows" => settings.max_batch_rows = Some(quantity::whole(value)?),
        "max_in_flight_bytes" => settings.max_in_flight_bytes = Some(quantity::bytes(value)?),
        "name" => {
            graph.name = match (
                value.text(),
                value.literal().or_else(|| value.number().map(|_| String::new())),
            ) {
                (Some(literal), _) => PipelineName::Setting(literal),
                (None, Some(_)) => return Err(catalogue::wrong_argument(value.span, "a text", "name = \"orders\"")),
                (None, None) => {
                    let otherwise = match &graph.name {
                        PipelineName::Item(name) => name.to_string(),
                        _ => "pipeline".to_owned(),
                    };
                    PipelineName::Expr(value.tokens.clone(), otherwise)
                }
            };
        }
        "on_panic" => settings.on_panic = Some(one_of(value, "on_panic", &ON_PANIC)?),
        "stop_timeout" => settings.stop_timeout = Some(quantity::duration(value, true)?),
        "task_tries" => settings.task_tries = Some(quantity::whole(value)?),
        "threads" => settings.threads = Some(quantity::whole(value)?),
        "trigger" => settings.trigger = Some(trigger(value)?),
        _ => {
            let meant = suggest::nearest(&text, NAMES);
            return Err(catalogue::unknown(name, "setting", &text, meant, &NAMES));
        }
    }
    Ok(())
}

/// One of these words.
fn one_of(value: &Value, what: &str, known: &[&str]) -> Result<Ident, Diagnostic> {
    match value.word() {
        Some(word) if known.iter().any(|known| word == known) => Ok(word),
        word => Err(unknown_word(value, word, what, known)),
    }
}

fn trigger(value: &Value) -> Result<Trigger, Diagnostic> {
    if let Some((word, tokens)) = value.word_call()
        && word == "interval"
    {
        let interval = lower::one_argument(&word, tokens)?;
        return Ok(Trigger::Interval(word, quantity::duration(&interval, false)?));
    }
    if let Some(number) = value.number() {
        let meant = format!("interval({}{})", number.digits, number.suffix);
        let text = value.tokens.to_string();
        return Err(catalogue::unknown_value(
            value.span,
            "trigger",
            &text,
            Some(&meant),
            &[],
        ));
    }
    match value.word() {
        Some(word) if word == "asap" => Ok(Trigger::Asap(word)),
        Some(word) if word == "available_now" => Ok(Trigger::AvailableNow(word)),
        word => Err(unknown_word(value, word, "trigger", &TRIGGERS)),
    }
}

fn unknown_word(value: &Value, word: Option<Ident>, what: &str, known: &[&str]) -> Diagnostic {
    let text = word.map_or_else(|| value.tokens.to_string(), |word| word.to_string());
    catalogue::unknown_value(
        value.span,
        what,
        &text,
        suggest::nearest(&text, known.iter().copied()),
        known,
    )
}

fn power_of_two(value: &Value) -> Result<Quantity<u64>, Diagnostic> {
    let quantity = quantity::whole(value)?;
    match quantity {
        Quantity::Literal(number, _) if !number.is_power_of_two() => {
            let near = number.checked_next_power_of_two().unwrap_or(1 << 63);
            Err(catalogue::not_a_power_of_two(value.span, number, near))
        }
        quantity => Ok(quantity),
    }
}
