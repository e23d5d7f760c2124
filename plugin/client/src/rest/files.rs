//! Files: upload, download, what the server knows about them.

use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::{Form, Part};

use super::{Client, Method, Route};
use crate::error::Error;
use crate::model::{FileInfo, FileUpload};

/// A downloaded file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Download {
    /// The content.
    pub bytes: Vec<u8>,
    /// As the server says, with parameters, like `text/plain; charset=utf-8`.
    pub content_type: Option<String>,
}

impl Client {
    /// Uploads a file to a channel. The post that is to show it names its id in
    /// [`NewPost::file_ids`](crate::NewPost::file_ids); a file can be attached to one post only.
    /// Control characters in `name` become `_`.
    /// `POST /files`.
    ///
    /// # Errors
    ///
    /// 403 when the account does not belong to the channel, 413 for a file larger than the server allows,
    /// [`ErrorKind::InvalidArgument`](crate::ErrorKind::InvalidArgument) for a malformed `mime`.
    pub async fn upload_file(
        &self,
        channel_id: &str,
        name: &str,
        mime: &str,
        bytes: Vec<u8>,
    ) -> Result<FileInfo, Error> {
        let part = Part::bytes(bytes)
            // The multipart encoder would let a line break through into the part's headers.
            .file_name(name.replace(char::is_control, "_"))
            .mime_str(mime)
            .map_err(|_| Error::invalid_argument(format!("`{mime}` is not a MIME type")))?;
        let form = Form::new().text("channel_id", channel_id.to_owned()).part("files", part);
        let route = Route::new(Method::Post, "files").multipart(form);
        let request = route.request_line();
        let response = self.send(route).await?;
        let status = response.status();
        let upload: FileUpload = self.read_json(response, &request).await?;
        match upload.file_infos.into_iter().next() {
            Some(info) if !info.id.is_empty() => Ok(info),
            _ => Err(self.unreadable(status, "it names no file").at(&request)),
        }
    }

    /// Downloads a file of at most `limit` bytes. `GET /files/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) as soon as more than `limit` bytes are announced or
    /// received; 403 or 404 for a file that the account may not see.
    pub async fn download_file(&self, id: &str, limit: u64) -> Result<Download, Error> {
        let route = Route::new(Method::Get, "files").segment("file id", id)?.transfer();
        let request = route.request_line();
        let mut response = self.send(route).await?;
        let content_type = response.headers().get(CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let bytes = self.read_body(&mut response, limit, &request).await?;
        Ok(Download { bytes, content_type })
    }

    /// Name, size and type of a file. `GET /files/{id}/info`.
    ///
    /// # Errors
    ///
    /// 403 or 404 for a file that the account may not see.
    pub async fn file_info(&self, id: &str) -> Result<FileInfo, Error> {
        self.json(Route::new(Method::Get, "files").segment("file id", id)?.literal("info")).await
    }
}
