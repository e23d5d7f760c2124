//! Changing a JSON5 text so that it says something else, with its comments and its order kept.

use super::spans::{self, Kind, Member, Node};
use serde_json::{Map, Value};

/// The text, changed so that it says `new`; missing when that cannot be done by small changes.
pub fn apply(text: &str, new: &Value) -> Option<String> {
    // First what goes, then what comes: the two may stand at the same place.
    let text = pass(text, new, &removals)?;
    let text = pass(&text, new, &additions)?;
    let says: Value = json5::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text)).ok()?;
    (says == *new).then_some(text)
}

/// A part of the text, and what stands there instead.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

type Pass = dyn Fn(&Context<'_>, &[Member], &Map<String, Value>, &mut Vec<Edit>);

struct Context<'a> {
    text: &'a str,
    /// Keys are written without quotes.
    bare: bool,
}

fn pass(text: &str, new: &Value, change: &Pass) -> Option<String> {
    let root = spans::scan(text)?;
    let context = Context { text, bare: any_bare(&root) };
    let mut edits = Vec::new();
    walk(&context, &root, new, change, &mut edits);
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.start, edit.end)));
    let mut changed = text.to_owned();
    for edit in edits {
        changed.get(edit.start..edit.end)?;
        changed.replace_range(edit.start..edit.end, &edit.text);
    }
    Some(changed)
}

fn walk(context: &Context<'_>, node: &Node, new: &Value, change: &Pass, edits: &mut Vec<Edit>) {
    let (Kind::Object(members), Value::Object(wanted)) = (&node.kind, new) else { return };
    if members.is_empty() && !wanted.is_empty() {
        return edits.push(context.filled(node, new));
    }
    for member in members {
        if let Some(value) = wanted.get(&member.key) {
            walk(context, &member.value, value, change, edits);
        }
    }
    change(context, members, wanted, edits);
}

/// Members that are not wanted any more go with their line.
fn removals(context: &Context<'_>, members: &[Member], wanted: &Map<String, Value>, edits: &mut Vec<Edit>) {
    let gone = |member: &Member| !wanted.contains_key(&member.key);
    let mut kept_end = None;
    let mut index = 0;
    while let Some(first) = members.get(index) {
        if !gone(first) {
            kept_end = Some(first.value.end);
            index += 1;
            continue;
        }
        let run = members.get(index..).unwrap_or_default().iter().take_while(|member| gone(member)).count();
        let last = members.get(index + run - 1).unwrap_or(first);
        index += run;
        let edit = match (last.comma, kept_end) {
            (Some(comma), _) => context.line_of(first.at, comma + 1),
            // Nothing follows, so the comma before goes as well.
            (None, Some(end)) => Edit { start: end, end: last.value.end, text: String::new() },
            (None, None) => context.line_of(first.at, last.value.end),
        };
        edits.push(edit);
    }
}

/// Other values in the place of the old ones, new members behind the last.
fn additions(context: &Context<'_>, members: &[Member], wanted: &Map<String, Value>, edits: &mut Vec<Edit>) {
    for member in members {
        let Some(value) = wanted.get(&member.key) else { continue };
        let both_objects = matches!(member.value.kind, Kind::Object(_)) && value.is_object();
        if both_objects || context.says(&member.value) == Some(value.clone()) {
            continue;
        }
        let text = context.render(value, context.indent_of(member.at));
        edits.push(Edit { start: member.value.start, end: member.value.end, text });
    }
    let Some(last) = members.last() else { return };
    let new: Vec<(&String, &Value)> =
        wanted.iter().filter(|(key, _)| !members.iter().any(|member| member.key == **key)).collect();
    if new.is_empty() {
        return;
    }
    let indent = context.indent_of(last.at);
    let each =
        new.iter().map(|(key, value)| format!("{}: {}", context.key(key), context.render(value, indent)));
    let Some(indent) = indent else {
        let text = each.collect::<Vec<_>>().join(", ");
        let (at, text) = match last.comma {
            Some(comma) => (comma + 1, format!(" {text},")),
            None => (last.value.end, format!(", {text}")),
        };
        return edits.push(Edit { start: at, end: at, text });
    };
    let mut lines = each.collect::<Vec<_>>().join(&format!(",\n{indent}"));
    if last.comma.is_some() {
        lines.push(',');
    }
    let after = last.comma.map_or(last.value.end, |comma| comma + 1);
    let at = context.end_of_comment(after);
    let comma = if last.comma.is_some() { "" } else { "," };
    if at == after {
        edits.push(Edit { start: at, end: at, text: format!("{comma}\n{indent}{lines}") });
    } else {
        edits.push(Edit { start: after, end: after, text: comma.to_owned() });
        edits.push(Edit { start: at, end: at, text: format!("\n{indent}{lines}") });
    }
}

