//! `frontdesk.work.v1.TroubleService`, for the webhooks' door.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use clock::SharedClock;
use contract::work::v1::trouble_service_server::TroubleService;
use contract::work::v1::{ListTroublesRequest, ListTroublesResponse};
use jiff::Timestamp;
use rpc::{Failure, Role, require};
use tonic::{Request, Response, Status};

use crate::domain::troubles::{self, LATELY, Limits};
use crate::intake::Intake;
use crate::statistics::Outcome;
use crate::store;

/// The service's state.
#[derive(Clone, Debug)]
pub struct Troubles {
    /// The door.
    pub intake: Intake,
    /// What is lately.
    pub clock: SharedClock,
    /// From where on something is a trouble.
    pub limits: Limits,
    /// What this process had refused when it was asked before.
    pub seen: Arc<Mutex<Seen>>,
}

/// When the counts were looked at, and what they were: 503 and too large.
pub type Seen = VecDeque<(Timestamp, [u64; 2])>;

#[tonic::async_trait]
impl TroubleService for Troubles {
    async fn list_troubles(
        &self,
        request: Request<ListTroublesRequest>,
    ) -> Result<Response<ListTroublesResponse>, Status> {
        require(&request, Role::Viewer)?;
        let now = self.clock.now();
        let mut facts = store::troubles::facts(self.intake.rows()).await.map_err(Failure::internal)?;
        [facts.unavailable, facts.too_large] = self.lately(now);
        let troubles = troubles::of(&facts, &self.limits, now);
        Ok(Response::new(ListTroublesResponse { troubles: troubles.into_iter().map(Into::into).collect() }))
    }
}

impl Troubles {
    /// What this process refused lately. Counted from the look before: whoever never looks needs no answer.
    fn lately(&self, now: Timestamp) -> [u64; 2] {
        let counts = [Outcome::Unavailable, Outcome::TooLarge].map(|wanted| {
            let webhooks = self.intake.statistics().webhooks();
            webhooks.filter(|(_, outcome, _)| *outcome == wanted).map(|(_, _, count)| count).sum::<u64>()
        });
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(from) = now.checked_sub(LATELY) {
            while seen.front().is_some_and(|(at, _)| *at < from) {
                seen.pop_front();
            }
        }
        seen.push_back((now, counts));
        let (_, before) = seen.front().copied().unwrap_or((now, counts));
        [counts[0].saturating_sub(before[0]), counts[1].saturating_sub(before[1])]
    }
}
