//! `frontdesk.delivery.v1.CampaignService`.

use contract::delivery::v1::{
    self as api, CancelCampaignRequest, CancelCampaignResponse, CreateCampaignRequest,
    CreateCampaignResponse, GetCampaignRequest, GetCampaignResponse, ListCampaignRecipientsRequest,
    ListCampaignRecipientsResponse, ListCampaignsRequest, ListCampaignsResponse, PauseCampaignRequest,
    PauseCampaignResponse, ResumeCampaignRequest, ResumeCampaignResponse, StartCampaignRequest,
    StartCampaignResponse, campaign_service_server::CampaignService,
};
use ids::CampaignId;
use rpc::{Failure, Role, parse, parse::proto_time, require};
use serde::Deserialize;
use tonic::{Request, Response, Status};

use super::{content, convert::said};
use crate::campaigns::{self, BadRow, Campaigns, Draft, MOST, MOST_HOURS, Row, USEFUL_HOURS, Wish};
use crate::domain::content::Said;
use crate::send;
use crate::store::campaigns::{self as store, CampaignRow, RecipientRow};

/// Bad rows told at most.
const TOLD: usize = 100;

#[tonic::async_trait]
impl CampaignService for Campaigns {
    async fn create_campaign(
        &self,
        request: Request<CreateCampaignRequest>,
    ) -> Result<Response<CreateCampaignResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let created = self.create(draft(request.into_inner())?, caller.correlation_id).await?;
        let campaign = match created.id {
            Some(id) => Some(shown(self, id).await?),
            None => None,
        };
        Ok(Response::new(CreateCampaignResponse {
            campaign,
            good_rows: many(created.good),
            bad_rows: many(created.bad.len()),
            problems: created.bad.into_iter().take(TOLD).map(bad_row).collect(),
        }))
    }

    async fn start_campaign(
        &self,
        request: Request<StartCampaignRequest>,
    ) -> Result<Response<StartCampaignResponse>, Status> {
        require(&request, Role::Operator)?;
        let campaign = changed(self, &request.get_ref().campaign_id, Wish::Start).await?;
        Ok(Response::new(StartCampaignResponse { campaign: Some(campaign) }))
    }

    async fn pause_campaign(
        &self,
        request: Request<PauseCampaignRequest>,
    ) -> Result<Response<PauseCampaignResponse>, Status> {
        require(&request, Role::Operator)?;
        let campaign = changed(self, &request.get_ref().campaign_id, Wish::Pause).await?;
        Ok(Response::new(PauseCampaignResponse { campaign: Some(campaign) }))
    }

    async fn resume_campaign(
        &self,
        request: Request<ResumeCampaignRequest>,
    ) -> Result<Response<ResumeCampaignResponse>, Status> {
        require(&request, Role::Operator)?;
        let campaign = changed(self, &request.get_ref().campaign_id, Wish::Resume).await?;
        Ok(Response::new(ResumeCampaignResponse { campaign: Some(campaign) }))
    }

    async fn cancel_campaign(
        &self,
        request: Request<CancelCampaignRequest>,
    ) -> Result<Response<CancelCampaignResponse>, Status> {
        require(&request, Role::Operator)?;
        let campaign = changed(self, &request.get_ref().campaign_id, Wish::Cancel).await?;
        Ok(Response::new(CancelCampaignResponse { campaign: Some(campaign) }))
    }

    async fn get_campaign(
        &self,
        request: Request<GetCampaignRequest>,
    ) -> Result<Response<GetCampaignResponse>, Status> {
        require(&request, Role::Viewer)?;
        let id = parse::id("campaign_id", &request.get_ref().campaign_id)?;
        Ok(Response::new(GetCampaignResponse { campaign: Some(shown(self, id).await?) }))
    }

    async fn list_campaigns(
        &self,
        request: Request<ListCampaignsRequest>,
    ) -> Result<Response<ListCampaignsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let tenant =
            send::tenant("tenant", &asked.tenant).map_err(|wrong| Failure::all_invalid(vec![wrong]))?;
        let most = parse::page_size("page_size", asked.page_size, 50, 500)?;
        let before = parse::optional_id("page_token", &asked.page_token)?;
        let rows = store::list(&self.pool, tenant, before, most.into()).await.map_err(Failure::internal)?;
        let full = rows.len() == most as usize;
        let next_page_token = rows.last().filter(|_| full).map(|row| row.id.to_string()).unwrap_or_default();
        let campaigns = rows.into_iter().map(|row| campaign(row, Vec::new())).collect();
        Ok(Response::new(ListCampaignsResponse { campaigns, next_page_token }))
    }

    async fn list_campaign_recipients(
        &self,
        request: Request<ListCampaignRecipientsRequest>,
    ) -> Result<Response<ListCampaignRecipientsResponse>, Status> {
        let caller = require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let id: CampaignId = parse::id("campaign_id", &asked.campaign_id)?;
        let most = parse::page_size("page_size", asked.page_size, 50, 500)?;
        let after = match asked.page_token.as_str() {
            "" => 0,
            token => token.parse().map_err(|_| {
                Failure::invalid("page_token", "is none of ours", "copy it from the answer before")
            })?,
        };
        let outcome = Some(asked.outcome.as_str()).filter(|outcome| !outcome.is_empty());
        let rows = store::recipients(&self.pool, id, outcome, after, most.into())
            .await
            .map_err(Failure::internal)?;
        let full = rows.len() == most as usize;
        let next_page_token = rows.last().filter(|_| full).map(|row| row.n.to_string()).unwrap_or_default();
        let show_numbers = caller.role.permits(Role::Operator);
        let recipients = rows.into_iter().map(|row| recipient(row, show_numbers)).collect();
        Ok(Response::new(ListCampaignRecipientsResponse { recipients, next_page_token }))
    }
}

