//! A file from Twilio: its address wants the account's key and sends on to a signed one, which must not see it.

use tokio::time::Instant;

use super::Account;
use crate::providers::media::{File, MediaTrouble, Reach, Road, Source, Wanted, address, follow};

const KEYED: [&str; 1] = ["twilio.com"];
const OPEN: [&str; 2] = ["twiliocdn.com", "s3-external-1.amazonaws.com"];

/// Asks at the address that came with the message.
pub async fn fetch(
    reach: &Reach,
    account: &Account,
    wanted: &Wanted,
    deadline: Instant,
) -> Result<File, MediaTrouble> {
    let Source::Url(url) = &wanted.source else { return Err(MediaTrouble::Misnamed) };
    let base = account.messages();
    let road = Road { base: &base, keyed: &KEYED, open: &OPEN };
    let authorise = |request| account.authorise(request);
    let response = follow(reach, &road, address(url)?, authorise, deadline).await?;
    File::coming(response, wanted.largest, deadline)
}