fn any_bare(node: &Node) -> bool {
    let Kind::Object(members) = &node.kind else { return false };
    members.iter().any(|member| !member.quoted || any_bare(&member.value))
}

impl Context<'_> {
    fn says(&self, node: &Node) -> Option<Value> {
        json5::from_str(self.text.get(node.start..node.end)?).ok()
    }

    /// The blanks before a key that begins its line; missing when something else begins it.
    fn indent_of(&self, at: usize) -> Option<&str> {
        let line = self.text.get(..at)?.rsplit('\n').next()?;
        line.chars().all(char::is_whitespace).then_some(line)
    }

    /// An object that had nothing in it.
    fn filled(&self, node: &Node, new: &Value) -> Edit {
        let line =
            self.text.get(..node.start).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        let blanks = line.len() - line.trim_start().len();
        let indent = line.get(..blanks);
        let inside = self.text.get(node.start + 1..node.end.saturating_sub(1)).unwrap_or_default();
        let text = self.render(new, indent);
        if inside.trim().is_empty() {
            return Edit { start: node.start, end: node.end, text };
        }
        // A comment stands in it.
        let text =
            text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or_default().to_owned();
        let text = text.trim_end().to_owned() + ",";
        Edit { start: node.start + 1, end: node.start + 1, text }
    }

    /// A part of the text, with its line when nothing else stands on it.
    fn line_of(&self, start: usize, end: usize) -> Edit {
        let whole = self.indent_of(start).and_then(|indent| {
            let rest = self.text.get(end..)?;
            let (line, _) = rest.split_once('\n')?;
            line.trim().is_empty().then(|| (start - indent.len(), end + line.len() + 1))
        });
        let (start, end) = whole.unwrap_or((start, end));
        Edit { start, end, text: String::new() }
    }

    /// The end of the line when only a comment stands on the rest of it, else the same place.
    fn end_of_comment(&self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default().trim_end();
        if line.trim_start().starts_with("//") { at + line.len() } else { at }
    }

    fn key(&self, key: &str) -> String {
        let word = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
        if self.bare && word { key.to_owned() } else { Value::from(key).to_string() }
    }

    /// A value whose lines begin with this indent; on one line without one.
    fn render(&self, value: &Value, indent: Option<&str>) -> String {
        match (value, indent) {
            (Value::Object(entries), Some(indent)) if !entries.is_empty() => {
                let inner = format!("{indent}  ");
                let comma = if self.bare { "," } else { "" };
                let lines: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| {
                        format!("{inner}{}: {}", self.key(key), self.render(value, Some(&inner)))
                    })
                    .collect();
                format!("{{\n{}{comma}\n{indent}}}", lines.join(",\n"))
            }
            (Value::Object(entries), None) if !entries.is_empty() => {
                let each = entries
                    .iter()
                    .map(|(key, value)| format!("{}: {}", self.key(key), self.render(value, None)));
                format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
            }
            _ => value.to_string(),
        }
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
