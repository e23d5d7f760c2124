//! What the remote server says to the host's HTTP server, and what a plugin answers.
//!
//! The plugin names its routes ([`HttpRoutes`]), the host listens. A request comes in two steps: first its head, then,
//! if the plugin asks for it ([`HttpAnswer::ReadBody`]), the head again with its body. So everything that can be refused
//! without a body is refused before one is read. A host that has read the body already gives all of it at once.

use serde::{Deserialize, Serialize};

/// The routes that a plugin wants served now. They replace those that it named before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HttpRoutes {
    /// All of them.
    #[serde(default)]
    pub routes: Vec<HttpRoute>,
}

/// A path that a plugin wants served. Requests of every method are handed over: the plugin refuses those that it does
/// not serve. The host asks for no credentials of its own there: callers prove themselves to the plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HttpRoute {
    /// The exact path, without a query: `/mattermost/interactions/default`.
    pub path: String,
    /// What arrives there.
    pub purpose: RoutePurpose,
    /// The accounts that it is for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_ids: Vec<String>,
    /// Longer bodies are not read, in bytes.
    pub max_body_bytes: u64,
    /// How long a body may take, in milliseconds.
    pub body_timeout_ms: u64,
    /// Requests that the host should have open there at once; further ones are answered by 429 by the host itself. At
    /// least one.
    pub max_in_flight: u32,
    /// Where the remote server is told to call it, as far as the plugin knows; a reverse proxy may stand between. For the
    /// host's log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub public_urls: Vec<String>,
}

/// What arrives at a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RoutePurpose {
    /// Clicks on buttons.
    Interactions,
    /// Slash commands.
    Commands,
    /// Something of a newer plugin.
    #[default]
    #[serde(other)]
    Other,
}

/// A request that arrived at one of the routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpRequest {
    /// `POST`, `GET`, ...
    pub method: String,
    /// The path, as it came, without the query.
    pub path: String,
    /// What stands behind the question mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// All headers, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<HttpHeader>,
    /// The address of the other end of the connection, without a port. Missing: not known, and then nobody is trusted
    /// for his address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The body as text. Missing in the first step, and when `body_problem` says why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Why the body could not be had, in the second step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_problem: Option<BodyProblem>,
    /// The ticket of the first step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
}

/// One header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpHeader {
    /// Its name; case does not matter.
    pub name: String,
    /// Its value, each byte as one character (ISO 8859-1), so that nothing is lost of values that are not ASCII.
    pub value: String,
}

/// Why a body could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum BodyProblem {
    /// It is longer than allowed.
    TooLarge,
    /// It did not come in time.
    Timeout,
    /// It is not UTF-8.
    NotText,
    /// The connection broke.
    Broken,
}

/// What a plugin answers to a request: the result of `http.request`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum HttpAnswer {
    /// This is the response.
    #[serde(rename = "respond")]
    Respond(HttpResponse),
    /// Read the body and hand the request over again with it.
    #[serde(rename = "read_body")]
    ReadBody(ReadBody),
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The headers; the host adds the length.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<HttpHeader>,
    /// The body.
    #[serde(default)]
    pub body: String,
    /// Close the connection afterwards: a rest of the request may still be on its way.
    #[serde(default)]
    pub close: bool,
}

/// How much of a body is read, and how long.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReadBody {
    /// Bytes.
    pub max_bytes: u64,
    /// Milliseconds.
    pub timeout_ms: u64,
    /// To be handed over with the body; it holds the request's place among those that are open.
    pub ticket: String,
}

impl HttpRequest {
    /// The first header of this name; case does not matter.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| header.value.as_str())
    }
}
