//! The door's own answers, and what a plugin's answer must be to go out.

use crate::protocol::{Error, ErrorCode, HttpHeader, HttpResponse};

/// Headers that belong to the connection. The host's HTTP server writes them; a plugin's would break its framing.
const OF_THE_CONNECTION: [&str; 7] =
    ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// Nobody serves this path.
pub(super) fn not_found() -> HttpResponse {
    json(404, "Not Found")
}

/// As many requests as allowed are open.
pub(super) fn too_many() -> HttpResponse {
    let body = "Too Many Requests".to_owned();
    HttpResponse { status: 429, headers: vec![kind("text/plain; charset=utf-8")], body, close: true }
}

/// The plugin does not answer.
pub(super) fn late() -> HttpResponse {
    HttpResponse { close: true, ..json(504, "Gateway Timeout") }
}

/// The plugin's answer is none.
pub(super) fn bad() -> HttpResponse {
    HttpResponse { close: true, ..json(502, "Bad Gateway") }
}

/// Nobody is there who could answer.
pub(super) fn unavailable() -> HttpResponse {
    HttpResponse { close: true, ..json(503, "Service Unavailable") }
}

/// What a plugin's error becomes. It is not shown: callers are strangers.
pub(super) fn failed(error: &Error) -> HttpResponse {
    match error.code {
        ErrorCode::Closed | ErrorCode::Cancelled => unavailable(),
        ErrorCode::Busy => {
            let mut busy = unavailable();
            busy.headers.push(header("Retry-After", "1"));
            busy
        }
        _ => bad(),
    }
}

/// A plugin's response as it may go out; `None` when its status is none of a final answer.
pub(super) fn checked(mut response: HttpResponse) -> Option<HttpResponse> {
    let sendable = |header: &HttpHeader| {
        let name = header.name.as_str();
        is_token(name)
            && !OF_THE_CONNECTION.iter().any(|own| own.eq_ignore_ascii_case(name))
            && header.value.chars().all(|c| c == '\t' || matches!(c, ' '..='~' | '\u{80}'..='\u{ff}'))
    };
    response.headers.retain(sendable);
    (200..=599).contains(&response.status).then_some(response)
}

/// A header's name has these characters only (RFC 9110, 5.6.2).
fn is_token(name: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(token)
}

fn json(status: u16, error: &str) -> HttpResponse {
    let body = serde_json::json!({ "error": error }).to_string();
    HttpResponse { status, headers: vec![kind("application/json")], body, close: false }
}

fn kind(value: &str) -> HttpHeader {
    header("Content-Type", value)
}

fn header(name: &str, value: &str) -> HttpHeader {
    HttpHeader { name: name.to_owned(), value: value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(headers: &[(&str, &str)]) -> Vec<String> {
        let headers = headers.iter().map(|(name, value)| header(name, value)).collect();
        let response = checked(HttpResponse { status: 200, headers, ..HttpResponse::default() }).unwrap();
        response.headers.into_iter().map(|header| header.name).collect()
    }

    #[test]
    fn headers_that_would_break_the_framing_or_the_head_do_not_go_out() {
        let framing = [("Content-Length", "1"), ("TRANSFER-ENCODING", "chunked"), ("Connection", "x")];
        assert!(with(&framing).is_empty());
        assert!(
            with(&[
                ("A b", "1"),
                ("", "1"),
                ("A:", "1"),
                ("X", "a\r\nSet-Cookie: b"),
                ("Y", "\0"),
                ("Z", "\u{100}")
            ])
            .is_empty()
        );
        assert_eq!(with(&[("Allow", "POST"), ("X-Ü", "1"), ("X", "ü\t")]), ["Allow", "X"]);
    }

    #[test]
    fn only_the_status_of_a_final_answer_goes_out() {
        let status = |status| checked(HttpResponse { status, ..HttpResponse::default() }).is_some();
        assert!(status(200) && status(599));
        assert!(!status(0) && !status(101) && !status(199) && !status(600));
    }
}
