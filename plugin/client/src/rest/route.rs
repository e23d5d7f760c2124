//! A call before it is sent: method, path, query, body.

use std::fmt::{self, Display};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;

use crate::error::{Error, RequestLine};

/// Everything but what RFC 3986 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How often a proxy on the way may decode a path before the server sees it, generously.
const DECODINGS: usize = 4;

/// A call of the REST API. [`Client`](crate::Client) has a method for each call that this crate knows; a route
/// is for the others.
///
/// ```
/// use mattermost_client::{Method, Route};
///
/// # fn main() -> Result<(), mattermost_client::Error> {
/// let route = Route::new(Method::Get, "users").segment("user", "me")?.literal("preferences");
/// assert_eq!(route.path(), "/users/me/preferences");
/// assert!(Route::new(Method::Get, "users").segment("user", "../posts").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Route {
    method: Method,
    path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Body,
    pub(super) timeout: Option<Duration>,
    pub(super) transfer: bool,
    /// It is none of the API's, and carries no token.
    pub(super) outside: bool,
}

/// An HTTP method that the API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Make, or do.
    Post,
    /// Change.
    Put,
    /// Remove.
    Delete,
}

/// What a call carries.
pub(super) enum Body {
    Empty,
    Json(Vec<u8>),
    Multipart(reqwest::multipart::Form),
}

impl Route {
    /// A route to `/api/v4/<first>`. `first` is taken as it is: name it in code, never from input.
    #[must_use]
    pub fn new(method: Method, first: &'static str) -> Self {
        let path = format!("/{first}");
        Self {
            method,
            path,
            query: Vec::new(),
            body: Body::Empty,
            timeout: None,
            transfer: false,
            outside: false,
        }
    }

    /// A route to `/<first>` of the server, beside its API; the token does not go along.
    #[must_use]
    pub fn outside(method: Method, first: &'static str) -> Self {
        Self { outside: true, ..Self::new(method, first) }
    }

    /// Appends a fixed part, taken as it is.
    #[must_use]
    pub fn literal(mut self, part: &'static str) -> Self {
        self.path.push('/');
        self.path.push_str(part);
        self
    }

    /// Appends a part that comes from outside, percent-encoded. `what` names it in the error.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) when it is empty or could climb out of
    /// its place in the path, however often it is decoded on the way.
    pub fn segment(mut self, what: &str, value: &str) -> Result<Self, Error> {
        check_segment(what, value)?;
        self.path.push('/');
        self.path.extend(utf8_percent_encode(value, SEGMENT));
        Ok(self)
    }

    /// Appends a query parameter; it is encoded when sent.
    #[must_use]
    pub fn query(mut self, key: &'static str, value: impl Display) -> Self {
        self.query.push((key, value.to_string()));
        self
    }

    /// Sets the body, sent as JSON.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) when `body` has no JSON form.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self, Error> {
        let bytes = serde_json::to_vec(body)
            .map_err(|error| Error::invalid_argument(format!("the body has no JSON form: {error}")))?;
        self.body = Body::Json(bytes);
        Ok(self)
    }

    /// The longest this call may take, instead of the client's own limit. It includes reading the answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The path behind `/api/v4`, encoded, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// With a multipart body, under the time limit for transfers.
    pub(super) fn multipart(mut self, form: reqwest::multipart::Form) -> Self {
        self.body = Body::Multipart(form);
        self.transfer()
    }

    /// Under the time limit for transfers.
    pub(super) fn transfer(mut self) -> Self {
        self.transfer = true;
        self
    }

    pub(super) fn request_line(&self) -> RequestLine {
        RequestLine { method: self.method.as_str(), path: self.path.clone() }
    }
}

impl Method {
    /// In capitals, as HTTP writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

impl From<Method> for reqwest::Method {
    fn from(method: Method) -> Self {
        match method {
            Method::Get => Self::GET,
            Method::Post => Self::POST,
            Method::Put => Self::PUT,
            Method::Delete => Self::DELETE,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Multipart(_) => f.write_str("Multipart"),
        }
    }
}

fn check_segment(what: &str, value: &str) -> Result<(), Error> {
    let mut text = value.to_owned();
    for _ in 0..DECODINGS {
        if text.trim().is_empty() {
            return Err(Error::invalid_argument(format!("the {what} is empty")));
        }
        // A backslash is a slash to many servers and to the URL standard.
        if text.split(['/', '\\']).any(|part| part == "." || part == "..") {
            return Err(Error::invalid_argument(format!("the {what} holds `.` or `..` as a path segment")));
        }
        let decoded = percent_decode_str(&text)
            .decode_utf8()
            .map_err(|_| Error::invalid_argument(format!("the {what} is not UTF-8 when percent-decoded")))?
            .into_owned();
        if decoded == text {
            return Ok(());
        }
        text = decoded;
    }
    Err(Error::invalid_argument(format!("the {what} is percent-encoded too many times")))
}
