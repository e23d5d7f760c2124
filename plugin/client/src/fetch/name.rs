//! What a fetched file is called.

use percent_encoding::percent_decode_str;

/// The name in a `Content-Disposition` header, the encoded form first.
pub(super) fn disposition(header: &str) -> Option<String> {
    let mut plain = None;
    for part in parts(header) {
        let Some((key, value)) = part.split_once('=') else { continue };
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let encoded = value.trim_matches('"').splitn(3, '\'').nth(2).unwrap_or_default();
                if let Some(name) = last(&percent_decode_str(encoded).decode_utf8_lossy()) {
                    return Some(name);
                }
            }
            "filename" => {
                let inner = value.strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
                let text = inner.map_or_else(|| value.to_owned(), |inner| inner.replace("\\\"", "\""));
                plain = last(&percent_decode_str(&text).decode_utf8_lossy());
            }
            _ => {}
        }
    }
    plain
}

/// The parts of a header between semicolons that are not within quotes.
fn parts(header: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, c) in header.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            ';' if !quoted => {
                parts.extend(header.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    parts.extend(header.get(start..));
    parts
}

/// The last part of a URL's path.
pub(super) fn of_path(path: &str) -> Option<String> {
    last(&percent_decode_str(path.rsplit('/').next()?).decode_utf8_lossy())
}

/// The last part of something like a path; `None` when nothing is left.
fn last(text: &str) -> Option<String> {
    let part = text.rsplit(['/', '\\']).next()?;
    let name: String = part.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim().trim_matches('.').to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{disposition, of_path};

    #[test]
    fn a_name_is_taken_from_the_header_or_the_path() {
        for (header, name) in [
            ("attachment; filename=\"a b.pdf\"", Some("a b.pdf")),
            ("attachment;filename=report.csv", Some("report.csv")),
            ("attachment; filename=\"x\"; filename*=UTF-8''%C3%A4.txt", Some("ä.txt")),
            ("inline; filename=\"a;b.txt\"", Some("a;b.txt")),
            ("attachment; filename=\"../../etc/passwd\"", Some("passwd")),
            ("attachment; filename=\"..\"", None),
            ("inline", None),
        ] {
            assert_eq!(disposition(header).as_deref(), name, "{header}");
        }
        assert_eq!(of_path("/a/b%20c.png").as_deref(), Some("b c.png"));
        assert_eq!(of_path("/a/"), None);
        assert_eq!(of_path("/a/%2e%2e%2fpasswd").as_deref(), Some("passwd"));
    }
}
