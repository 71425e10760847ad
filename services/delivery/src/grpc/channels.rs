//! `frontdesk.delivery.v1.ChannelService`.

use std::{sync::Arc, time::Duration};

use bus::{Bus, streams};
use contract::delivery::v1::{
    Channel, FetchMissedRequest, FetchMissedResponse, ListChannelsRequest, ListChannelsResponse,
    PauseChannelRequest, PauseChannelResponse, ProbeChannelRequest, ProbeChannelResponse,
    ResumeChannelRequest, ResumeChannelResponse, channel_service_server::ChannelService,
};
use ids::{ChannelId, TenantId};
use rpc::{Caller, Failure, Role, parse, require};
use sqlx::PgPool;
use tokio::time::Instant;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert;
use crate::dispatch::accounts;
use crate::providers::{Providers, Window};
use crate::store::queue_actions::Asker;
use crate::store::{channel_events, channels};

/// An owner looks for wishes once a second.
const PATIENCE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(50);

/// The service's state.
#[derive(Clone, Debug)]
pub struct Channels {
    /// Rows.
    pub pool: PgPool,
    /// Wakes the channel's owner.
    pub bus: Bus,
    /// Asked for what never came by webhook.
    pub providers: Arc<Providers>,
    /// How long such a question may take.
    pub patience: Duration,
}

#[tonic::async_trait]
impl ChannelService for Channels {
    async fn list_channels(
        &self,
        request: Request<ListChannelsRequest>,
    ) -> Result<Response<ListChannelsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let tenant: Option<TenantId> = parse::optional_id("tenant_id", &request.get_ref().tenant_id)?;
        let rows = channels::overview(&self.pool, None, tenant).await.map_err(Failure::internal)?;
        Ok(Response::new(ListChannelsResponse { channels: rows.into_iter().map(convert::channel).collect() }))
    }

    async fn pause_channel(
        &self,
        request: Request<PauseChannelRequest>,
    ) -> Result<Response<PauseChannelResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let PauseChannelRequest { channel_id, reason, asked_by } = request.into_inner();
        let channel = self.ask(&channel_id, "pause", &asker(caller, &reason, &asked_by)?).await?;
        Ok(Response::new(PauseChannelResponse { channel: Some(channel) }))
    }

    async fn resume_channel(
        &self,
        request: Request<ResumeChannelRequest>,
    ) -> Result<Response<ResumeChannelResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let ResumeChannelRequest { channel_id, reason, asked_by } = request.into_inner();
        self.refuse_if_off(&channel_id).await?;
        let channel = self.ask(&channel_id, "resume", &asker(caller, &reason, &asked_by)?).await?;
        Ok(Response::new(ResumeChannelResponse { channel: Some(channel) }))
    }

    async fn probe_channel(
        &self,
        request: Request<ProbeChannelRequest>,
    ) -> Result<Response<ProbeChannelResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let ProbeChannelRequest { channel_id, reason, asked_by } = request.into_inner();
        let channel = self.ask(&channel_id, "probe", &asker(caller, &reason, &asked_by)?).await?;
        Ok(Response::new(ProbeChannelResponse { channel: Some(channel) }))
    }

    async fn fetch_missed(
        &self,
        request: Request<FetchMissedRequest>,
    ) -> Result<Response<FetchMissedResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let id: ChannelId = parse::id("channel_id", &asked.channel_id)?;
        let window = Window {
            from: parse::time("from", asked.from)?,
            until: parse::time("until", asked.until)?,
            page: (!asked.page_token.is_empty()).then(|| asked.page_token.clone()),
        };
        let rows = channels::read(&self.pool, &[id.uuid()]).await.map_err(Failure::internal)?;
        let (_, account) =
            accounts(rows, "".into()).await.pop().ok_or_else(|| Failure::not_found("channel", id))?;
        let account = account.map_err(|unusable| {
            Failure::precondition(format!("the channel cannot be used: {}", unusable.why), "declare it again")
        })?;
        let deadline = Instant::now() + self.patience;
        let missed = self.providers.missed(&account, &window, deadline).await.map_err(|trouble| {
            Failure::unavailable(
                format!("the provider did not give its list: {}", trouble.cause.as_str()),
                "see the channel's door with ListChannels; it is asked again",
            )
        })?;
        let Some(missed) = missed else { return Ok(Response::new(FetchMissedResponse::default())) };
        Ok(Response::new(FetchMissedResponse {
            listed: true,
            records_json: missed.records.iter().map(ToString::to_string).collect(),
            next_page_token: missed.next.unwrap_or_default(),
        }))
    }
}

impl Channels {
    /// Who switched it off did more than pause it: its webhooks are refused as well.
    async fn refuse_if_off(&self, id: &str) -> Result<(), Failure> {
        let id: ChannelId = parse::id("channel_id", id)?;
        let rows = channels::read(&self.pool, &[id.uuid()]).await.map_err(Failure::internal)?;
        if rows.iter().any(|row| row.disabled) {
            return Err(Failure::precondition(
                "the channel is switched off",
                "switch it on with conversation.v1.ChannelService/EnableChannel",
            ));
        }
        Ok(())
    }

    /// Leaves the wish for the channel's owner, waits for the moment it takes to carry it out, and shows the channel as it is
    /// then. Without an owner the wish waits for one, and the channel is shown as it stands.
    async fn ask(&self, id: &str, what: &'static str, asker: &Asker) -> Result<Channel, Failure> {
        let id: ChannelId = parse::id("channel_id", id)?;
        let asked =
            channel_events::ask(&self.pool, id, what, Some(asker)).await.map_err(Failure::internal)?;
        let event = asked.ok_or_else(|| Failure::not_found("channel", id))?;
        self.bus.wake(streams::outbound_subject(id.uuid()), Uuid::nil()).await;
        let patience = Instant::now() + PATIENCE;
        while !channel_events::is_handled(&self.pool, event).await.map_err(Failure::internal)?
            && Instant::now() < patience
        {
            tokio::time::sleep(LOOK).await;
        }
        let row = channels::overview(&self.pool, Some(id), None).await.map_err(Failure::internal)?.pop();
        row.map(convert::channel).ok_or_else(|| Failure::not_found("channel", id))
    }
}

/// Who asks. What nobody says stays empty: a door is closed in a hurry.
fn asker(caller: Caller, reason: &str, asked_by: &str) -> Result<Asker, Failure> {
    let optional = |field, text: &str, most| match text.trim() {
        "" => Ok(String::new()),
        text => parse::text(field, text, most),
    };
    Ok(Asker {
        role: caller.role.to_string(),
        asked_by: optional("asked_by", asked_by, 100)?,
        reason: optional("reason", reason, 500)?,
        correlation_id: caller.correlation_id,
    })
}
