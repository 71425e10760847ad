//! Reading a payload of the quarantine again.

use ids::QuarantineId;

use super::plan::Trust;
use super::take::{Intake, Refused, Taken};
use crate::domain::{Parsed, Unparsable};
use crate::providers::{Provider, evolution, meta, twilio};
use crate::quarantine::{Problem, Reason};
use crate::store::quarantine::{self, Kept};

/// What a replay did, or in a dry run would do.
#[derive(Debug)]
pub struct Replay {
    /// How many events went where.
    pub taken: Taken,
    /// What still cannot be handed on, and why.
    pub problems: Vec<String>,
}

/// Why a payload was not read again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// There is none of this id.
    #[error("there is no such payload")]
    NotFound,
    /// It came from a stranger, and reading it again would make it ours.
    #[error("the payload was signed by another app than the channel's")]
    Stranger,
    /// The receivers cannot be reached now.
    #[error("the database does not answer")]
    Unavailable,
    /// The rows of this service cannot be read.
    #[error("the quarantine cannot be read")]
    Store(#[from] sqlx::Error),
}

impl From<Refused> for ReplayError {
    fn from(_: Refused) -> Self {
        Self::Unavailable
    }
}

impl Intake {
    /// Reads a payload again and hands on what is understood now. Once nothing in it is left over, it no longer waits.
    ///
    /// # Errors
    /// If it is not there, not to be trusted, or the database does not answer.
    pub async fn replay(&self, id: QuarantineId, dry_run: bool) -> Result<Replay, ReplayError> {
        let (kept, body, _) = quarantine::get(self.rows(), id).await?.ok_or(ReplayError::NotFound)?;
        if kept.reason == Reason::WrongApp.as_str() {
            return Err(ReplayError::Stranger);
        }
        let directory = self.fresh().await?;
        let provider = provider(&kept);
        let addressed = kept
            .channel_slug
            .as_deref()
            .and_then(|slug| directory.by_slug(slug))
            .filter(|channel| channel.account.provider() == provider);
        // It was verified when it came, or it would not be here.
        let trust = Trust::Operator;
        let plan = match parse(provider, &body, kept.client_ref.as_deref()) {
            Ok(parsed) => self.plan(&parsed, addressed, &trust, provider, kept.received_at).await?,
            Err(error) => super::plan::Plan::of_problem(Problem {
                reason: Reason::Unparsable,
                channel_id: None,
                detail: error.detail,
            }),
        };
        let ignored = plan.ignored;
        let mut problems = plan.problems.clone();
        let mut taken = Taken { ignored, ..Taken::default() };
        if dry_run {
            let events = plan.inbox.len()
                + plan.echoes.len()
                + plan.receipts.len()
                + plan.channel_events.len()
                + plan.template_events.len();
            taken.accepted = u32::try_from(events).unwrap_or(u32::MAX);
        } else {
            let handed_on = self.hand_on(plan).await?;
            taken.accepted = handed_on.accepted;
            taken.duplicates = handed_on.duplicates;
            problems.extend(handed_on.problems);
            if problems.is_empty() {
                quarantine::mark_replayed(self.rows(), id).await?;
            }
        }
        taken.quarantined = u32::try_from(problems.len()).unwrap_or(u32::MAX);
        let problems =
            problems.into_iter().map(|problem| format!("{}: {}", problem.reason.as_str(), problem.detail));
        Ok(Replay { taken, problems: problems.collect() })
    }
}

fn provider(kept: &Kept) -> Provider {
    // The column's check allows nothing else.
    Provider::ALL.into_iter().find(|provider| provider.as_str() == kept.provider).unwrap_or(Provider::Meta)
}

fn parse(provider: Provider, body: &[u8], client_ref: Option<&str>) -> Result<Parsed, Unparsable> {
    match provider {
        Provider::Evolution => evolution::parse(body),
        Provider::Meta => meta::parse(body),
        Provider::Twilio => twilio::parse(body, client_ref),
    }
}
