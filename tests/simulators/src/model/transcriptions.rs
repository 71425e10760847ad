//! `POST /v1/audio/transcriptions`: hears what simulated recordings say.

use std::time::Instant;

use serde_json::json;

use super::Mind;
use super::fault::{self, ModelFault, Moment};
use super::journal::Exchange;
use crate::http::{Reply, Request};
use crate::whatsapp::SPOKEN;

/// Answers one request and notes the exchange.
pub(super) async fn answer(mind: &Mind, request: &Request) -> Reply {
    let started = Instant::now();
    let faults = mind.faults.all(|fault| fault.moment() == Moment::Before);
    let reply = reply(mind, request, &faults).await;
    mind.journal.note(Exchange {
        what: "transcription",
        request: json!({"bytes": request.body().len()}),
        answer: serde_json::from_slice(reply.body()).unwrap_or_default(),
        status: reply.status_seen(),
        faults: Vec::new(),
        took_us: u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX),
    });
    reply
}

async fn reply(mind: &Mind, request: &Request, faults: &[ModelFault]) -> Reply {
    for fault in faults {
        if let ModelFault::Latency { delay } = fault {
            delay.wait().await;
        }
    }
    if let Some(instead) = faults.iter().find_map(ModelFault::instead) {
        return instead;
    }
    if mind.api_key.is_some() && request.bearer() != mind.api_key.as_deref() {
        return fault::unauthorized();
    }
    let kind = request.header("content-type").unwrap_or_default();
    let Some((_, boundary)) =
        kind.split_once("boundary=").filter(|_| kind.starts_with("multipart/form-data"))
    else {
        return fault::error(
            400,
            "the body is no multipart form",
            "invalid_request_error",
            "invalid_request",
        );
    };
    let parts = parts(request.body(), boundary.trim_matches('"'));
    let part = |name: &str| parts.iter().find(|(head, _)| head.contains(&format!("name=\"{name}\"")));
    let (Some((_, file)), Some(_)) = (part("file"), part("model")) else {
        return fault::error(
            400,
            "file and model are required",
            "invalid_request_error",
            "missing_required_parameter",
        );
    };
    Reply::json(200, &json!({"text": heard(file)}))
}

/// The parts of a form: their heads, as text, and their content.
fn parts<'b>(body: &'b [u8], boundary: &str) -> Vec<(String, &'b [u8])> {
    let mark = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body;
    while let Some(at) = find(rest, mark.as_bytes()) {
        let part = &rest[..at];
        if let Some(end) = find(part, b"\r\n\r\n") {
            let content = &part[end + 4..];
            let content = content.strip_suffix(b"\r\n").unwrap_or(content);
            parts.push((String::from_utf8_lossy(&part[..end]).into_owned(), content));
        }
        rest = &rest[at + mark.len()..];
    }
    parts
}

fn heard(file: &[u8]) -> String {
    let spoken = find(file, SPOKEN).map(|at| &file[at + SPOKEN.len()..]);
    String::from_utf8_lossy(spoken.unwrap_or_default()).into_owned()
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whatsapp::PhoneFile;

    #[test]
    fn the_words_of_a_recording_are_heard() {
        let voice = PhoneFile::voice("tomorrow at ten, please");
        let mut body =
            b"--x\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n--x\r\n".to_vec();
        body.extend_from_slice(b"content-disposition: form-data; name=\"file\"; filename=\"v.ogg\"\r\n\r\n");
        body.extend_from_slice(&voice.content);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let parts = parts(&body, "x");
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].1, b"whisper");
        assert_eq!(heard(parts[1].1), "tomorrow at ten, please");
        assert_eq!(heard(b"noise"), "");
    }
}
