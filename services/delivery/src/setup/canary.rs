//! The message that goes round: through the provider, and back by the webhook.

use std::time::Duration;

use ids::MessageId;
use tokio::time::Instant;

use super::desk::{Desk, Held, NotSetUp};
use crate::domain::content::{Content, Said};
use crate::domain::outcome::Outcome;
use crate::providers::{Outgoing, Provider as _};
use crate::store::canaries::{self, Back};

/// How often we look whether it came back.
const LOOK: Duration = Duration::from_millis(200);

/// Sends one. It is noted first: its echo may be back before the answer is.
pub(super) async fn send(desk: &Desk, held: &Held, to: &str, id: MessageId) -> Result<Outcome, NotSetUp> {
    let text = format!("Frontdesk checks this number ({}). There is nothing to do.", id.uuid().simple());
    canaries::put(&desk.pool, id, held.row.id, &text).await?;
    let said = Said { content: Content::Text { text }, reply_to: None, fallback: None };
    let message = Outgoing { reference: id, to: to.to_owned(), said, as_template: false, useful_for: None };
    let outcome = desk.providers.send(&held.account, &message, desk.deadline()).await;
    if let Outcome::Accepted { provider_id } = &outcome {
        canaries::taken(&desk.pool, id, provider_id).await?;
    }
    Ok(outcome)
}

/// Waits until something of it came back, or a receipt if that is wanted; or for as long as `patience`.
pub(super) async fn wait(
    desk: &Desk,
    id: MessageId,
    patience: Duration,
    receipt: bool,
) -> Result<Back, NotSetUp> {
    let until = Instant::now() + patience;
    loop {
        let back = canaries::back(&desk.pool, id).await?;
        let is_back = back.rank.is_some() || (back.echoed && !receipt);
        if is_back || Instant::now() >= until {
            return Ok(back);
        }
        tokio::time::sleep(LOOK).await;
    }
}
