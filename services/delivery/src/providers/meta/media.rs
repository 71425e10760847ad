//! A file from Meta: its id is asked for an address, which lives five minutes and wants the same key.

use serde::Deserialize;
use tokio::time::Instant;

use super::Account;
use crate::providers::media::{
    File, MediaTrouble, Reach, Road, Source, Wanted, address, follow, refused, send,
};

/// The largest answer about a file.
const DESCRIPTION: u64 = 64 * 1024;
/// Where Meta keeps files; the first address is shown the key, what it sends on to is not.
const KEYED: [&str; 3] = ["facebook.com", "fbsbx.com", "whatsapp.net"];
const OPEN: [&str; 1] = ["fbcdn.net"];

#[derive(Deserialize)]
struct Description {
    url: String,
    mime_type: Option<String>,
    sha256: Option<String>,
    file_size: Option<u64>,
}

/// Asks for an address and for what is there; once more when the address has died meanwhile.
pub async fn fetch(
    reach: &Reach,
    account: &Account,
    wanted: &Wanted,
    deadline: Instant,
) -> Result<File, MediaTrouble> {
    let Source::Id(id) = &wanted.source else { return Err(MediaTrouble::Misnamed) };
    let first = once(reach, account, id, wanted.largest, deadline).await;
    let last = match first {
        Err(Step::Content(MediaTrouble::Gone)) => once(reach, account, id, wanted.largest, deadline).await,
        other => other,
    };
    last.map_err(|step| match step {
        Step::Address(trouble) | Step::Content(trouble) => trouble,
    })
}

/// Where it went wrong.
enum Step {
    Address(MediaTrouble),
    Content(MediaTrouble),
}

async fn once(
    reach: &Reach,
    account: &Account,
    id: &str,
    largest: u64,
    deadline: Instant,
) -> Result<File, Step> {
    let description = describe(reach, account, id, deadline).await.map_err(Step::Address)?;
    if description.file_size.is_some_and(|size| size > largest) {
        return Err(Step::Address(MediaTrouble::TooLarge(largest)));
    }
    let url = address(&description.url).map_err(Step::Address)?;
    let road = Road { base: account.base(), keyed: &KEYED, open: &OPEN };
    let response = follow(reach, &road, url, |request| account.authorise(request), deadline).await;
    let mut file =
        response.and_then(|response| File::coming(response, largest, deadline)).map_err(Step::Content)?;
    file.content_type = description.mime_type.or(file.content_type);
    file.sha256 = description.sha256.map(|sum| sum.to_ascii_lowercase()).filter(|sum| is_hexadecimal(sum));
    Ok(file)
}

async fn describe(
    reach: &Reach,
    account: &Account,
    id: &str,
    deadline: Instant,
) -> Result<Description, MediaTrouble> {
    let response = send(account.authorise(reach.client(true).get(account.media(id))), deadline).await?;
    let status = response.status().as_u16();
    // Graph answers 400 for an id that it does not know.
    match status {
        200 => {}
        400 => return Err(MediaTrouble::Gone),
        status => return Err(refused(status)),
    }
    let whole = File::coming(response, DESCRIPTION, deadline)?.whole().await?;
    serde_json::from_slice(&whole).map_err(|_| MediaTrouble::Failed("it answered something else".to_owned()))
}

fn is_hexadecimal(sum: &str) -> bool {
    sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit())
}
