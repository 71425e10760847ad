//! What a file is: by its own first bytes, not by what its sender or a provider says.

use super::Kind;

/// What each kind may be. Anything that a browser or a computer would run is in no list.
const IMAGES: &[&str] = &["image/jpeg", "image/png", "image/webp", "image/gif", "image/heif"];
const SOUNDS: &[&str] = &[
    "audio/ogg",
    "audio/opus",
    "audio/mpeg",
    "audio/m4a",
    "audio/aac",
    "audio/amr",
    "audio/x-wav",
    "audio/x-flac",
    // Sound alone in the container of films.
    "video/mp4",
    "video/webm",
];
const FILMS: &[&str] = &["video/mp4", "video/quicktime", "video/webm", "video/x-m4v"];
const STICKERS: &[&str] = &["image/webp"];
const DOCUMENTS: &[&str] = &[
    "application/pdf",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/rtf",
];
/// Documents are containers of other formats, which their first bytes may not tell apart.
const CONTAINERS: &[(&str, &str)] = &[
    ("application/zip", "application/vnd.openxmlformats-officedocument."),
    ("application/zip", "application/vnd.oasis.opendocument."),
    ("application/x-ole-storage", "application/msword"),
    ("application/x-ole-storage", "application/vnd.ms-"),
    ("application/msword", "application/vnd.ms-"),
];
/// Plain words have no first bytes of their own.
const WORDS: &[&str] = &["text/plain", "text/csv"];

/// Why a file is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing is in it.
    #[error("the file is empty")]
    Empty,
    /// Its content is of a kind that is not taken.
    #[error("the content is {0}, which is not taken as this kind of message")]
    Kind(String),
    /// Its content is nothing that is known.
    #[error("the content is of no known kind")]
    Unknown,
}

/// The media type under which a file is kept. `declared` is what the provider says.
///
/// # Errors
/// [`Refused`], in words for staff.
pub fn check(kind: Kind, declared: Option<&str>, content: &[u8]) -> Result<String, Refused> {
    if content.is_empty() {
        return Err(Refused::Empty);
    }
    let declared =
        declared.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some(found) = infer::get(content).map(|found| found.mime_type()) else {
        let words = kind == Kind::Document && WORDS.contains(&declared.as_str()) && is_text(content);
        return if words { Ok(declared) } else { Err(Refused::Unknown) };
    };
    let allowed = allowed(kind);
    if allowed.contains(&found) {
        return Ok(served_as(kind, found).to_owned());
    }
    let contained = kind == Kind::Document
        && DOCUMENTS.contains(&declared.as_str())
        && CONTAINERS.iter().any(|(outer, inner)| *outer == found && declared.starts_with(inner));
    if contained { Ok(declared) } else { Err(Refused::Kind(found.to_owned())) }
}

fn allowed(kind: Kind) -> Vec<&'static str> {
    match kind {
        Kind::Image => IMAGES.to_vec(),
        Kind::Voice | Kind::Audio => SOUNDS.to_vec(),
        Kind::Video => FILMS.to_vec(),
        Kind::Sticker => STICKERS.to_vec(),
        // Pictures, films and sounds are sent as files, too, to keep their quality.
        Kind::Document => [DOCUMENTS, IMAGES, FILMS, SOUNDS].concat(),
    }
}

/// Names that other programs know better.
fn served_as(kind: Kind, found: &'static str) -> &'static str {
    match (kind, found) {
        (_, "audio/opus") => "audio/ogg",
        (_, "audio/m4a") | (Kind::Voice | Kind::Audio, "video/mp4") => "audio/mp4",
        (Kind::Voice | Kind::Audio, "video/webm") => "audio/webm",
        (_, found) => found,
    }
}

/// Text that a reader can read, and no page or script in disguise.
fn is_text(content: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(content) else { return false };
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    !text.contains('\0') && !begin.starts_with('<') && !begin.starts_with("#!")
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
    const PDF: &[u8] = b"%PDF-1.7\n";
    const OGG: &[u8] = b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead\x01\x01";
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.txt";

    #[test]
    fn the_content_decides_what_a_file_is() {
        assert_eq!(check(Kind::Image, Some("image/png"), JPEG), Ok("image/jpeg".to_owned()));
        assert_eq!(check(Kind::Voice, Some("audio/ogg; codecs=opus"), OGG), Ok("audio/ogg".to_owned()));
        assert_eq!(check(Kind::Document, None, PDF), Ok("application/pdf".to_owned()));
        assert_eq!(check(Kind::Document, Some("image/jpeg"), JPEG), Ok("image/jpeg".to_owned()));
        assert_eq!(check(Kind::Document, Some("text/csv"), b"a;b\n1;2\n"), Ok("text/csv".to_owned()));
    }

    #[test]
    fn what_does_not_belong_is_refused() {
        let refused = |kind, declared, content| check(kind, Some(declared), content).unwrap_err();
        assert_eq!(refused(Kind::Image, "image/jpeg", PDF), Refused::Kind("application/pdf".to_owned()));
        let program = refused(Kind::Image, "image/jpeg", b"MZ\x90\0 not a picture");
        assert!(program.to_string().contains("not taken"), "{program}");
        assert_eq!(refused(Kind::Image, "image/svg+xml", b"<svg onload='x()'/>"), Refused::Unknown);
        assert!(check(Kind::Document, Some("text/plain"), b"#!/bin/sh\nrm").is_err());
        assert!(check(Kind::Document, Some("text/plain"), b"<html><script>").is_err());
        assert!(check(Kind::Document, Some("text/plain"), b"a\0b").is_err());
        assert!(check(Kind::Document, Some("application/zip"), ZIP).is_err());
        assert_eq!(refused(Kind::Voice, "audio/ogg", b""), Refused::Empty);
    }

    #[test]
    fn documents_in_containers_go_by_what_they_are_said_to_be() {
        let docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        assert_eq!(check(Kind::Document, Some(docx), ZIP), Ok(docx.to_owned()));
        assert!(check(Kind::Image, Some(docx), ZIP).is_err());
    }
}
