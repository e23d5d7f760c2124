//! The door through which HTTP requests reach plugins, for hosts with any HTTP server.
//!
//! A host has one [`Door`]. Each instance gets its [`Routes`] there; whenever the instance names its routes
//! (`http.routes`), the host hands them over with [`Routes::replace`]. For each request that is none of its own the host
//! calls [`Door::serve`] and writes what comes back. The door keeps the bounds, reads a body only when the plugin asks
//! for it, and always has an answer. It asks for no credentials and adds none: callers prove themselves to the plugin.

mod answer;
mod body;
mod door;
mod exchange;
mod handler;
mod problem;
mod table;

pub use body::{BodySource, Broken};
pub use door::{Door, Limits, Routes};
pub use handler::HttpHandler;
pub use problem::{RefusedRoute, RouteProblem};
