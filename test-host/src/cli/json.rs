//! JSON as an argument.

/// JSON, or the file that holds it behind an `@`.
pub(super) fn value(text: &str) -> Result<serde_json::Value, String> {
    let read;
    let json = match text.strip_prefix('@') {
        Some(path) => {
            read = std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
            &read
        }
        None => text,
    };
    serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))
}
