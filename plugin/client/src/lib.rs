//! A client for Mattermost: REST with typed errors, and the event stream over a WebSocket that reconnects and
//! resumes by itself.
//!
//! [`Client`] makes REST calls. [`connection::spawn`] keeps a WebSocket open and hands out what happens on the
//! server as [`connection::ConnectionEvent`]s.

pub mod connection;
pub mod error;
pub mod event;
pub mod fetch;
pub mod model;
pub mod rest;

mod network;
mod server_url;
mod shown;
mod tls;
mod token;

pub use self::error::{Error, ErrorKind, NetworkErrorKind};
pub use self::event::{Frame, ServerEvent};
pub use self::network::{NetworkPolicy, RefusedAddress};
pub use self::rest::{
    Client, Command, CommandSpec, Download, FileStream, Method, NewPost, Options, PostPatch, PostsQuery,
};
pub use self::rest::{Route, ThreadDirection, ThreadQuery};
pub use self::server_url::{ServerUrl, ServerUrlError};
pub use self::tls::{RootCertificates, TlsError};
pub use self::token::{Token, TokenError};
