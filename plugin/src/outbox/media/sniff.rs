//! What a file is, by its first bytes and its name.

/// First bytes that are looked at.
pub(super) const HEAD: usize = 16;

/// By the first bytes.
fn magic(head: &[u8]) -> Option<&'static str> {
    let at = |from: usize, bytes: &[u8]| head.get(from..from + bytes.len()) == Some(bytes);
    Some(match () {
        () if at(0, b"\x89PNG\r\n\x1a\n") => "image/png",
        () if at(0, b"\xff\xd8\xff") => "image/jpeg",
        () if at(0, b"GIF87a") || at(0, b"GIF89a") => "image/gif",
        () if at(0, b"RIFF") && at(8, b"WEBP") => "image/webp",
        () if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        () if at(0, b"RIFF") && at(8, b"AVI ") => "video/x-msvideo",
        () if at(4, b"ftypM4A") => "audio/mp4",
        () if at(4, b"ftypqt") => "video/quicktime",
        () if at(4, b"ftyphei") || at(4, b"ftypmif1") => "image/heic",
        () if at(4, b"ftypavif") => "image/avif",
        () if at(4, b"ftyp") => "video/mp4",
        () if at(0, b"\x1aE\xdf\xa3") => "video/webm",
        () if at(0, b"ID3") || at(0, b"\xff\xfb") || at(0, b"\xff\xf3") => "audio/mpeg",
        () if at(0, b"OggS") => "audio/ogg",
        () if at(0, b"fLaC") => "audio/flac",
        () if at(0, b"%PDF-") => "application/pdf",
        _ => return None,
    })
}

/// The type of a file: what its bytes show, else what its name says, else what its server said.
///
/// The bytes show only some kinds; an archive is what its name says, because documents are archives too.
pub(super) fn mime(head: &[u8], name: &str, told: Option<&str>) -> String {
    let by_name = || mime_guess::from_path(name).first().map(|mime| mime.essence_str().to_owned());
    let told = || told.filter(|mime| *mime != "application/octet-stream").map(str::to_owned);
    let shown = magic(head).map(|shown| match by_name() {
        // Matroska and Ogg hold sound as well as pictures: the name knows.
        Some(name) if matches!(shown, "video/webm" | "audio/ogg" | "video/mp4") && is_media(&name) => name,
        _ => shown.to_owned(),
    });
    shown.or_else(by_name).or_else(told).unwrap_or_else(|| "application/octet-stream".to_owned())
}

fn is_media(mime: &str) -> bool {
    mime.starts_with("audio/") || mime.starts_with("video/")
}

/// The usual end of a name for a type, without the dot.
pub(super) fn extension(mime: &str) -> Option<&'static str> {
    Some(match mime {
        "image/jpeg" => "jpg",
        "text/plain" => "txt",
        "text/html" => "html",
        "audio/mpeg" => "mp3",
        "video/mp4" => "mp4",
        "audio/ogg" => "ogg",
        "video/quicktime" => "mov",
        "application/octet-stream" => return None,
        other => mime_guess::get_mime_extensions_str(other)?.first()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{extension, mime};

    #[test]
    fn bytes_go_before_the_name_and_the_name_before_the_servers_word() {
        for (head, name, told, expected) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "a.txt", Some("text/plain"), "image/png"),
            (
                b"PK\x03\x04",
                "a.docx",
                None,
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            (b"OggS", "a.ogv", None, "video/ogg"),
            (b"hello", "a.csv", Some("text/html"), "text/csv"),
            (b"hello", "a", Some("text/html"), "text/html"),
            (b"", "a", Some("application/octet-stream"), "application/octet-stream"),
        ] {
            assert_eq!(mime(head, name, told), expected, "{name}");
        }
        assert_eq!((extension("image/jpeg"), extension("image/png")), (Some("jpg"), Some("png")));
    }
}
