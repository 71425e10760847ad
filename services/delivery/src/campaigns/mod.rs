//! Campaigns: the same to many, one row per recipient. Made here, handed over by [`feed`], sent like everything else.

pub mod feed;
mod fill;
mod recipients;
mod table;

use ids::{CampaignId, TenantId};
use jiff::Timestamp;
use rpc::Failure;
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

pub use recipients::{BadRow, Row};
pub use table::rows;

use crate::domain::content::{Content, Said};
use crate::domain::text::words;
use crate::send::{ChannelName, Sender, check};
use crate::store::campaigns::{self, CampaignRow};

/// More are several campaigns.
pub const MOST: usize = 50_000;
/// A message is of use so long after its turn has come, unless said otherwise.
pub const USEFUL_HOURS: i32 = 24;
/// The most that may be said.
pub const MOST_HOURS: i32 = 168;

words! {
    /// What operators do to a campaign.
    pub enum Wish as "wish" {
        /// A draft begins.
        Start = "start",
        /// Nothing more for now.
        Pause = "pause",
        /// It goes on.
        Resume = "resume",
        /// Nothing more for ever.
        Cancel = "cancel",
    }
}

impl Wish {
    /// The state it leads to.
    const fn leads_to(self) -> &'static str {
        match self {
            Self::Start | Self::Resume => "running",
            Self::Pause => "paused",
            Self::Cancel => "cancelled",
        }
    }

    const fn needs(self) -> &'static str {
        match self {
            Self::Start => "only a draft can be started; a paused one is resumed",
            Self::Pause => "only a running one can be paused",
            Self::Resume => "only a paused one can be resumed; a draft is started",
            Self::Cancel => "what is done can no longer be cancelled",
        }
    }
}

/// A campaign to be kept.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Whose it is.
    pub tenant: TenantId,
    /// Through which channel.
    pub channel: ChannelName,
    /// Its name, one of a kind.
    pub name: String,
    /// What is said, with gaps.
    pub said: Said,
    /// To whom.
    pub rows: Vec<Row>,
    /// Rows that could not be read already.
    pub bad: Vec<BadRow>,
    /// Not begun before.
    pub not_before: Option<Timestamp>,
    /// How long each message is of use.
    pub useful_hours: i32,
    /// Only read and report.
    pub dry_run: bool,
    /// Keep it although rows are left out.
    pub leave_out_bad_rows: bool,
}

/// What came of a draft.
#[derive(Clone, Debug)]
pub struct Created {
    /// The campaign; `None`: nothing was kept.
    pub id: Option<CampaignId>,
    /// Rows that can be used.
    pub good: usize,
    /// Those that cannot, in their order.
    pub bad: Vec<BadRow>,
}

/// The state of the service.
#[derive(Clone, Debug)]
pub struct Campaigns {
    /// Rows.
    pub pool: PgPool,
    /// Finds channels.
    pub sender: Sender,
}

impl Campaigns {
    /// Reads the recipients and keeps the campaign as a draft, unless rows stand against it.
    pub async fn create(&self, draft: Draft, correlation_id: Uuid) -> Result<Created, Failure> {
        let channel = self.sender.channel(draft.tenant, &draft.channel).await?;
        let wrong = check::said(&draft.said);
        if !wrong.is_empty() {
            return Err(Failure::all_invalid(wrong));
        }
        let is_template = matches!(draft.said.content, Content::Template(_)) || draft.said.fallback.is_some();
        if channel.provider.window().is_some() && !is_template {
            return Err(Failure::invalid(
                "content",
                format!(
                    "is free text, which {} takes for those only who have written today",
                    channel.provider
                ),
                "give a template, or one as fallback",
            ));
        }
        let body = serde_json::to_value(&draft.said).map_err(Failure::internal)?;
        let (recipients, mut bad) = recipients::read(draft.rows, &body);
        bad.extend(draft.bad);
        bad.sort_by_key(|row| row.line);
        let good = recipients.len();
        if draft.dry_run || good == 0 || (!bad.is_empty() && !draft.leave_out_bad_rows) {
            return Ok(Created { id: None, good, bad });
        }
        let recipients: Vec<Value> = recipients
            .into_iter()
            .map(|row| {
                json!({ "line": row.line, "phone": row.phone.expose(), "address": channel.provider.address(&row.phone),
                        "body": row.body })
            })
            .collect();
        let id = CampaignId::generate();
        let campaign = json!({
            "id": id, "tenant_id": draft.tenant, "channel_id": channel.id, "name": draft.name, "body": body,
            "useful_hours": draft.useful_hours, "not_before": draft.not_before, "correlation_id": correlation_id,
        });
        let kept =
            campaigns::create(&self.pool, campaign, recipients.into()).await.map_err(Failure::internal)?;
        if !kept {
            return Err(Failure::precondition(
                "the tenant has a campaign of that name",
                "choose another name; to go on with that one, find it by ListCampaigns",
            )
            .reason("CAMPAIGN_EXISTS"));
        }
        Ok(Created { id: Some(id), good, bad })
    }

    /// Does what is wished. Wishing twice is one and the same.
    pub async fn change(&self, id: CampaignId, wish: Wish) -> Result<(), Failure> {
        let was = campaigns::change(&self.pool, id, wish).await.map_err(Failure::internal)?;
        let was = was.ok_or_else(|| Failure::not_found("campaign", id))?;
        let allowed = match wish {
            Wish::Start => was == "draft",
            Wish::Pause => was == "running",
            Wish::Resume => was == "paused",
            Wish::Cancel => was != "done",
        };
        if allowed || was == wish.leads_to() {
            return Ok(());
        }
        Err(Failure::precondition(format!("the campaign is {was}"), wish.needs()).with("id", id.to_string()))
    }

    /// One campaign, and how many of its recipients stand where.
    pub async fn one(&self, id: CampaignId) -> Result<(CampaignRow, Vec<(String, i64)>), Failure> {
        let row = campaigns::one(&self.pool, id).await.map_err(Failure::internal)?;
        let row = row.ok_or_else(|| Failure::not_found("campaign", id))?;
        Ok((row, campaigns::outcomes(&self.pool, id).await.map_err(Failure::internal)?))
    }
}
