//! The server itself: ping, configuration, licence.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use axum::{extract::State, response::Response};
use serde_json::json;

use super::{App, reply::found};
use crate::options::Version;

type Settings = BTreeMap<String, String>;

/// The settings of a server as it is installed, for clients.
static MODERN: LazyLock<Settings> =
    LazyLock::new(|| serde_json::from_str(include_str!("client_config_11_6.json")).unwrap_or_default());
static OLD: LazyLock<Settings> =
    LazyLock::new(|| serde_json::from_str(include_str!("client_config_5_16.json")).unwrap_or_default());

/// `GET /system/ping`
pub(super) async fn ping(State(app): State<Arc<App>>) -> Response {
    found(&if app.version().is_modern() {
        json!({
            "ActiveSearchBackend": "database",
            "AndroidLatestVersion": "",
            "AndroidMinVersion": "",
            "IosLatestVersion": "",
            "IosMinVersion": "",
            "status": "OK",
        })
    } else {
        json!({
            "AndroidLatestVersion": "",
            "AndroidMinVersion": "",
            "DesktopLatestVersion": "",
            "DesktopMinVersion": "",
            "IosLatestVersion": "",
            "IosMinVersion": "",
            "status": "OK",
        })
    })
}

/// `GET /config/client`
pub(super) async fn client_config(State(app): State<Arc<App>>) -> Response {
    let version = app.version();
    let mut settings = match version {
        Version::V11_6 => MODERN.clone(),
        Version::V5_16 => OLD.clone(),
    };
    settings.insert("Version".to_owned(), version.number().to_owned());
    settings.insert("MaxPostSize".to_owned(), app.options.max_post_size.to_string());
    settings.insert("SiteURL".to_owned(), app.url());
    found(&settings)
}

/// `GET /license/client`
pub(super) async fn client_license() -> Response {
    found(&json!({ "IsLicensed": "false" }))
}
