//! Uploading and downloading files.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;

use super::{
    App,
    caller::{Caller, id_param},
    query::Params,
    reply::{created, found},
};
use crate::{
    errors::ApiError,
    ids::Id,
    state::{File, NewFile},
    views::file_view,
};

/// The largest upload.
pub(super) const MAX_FILE: usize = 100 * 1024 * 1024;

const NO_FILE: ApiError = ApiError::missing("api.file.get_file_info.app_error", "Failed to get file info.");
const NO_INFO: ApiError = ApiError::missing("app.file_info.get.app_error", "Unable to get the file info.");

/// What an upload carries.
#[derive(Debug, Default)]
struct Upload {
    channel_id: String,
    client_ids: Vec<String>,
    files: Vec<NewFile>,
}

/// `POST /files`
pub(super) async fn upload(
    State(app): State<Arc<App>>,
    caller: Caller,
    params: Params,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, ApiError> {
    let upload = if content_type(&headers).starts_with("multipart/") {
        read_form(request).await?
    } else {
        read_raw(&params, &headers, request).await?
    };
    let mut world = app.world();
    let channel_id = Id::parse(&upload.channel_id).ok_or_else(|| ApiError::body("channel_id"))?;
    world.writable_channel(caller.user_id, channel_id)?;
    if !upload.client_ids.is_empty() && upload.client_ids.len() != upload.files.len() {
        return Err(ApiError::body("client_ids"));
    }
    let ids: Vec<Id> =
        upload.files.into_iter().map(|file| world.add_file(caller.user_id, channel_id, file)).collect();
    let infos: Vec<_> = world.files_of(&ids).map(|file| file_view(file, world.version)).collect();
    Ok(created(&json!({ "file_infos": infos, "client_ids": upload.client_ids })))
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn read_form(request: Request) -> Result<Upload, ApiError> {
    const UNREADABLE: ApiError =
        ApiError::bad("api.file.upload_file.read_request.app_error", "Unable to read the request.");
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| UNREADABLE)?;
    let mut upload = Upload::default();
    // Files that come after their channel are taken as they come, and each needs its client id before it.
    let mut is_streamed = false;
    let mut has_client_ids = true;
    while let Some(field) = form.next_field().await.map_err(|_| UNREADABLE)? {
        match field.name().unwrap_or_default() {
            "channel_id" => upload.channel_id = field.text().await.map_err(|_| UNREADABLE)?,
            "client_ids" => {
                if !has_client_ids {
                    return Err(ApiError::body("client_ids"));
                }
                upload.client_ids.push(field.text().await.map_err(|_| UNREADABLE)?);
            }
            "files" => {
                if upload.files.is_empty() {
                    is_streamed = !upload.channel_id.is_empty();
                    has_client_ids = !is_streamed || !upload.client_ids.is_empty();
                }
                if is_streamed && has_client_ids && upload.files.len() >= upload.client_ids.len() {
                    return Err(ApiError::body("client_ids"));
                }
                let name = field.file_name().unwrap_or_default().to_owned();
                let mime_type = field.content_type().map(str::to_owned);
                let content = field.bytes().await.map_err(|_| too_large())?;
                upload.files.push(NewFile { name, mime_type, content });
            }
            _ => {}
        }
    }
    Ok(upload)
}

async fn read_raw(params: &Params, headers: &HeaderMap, request: Request) -> Result<Upload, ApiError> {
    let name = params.text("filename").to_owned();
    if name.is_empty() {
        return Err(ApiError::url("filename"));
    }
    let mime_type = Some(content_type(headers).to_owned()).filter(|kind| !kind.is_empty());
    let content = Bytes::from_request(request, &()).await.map_err(|_| too_large())?;
    let client_ids = Some(params.text("client_id").to_owned()).filter(|id| !id.is_empty());
    Ok(Upload {
        channel_id: params.text("channel_id").to_owned(),
        client_ids: client_ids.into_iter().collect(),
        files: vec![NewFile { name, mime_type, content }],
    })
}

fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "api.file.upload_file.too_large_detailed.app_error",
        "Unable to upload file. File is too large.",
    )
}

/// `GET /files/{file_id}`
pub(super) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(file): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&file, "file_id")?;
    let world = app.world();
    Ok(content(world.readable_file(caller.user_id, id, NO_FILE)?))
}

/// `GET /files/{file_id}/info`
pub(super) async fn info(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(file): Path<String>,
) -> Result<Response, ApiError> {
    let id = id_param(&file, "file_id")?;
    let world = app.world();
    Ok(found(&file_view(world.readable_file(caller.user_id, id, NO_INFO)?, world.version)))
}

fn content(file: &File) -> Response {
    // What a browser would run must not be shown in the page.
    let inline = ["image/", "video/", "audio/"].iter().any(|kind| file.mime_type.starts_with(kind))
        && file.mime_type != "image/svg+xml";
    let encoded = percent_encoded(&file.name);
    let disposition = format!(
        "{};filename=\"{encoded}\"; filename*=UTF-8''{encoded}",
        if inline { "inline" } else { "attachment" },
    );
    let mut response = Body::from(file.content.clone()).into_response();
    let headers = response.headers_mut();
    for (name, value) in
        [(header::CONTENT_TYPE, &file.mime_type), (header::CONTENT_DISPOSITION, &disposition)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}

fn percent_encoded(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
