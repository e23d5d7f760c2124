//! Files: upload, download, what the server knows about them.

use std::io;

use futures_util::Stream;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::{Form, Part};

use super::body::content_type;

use super::{Client, Method, Route};
use crate::error::{Error, ErrorKind, RequestLine};
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

/// A file that is being downloaded.
#[derive(Debug)]
pub struct FileStream {
    response: reqwest::Response,
    client: Client,
    request: RequestLine,
    limit: u64,
    received: u64,
}

impl FileStream {
    /// As the server says, with parameters, like `text/plain; charset=utf-8`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        content_type(self.response.headers())
    }

    /// The next part of the file; `None` at its end.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] as soon as more than the limit has come; a broken connection.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let server = self.client.server().as_str();
        let chunk = self.response.chunk().await;
        let chunk = chunk.map_err(|error| Error::network(error, server).at(&self.request))?;
        self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if self.received > self.limit {
            return Err(Error::new(ErrorKind::TooLarge { limit: self.limit }).at(&self.request));
        }
        Ok(chunk.map(|chunk| chunk.to_vec()))
    }
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
        self.upload(channel_id, name, mime, Part::bytes(bytes)).await
    }

    /// The same for a file of `size` bytes that is read while it is sent: it is never in memory as a whole.
    ///
    /// # Errors
    ///
    /// As [`Client::upload_file`]; a network error when reading fails or ends at another size.
    pub async fn upload_stream(
        &self,
        channel_id: &str,
        name: &str,
        mime: &str,
        size: u64,
        chunks: impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static,
    ) -> Result<FileInfo, Error> {
        let body = reqwest::Body::wrap_stream(chunks);
        self.upload(channel_id, name, mime, Part::stream_with_length(body, size)).await
    }

    async fn upload(&self, channel_id: &str, name: &str, mime: &str, part: Part) -> Result<FileInfo, Error> {
        let part = part
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

    /// Begins to download a file of at most `limit` bytes, to be taken part by part: it is never in memory as a whole.
    /// Ends with an error after the options' time limit for transfers. `GET /files/{id}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] when more is announced; 403 or 404 for a file that the account may not see.
    pub async fn open_file(&self, id: &str, limit: u64) -> Result<FileStream, Error> {
        let route = Route::new(Method::Get, "files").segment("file id", id)?.transfer();
        let request = route.request_line();
        let response = self.send(route).await?;
        if response.content_length().is_some_and(|length| length > limit) {
            return Err(Error::new(ErrorKind::TooLarge { limit }).at(&request));
        }
        Ok(FileStream { response, client: self.clone(), request, limit, received: 0 })
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
