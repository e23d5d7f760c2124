//! The switches over HTTP: `/_sim/faults` takes one JSON document a fault.
//!
//! `GET` shows what is on as a list of the documents that switch it on, `POST` switches one and `DELETE` all of them
//! off; each answers with that list. Faults do not touch these calls: their connection leaves the reach of faults with
//! the first of them, and each is closed after its answer, so that nothing else profits. The same goes for the settings,
//! which are beside them.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header::CONNECTION},
    middleware::{self, Next},
    response::{IntoResponse, Json, Response},
    routing::get,
};
use serde_json::json;

use super::{Line, document::Fault, settings};
use crate::api::{App, Server};

/// The routes of the admin API.
pub(crate) fn routes(server: Server) -> Router {
    Router::new()
        .route("/_sim/faults", get(show).post(switch).delete(clear))
        .route("/_sim/settings", get(settings::show).post(settings::change))
        .layer(middleware::from_fn_with_state(server.clone(), around))
        .with_state(server)
}

async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if let Some(line) = request.extensions().get::<Arc<Line>>() {
        app.faults.lines().exempt(line);
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn show(State(app): State<Arc<App>>) -> Response {
    Json(app.faults.active()).into_response()
}

async fn switch(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let applied = match serde_json::from_slice::<Fault>(&body) {
        Ok(fault) => fault.apply(&app).await,
        Err(error) => Err(error.to_string()),
    };
    match applied {
        Ok(()) => Json(app.faults.active()).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response(),
    }
}

async fn clear(State(app): State<Arc<App>>) -> Response {
    app.faults.clear();
    Json(app.faults.active()).into_response()
}
