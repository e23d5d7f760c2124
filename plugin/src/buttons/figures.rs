//! Tables and charts of a presentation, as Markdown.

use super::author::scalar;
use serde_json::{Map, Value};

/// A table under its caption.
pub(super) fn table(block: &Map<String, Value>) -> String {
    let headers: Vec<String> = list(block, "headers").iter().map(cell).collect();
    let rows = list(block, "rows").iter().map(|row| row.as_array().into_iter().flatten().map(cell).collect());
    captioned(block, "caption", &grid(headers, rows))
}

/// The figures of a chart: a list of its segments, or a table with a row for each series.
pub(super) fn chart(block: &Map<String, Value>) -> String {
    let title = block.get("title").and_then(scalar).unwrap_or_default();
    let segments = list(block, "segments").iter().filter_map(|segment| {
        Some(format!("\n- {}: {}", scalar(segment.get("label")?)?, scalar(segment.get("value")?)?))
    });
    let segments: String = segments.collect();
    if !segments.is_empty() {
        return format!("{title}{segments}");
    }
    let headers = std::iter::once(String::new()).chain(list(block, "categories").iter().map(cell)).collect();
    let rows = list(block, "series").iter().map(|series| {
        let values = series.get("values").and_then(Value::as_array).into_iter().flatten();
        series.get("name").map(cell).into_iter().chain(values.map(cell)).collect()
    });
    captioned(block, "title", &grid(headers, rows))
}

fn list<'a>(block: &'a Map<String, Value>, key: &str) -> &'a [Value] {
    block.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn captioned(block: &Map<String, Value>, key: &str, grid: &str) -> String {
    match block.get(key).and_then(scalar) {
        Some(caption) if grid.is_empty() => caption,
        Some(caption) => format!("{caption}\n\n{grid}"),
        None => grid.to_owned(),
    }
}

/// A table in Markdown; nothing without a header.
fn grid(headers: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    if headers.iter().all(String::is_empty) {
        return String::new();
    }
    let rule = vec!["---".to_owned(); headers.len()];
    let lines = [headers, rule].into_iter().chain(rows);
    let written: Vec<String> = lines.map(|cells| format!("| {} |", cells.join(" | "))).collect();
    written.join("\n").replace("|  |", "| |")
}

/// A cell stays in its place whatever it says.
fn cell(value: &Value) -> String {
    let text = scalar(value).unwrap_or_default();
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.trim().replace('|', "\\|")
}
