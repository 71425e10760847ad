//! A file from an Evolution server, which decrypts it and hands it out as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::Account;
use crate::providers::media::{File, MediaTrouble, Reach, Source, Wanted, refused, send};

/// What stands around the content in the answer.
const ENVELOPE: u64 = 64 * 1024;

#[derive(Deserialize)]
struct Answer {
    mimetype: Option<String>,
    base64: String,
}

/// Asks for the file of a message. The server needs the message in its store, and answers 400 when it is not there (yet).
pub async fn fetch(
    reach: &Reach,
    account: &Account,
    wanted: &Wanted,
    deadline: Instant,
) -> Result<File, MediaTrouble> {
    if wanted.source != Source::Message {
        return Err(MediaTrouble::Misnamed);
    }
    let body = json!({"message": {"key": {"id": wanted.message}}, "convertToMp4": false});
    // The address is the account's own, so it may be anywhere.
    let request = account.authorise(reach.client(true).post(account.media())).json(&body);
    let response = send(request, deadline).await?;
    match response.status().as_u16() {
        200..300 => {}
        400 => return Err(MediaTrouble::Gone),
        status => return Err(refused(status)),
    }
    let largest = wanted.largest.saturating_mul(4) / 3 + ENVELOPE;
    let whole = match File::coming(response, largest, deadline) {
        Ok(mut answer) => answer.whole().await,
        Err(trouble) => Err(trouble),
    };
    let whole = whole.map_err(|trouble| match trouble {
        MediaTrouble::TooLarge(_) => MediaTrouble::TooLarge(wanted.largest),
        other => other,
    })?;
    let answer: Answer = serde_json::from_slice(&whole)
        .map_err(|_| MediaTrouble::Failed("it answered something else".to_owned()))?;
    let content = STANDARD
        .decode(answer.base64.as_bytes())
        .map_err(|_| MediaTrouble::Failed("its answer cannot be decoded".to_owned()))?;
    if content.len() as u64 > wanted.largest {
        return Err(MediaTrouble::TooLarge(wanted.largest));
    }
    Ok(File::here(answer.mimetype, content.into(), deadline))
}
