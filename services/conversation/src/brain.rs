//! The turn with its real ports, as the worker calls it.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use clock::{SharedClock, SystemClock};
use serde::Deserialize;
use serde_json::Value;
use settings::Secret;
use sqlx::PgPool;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::{debug, warn};

use crate::{
    config::Config,
    domain::{Author, Draft, HistoryLine, Refusal, Say, Snapshot},
    model::{
        Model,
        openai::{Endpoint, OpenAi},
    },
    store::{conversations, turns},
    texts::Texts,
    turn::{
        self, Ports,
        ports::{Endpoints, Remembered, Retries, Rules, scheduler::SchedulerCalendar},
    },
};

/// A customer who is answered sooner needs no sign.
const SIGN_AFTER: Duration = Duration::from_millis(700);

/// Lines of history a turn reads at most; the token budget cuts further.
const HISTORY: i32 = 40;

/// What answers.
#[derive(Clone, Debug)]
pub struct Brain {
    ports: Ports,
    pool: PgPool,
}

/// What thinking came to.
#[derive(Debug)]
pub enum Thought {
    /// An answer, possibly an honest lesser one.
    Draft(Box<Draft>),
    /// Something of ours failed; worth another try.
    Failed(String),
}

impl Brain {
    /// Connects nothing yet: scheduler and model are called when first needed.
    ///
    /// # Errors
    /// When an address cannot be used.
    pub fn try_new(config: &Config, token: &Secret, pool: PgPool) -> anyhow::Result<Self> {
        let scheduler = rpc::connect(&config.scheduler, token).context("conversation.scheduler")?;
        let calendar = Arc::new(Remembered::new(Arc::new(SchedulerCalendar::new(scheduler))));
        let clock: SharedClock = SystemClock::shared();
        let ports = Ports {
            calendar,
            models: Arc::new(endpoints(config, clock.clone())?),
            texts: Arc::new(Texts::load().context("texts")?),
            clock,
            rules: Rules {
                stale_after: config.stale_after.into(),
                reply_expires: config.reply_expires.into(),
                retries: Retries::default(),
            },
        };
        Ok(Self { ports, pool })
    }

    /// Whether more of the same burst may be on its way.
    #[must_use]
    pub fn is_patient(&self, snapshot: &Snapshot) -> bool {
        turn::is_patient(snapshot)
    }

    /// Answers. History is read only for a turn that asks a model.
    pub async fn think(&self, snapshot: &mut Snapshot) -> Thought {
        let _sign = self.sign(snapshot);
        if turn::wants_history(snapshot, &self.ports) {
            match self.history(snapshot).await {
                Ok(history) => snapshot.history = history,
                Err(error) => {
                    return Thought::Failed(format!("cannot read the conversation so far: {error}"));
                }
            }
        }
        let deadline = Instant::now() + snapshot.agent.deadline;
        Thought::Draft(Box::new(turn::answer(snapshot, &self.ports, deadline).await))
    }

    /// Where a model lets the customer wait and the provider can show it: read, and an answer is being written. Nobody waits for
    /// it here; dropped before its time it is never given, since an answer that is there at once needs none.
    fn sign(&self, snapshot: &Snapshot) -> Option<AbortOnDropHandle<()>> {
        if !snapshot.conversation.has_signs || !turn::asks_a_model(snapshot, &self.ports) {
            return None;
        }
        let (pool, conversation) = (self.pool.clone(), snapshot.conversation.id);
        Some(AbortOnDropHandle::new(tokio::spawn(async move {
            tokio::time::sleep(SIGN_AFTER).await;
            if let Err(error) = conversations::sign(&pool, conversation).await {
                debug!(%conversation, %error, "no sign given");
            }
        })))
    }

    /// The honest answer after the calendar refused what the draft would have done.
    pub async fn think_again(&self, snapshot: &Snapshot, refusal: &Value) -> Draft {
        let why = refusal
            .get("outcome")
            .and_then(|outcome| Refusal::deserialize(outcome).ok())
            .unwrap_or(Refusal::Stale);
        let deadline = Instant::now() + snapshot.agent.deadline;
        turn::after_refusal(snapshot, &self.ports, why, deadline).await
    }

    /// What a customer is told who waits for a model; none where none is asked.
    #[must_use]
    pub fn moment(&self, snapshot: &Snapshot) -> Option<Say> {
        turn::moment(snapshot, &self.ports)
    }

    /// An apology and a call for a person.
    #[must_use]
    pub fn apologise(&self, snapshot: &Snapshot) -> Draft {
        turn::apologise(snapshot, &self.ports)
    }

    /// What was said before these items, oldest first.
    async fn history(&self, snapshot: &Snapshot) -> Result<Vec<HistoryLine>, sqlx::Error> {
        let before = snapshot.items.first().map_or(i64::MAX, |item| item.seq - 1);
        let lines = turns::history(&self.pool, snapshot.conversation.id.uuid(), before, HISTORY).await?;
        let told =
            |(author, text, at): (String, _, _)| Some(HistoryLine { author: voice(&author)?, text, at });
        Ok(lines.into_iter().filter_map(told).collect())
    }
}

/// Who speaks in a line. Nobody, where the customer was only asked to wait: that answers nothing and asks nothing.
fn voice(author: &str) -> Option<Author> {
    match author {
        "customer" => Some(Author::Customer),
        "staff" => Some(Author::Staff),
        "reminder" => Some(Author::Reminder),
        "moment" => None,
        _ => Some(Author::Assistant),
    }
}

/// The configured model, or none.
fn endpoints(config: &Config, clock: SharedClock) -> anyhow::Result<Endpoints> {
    if config.model_url.is_empty() {
        warn!("no model is configured (conversation.model_url); everything works by menu");
        return Ok(Endpoints::new(Vec::new()));
    }
    let endpoint = Endpoint::new(config.model_url.clone(), config.model_api_key.clone());
    let model: Arc<dyn Model> =
        Arc::new(OpenAi::try_new("primary", endpoint, clock).context("conversation.model_url")?);
    Ok(Endpoints::new(vec![model]))
}
