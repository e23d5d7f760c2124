//! Query strings, whose malformed numbers count as absent.

use std::{collections::HashMap, convert::Infallible};

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};

use crate::ids::Id;

/// The most things on a page.
const MAX_PER_PAGE: usize = 200;
/// How many there are when the query does not say.
const PER_PAGE: usize = 60;

/// The parameters of a query string.
#[derive(Debug, Default)]
pub(super) struct Params(HashMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Query::try_from_uri(&parts.uri).map(|Query(query)| query).unwrap_or_default()))
    }
}

impl Params {
    /// A parameter's text, empty when there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A parameter that is an id.
    pub(super) fn id(&self, name: &str) -> Option<Id> {
        Id::parse(self.text(name))
    }

    /// A parameter that is a number.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    /// The number of the page.
    pub(super) fn page(&self) -> usize {
        self.number("page").unwrap_or(0)
    }

    /// The size of a page, cut in silence.
    pub(super) fn per_page(&self) -> usize {
        self.number("per_page").unwrap_or(PER_PAGE).min(MAX_PER_PAGE)
    }

    /// The part of a list that the page shows.
    pub(super) fn slice<T>(&self, list: Vec<T>) -> Vec<T> {
        list.into_iter().skip(self.page().saturating_mul(self.per_page())).take(self.per_page()).collect()
    }
}