async fn changed(campaigns: &Campaigns, id: &str, wish: Wish) -> Result<api::Campaign, Failure> {
    let id = parse::id("campaign_id", id)?;
    campaigns.change(id, wish).await?;
    shown(campaigns, id).await
}

async fn shown(campaigns: &Campaigns, id: CampaignId) -> Result<api::Campaign, Failure> {
    let (row, outcomes) = campaigns.one(id).await?;
    Ok(campaign(row, outcomes))
}

fn draft(asked: CreateCampaignRequest) -> Result<Draft, Failure> {
    let wrong = |wrong| Failure::all_invalid(vec![wrong]);
    let (rows, bad) = match (asked.csv.is_empty(), asked.rows.is_empty()) {
        (false, true) => campaigns::rows(&asked.csv)?,
        (true, false) => (asked.rows.into_iter().zip(1..).map(row).collect(), Vec::new()),
        (true, true) => return Err(Failure::invalid("rows", "is missing", "give rows, or csv")),
        (false, false) => return Err(Failure::invalid("rows", "stands beside csv", "give one of them")),
    };
    if rows.len() + bad.len() > MOST {
        return Err(Failure::invalid(
            "rows",
            format!("is longer than {MOST}"),
            "make several campaigns of it",
        ));
    }
    let useful_hours = match asked.useful_hours {
        0 => USEFUL_HOURS,
        hours if (1..=MOST_HOURS).contains(&hours) => hours,
        _ => {
            return Err(Failure::invalid(
                "useful_hours",
                "is out of range",
                format!("give 1 to {MOST_HOURS}"),
            ));
        }
    };
    let body = content::body(asked.content.unwrap_or_default())?;
    Ok(Draft {
        tenant: send::tenant("tenant", &asked.tenant).map_err(wrong)?,
        channel: send::channel("channel", &asked.channel).map_err(wrong)?,
        name: parse::text("name", &asked.name, 100)?,
        said: Said::deserialize(body).map_err(Failure::internal)?,
        rows,
        bad,
        not_before: parse::optional_time("not_before", asked.not_before)?,
        useful_hours,
        dry_run: asked.dry_run,
        leave_out_bad_rows: asked.leave_out_bad_rows,
    })
}

fn row((row, line): (api::CampaignRow, i32)) -> Row {
    Row { line, to: row.to, values: row.values.into_iter().collect() }
}

fn bad_row(row: BadRow) -> api::BadRow {
    api::BadRow { line: row.line, field: row.field, problem: row.problem, remedy: row.remedy.to_owned() }
}

fn campaign(row: CampaignRow, outcomes: Vec<(String, i64)>) -> api::Campaign {
    api::Campaign {
        id: row.id.to_string(),
        tenant_id: row.tenant_id.to_string(),
        channel_id: row.channel_id.to_string(),
        name: row.name,
        state: row.state,
        recipients: i32::try_from(row.recipients).unwrap_or(i32::MAX),
        outcomes: outcomes
            .into_iter()
            .map(|(outcome, many)| (outcome, i32::try_from(many).unwrap_or(i32::MAX)))
            .collect(),
        created_at: Some(proto_time(row.created_at)),
        started_at: row.started_at.map(proto_time),
        ended_at: row.ended_at.map(proto_time),
        not_before: row.not_before.map(proto_time),
    }
}

fn recipient(row: RecipientRow, show_number: bool) -> api::CampaignRecipient {
    api::CampaignRecipient {
        number: row.n,
        line: row.line,
        to: if show_number { row.phone } else { String::new() },
        outcome: row.outcome,
        cause: said(row.reason.as_ref(), "cause_text"),
        message_id: row.message_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}

fn many(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
