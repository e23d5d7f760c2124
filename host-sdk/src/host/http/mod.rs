//! The door through which HTTP requests reach plugins, for hosts with any HTTP server.
//!
//! A host has one [`Door`]. Each instance gets its [`Routes`] there; whenever the instance names its routes
//! (`http.routes`), the host hands them over with [`Routes::replace`]. For each request that is none of its own the host
//! calls [`Door::serve`] and writes what comes back. The door keeps the bounds, reads a body only when the plugin asks
//! for it, and always has an answer. It asks for no credentials and adds none: callers prove themselves to the plugin.
//!
//! ```no_run
//! use host_sdk::host::http::{Door, Limits};
//! use host_sdk::host::{Events, Instance};
//! use host_sdk::protocol::{Event, HttpRequest, HttpResponse};
//!
//! async fn listen(door: Door, instance: Instance, mut events: Events) {
//!     let routes = door.routes("mattermost", instance);
//!     while let Some(event) = events.next().await {
//!         if let Event::HttpRoutes(named) = event {
//!             for refused in routes.replace(named) {
//!                 eprintln!("{refused}");
//!             }
//!         }
//!     }
//! }
//!
//! /// Called by the HTTP server, which may have read the body already.
//! async fn request(door: &Door, head: HttpRequest, body: Vec<u8>) -> HttpResponse {
//!     door.serve(head, body).await
//! }
//!
//! let door: Door = Door::new(Limits::default(), &["/healthz"]);
//! ```

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
