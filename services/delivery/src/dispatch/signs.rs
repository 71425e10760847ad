//! Signs to customers: read marks and "typing". Best effort: no attempt, no token, no retry, and never in a message's way.

use std::{sync::Arc, time::Duration};

use metrics::counter;
use tokio::time::Instant;

use super::dispatcher::Dispatcher;
use crate::{domain::door::Door, store::signals};

/// Signs under way at most; more are dropped.
pub(super) const AT_ONCE: usize = 32;

/// How long one may take. Evolution holds the request for as long as it shows "typing".
const LONGEST: Duration = Duration::from_secs(10);

impl Dispatcher {
    /// Gives the signs that wait, through channels that are open.
    pub(super) async fn give_signs(&mut self) -> Result<(), sqlx::Error> {
        for (channel, signal) in signals::take(&self.pool, self.heart.me()).await? {
            let open =
                self.channels.owned.get(&channel).filter(|owned| matches!(owned.door, Door::Open { .. }));
            let account = open.and_then(|owned| owned.account.clone().ok());
            let (Some(account), Ok(permit)) = (account, Arc::clone(&self.signs).try_acquire_owned()) else {
                continue;
            };
            if !self.options.sending {
                continue;
            }
            let provider = self.provider.clone();
            tokio::spawn(async move {
                let given = provider.signal(&account, &signal, Instant::now() + LONGEST).await;
                let result = if given.is_ok() { "given" } else { "failed" };
                counter!("frontdesk_delivery_signs_total", "sign" => signal.kind.as_str(), "result" => result)
                    .increment(1);
                drop(permit);
            });
        }
        Ok(())
    }
}
