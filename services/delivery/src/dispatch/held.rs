//! Repetitions that are held back: put off, each until its turn, and called up when they may go sooner.

use std::collections::HashSet;

use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use metrics::counter;
use tracing::warn;

use super::{dispatcher::Dispatcher, settling::plain_reason};
use crate::{
    domain::{decide::WaitReason, door::Passage, lane::Lane},
    store::held,
};

/// Where those whose turn it is were cancelled meanwhile, the next are called up instead, so often in one look.
const ROUNDS: usize = 64;

impl Dispatcher {
    pub(super) async fn hold(&self, held: &[(MessageId, Timestamp)]) {
        if held.is_empty() {
            return;
        }
        let why = WaitReason::RetryShare;
        match held::hold(&self.pool, held, plain_reason(why.as_str(), why.words())).await {
            Ok(()) => counter!("frontdesk_delivery_held_back_total").increment(held.len() as u64),
            Err(error) => warn!(%error, "repetitions not held back; the next look decides again"),
        }
    }

    /// Lets those go whose turn has come: at most as many as their channels may repeat now.
    pub(super) async fn call_up(&mut self, now: Timestamp) {
        for _ in 0..ROUNDS {
            let mut called: Vec<(ChannelId, MessageId, Lane)> = Vec::new();
            for (channel, owned) in &mut self.channels.owned {
                // Behind a closed door nobody can go, nor without a token.
                let is_shut = matches!(owned.door.passage(now), Passage::None { .. });
                if owned.repetitions.is_held_up() && !is_shut {
                    let tokens = owned.bucket.take(u32::MAX, now).granted;
                    let up = owned.repetitions.call_up(tokens as usize, now);
                    called.extend(up.into_iter().map(|(message, lane)| (*channel, message, lane)));
                }
            }
            if called.is_empty() || self.all_are_told(&called).await {
                break;
            }
        }
    }

    /// `false`: some do not wait any more, and others may go instead.
    async fn all_are_told(&mut self, called: &[(ChannelId, MessageId, Lane)]) -> bool {
        let messages: Vec<MessageId> = called.iter().map(|(_, message, _)| *message).collect();
        let answer = held::call_up(&self.pool, &messages).await;
        if let Err(error) = &answer {
            warn!(%error, "repetitions not called up; they stand in line again");
        }
        let still: Option<HashSet<MessageId>> = answer.ok().map(HashSet::from_iter);
        let mut all = true;
        for (channel, message, lane) in called {
            let Some(owned) = self.channels.owned.get_mut(channel) else { continue };
            owned.stir();
            match &still {
                Some(still) if still.contains(message) => {}
                Some(_) => {
                    owned.repetitions.forget(*message);
                    all = false;
                }
                None => owned.repetitions.hold(*message, *lane),
            }
        }
        all
    }
}
