//! `frontdesk.conversation.v1.ChannelService`.

use bootstrap::PRESETS;
use clock::{Clock as _, SystemClock};
use contract::conversation::v1::{
    ChannelDeclaration, ChannelSetup, CreateChannelRequest, CreateChannelResponse, DisableChannelRequest,
    DisableChannelResponse, EnableChannelRequest, EnableChannelResponse, GetChannelRequest,
    GetChannelResponse, ListChannelsRequest, ListChannelsResponse, ListPresetsRequest, ListPresetsResponse,
    RetireSecretRequest, RetireSecretResponse, RotateSecretRequest, RotateSecretResponse,
    UpdateChannelRequest, UpdateChannelResponse, channel_service_server::ChannelService,
};
use ids::ChannelId;
use rpc::{Caller, Failure, Role, parse, require};
use tonic::{Request, Response, Status};

use super::convert_channel as convert;
use crate::channels::{By, Desk};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Channels {
    /// Where it is done.
    pub desk: Desk,
}

#[tonic::async_trait]
impl ChannelService for Channels {
    async fn create_channel(
        &self,
        request: Request<CreateChannelRequest>,
    ) -> Result<Response<CreateChannelResponse>, Status> {
        let by = by(require(&request, Role::Admin)?);
        let asked = request.into_inner();
        let tenant = parse::id("tenant_id", &asked.tenant_id)?;
        let declared = declared(asked.channel)?;
        let provider = convert::provider(&declared);
        let done = self
            .desk
            .create(tenant, convert::table(declared), &by)
            .await
            .map_err(|refused| convert::failure(refused, provider))?;
        Ok(Response::new(CreateChannelResponse {
            channel: Some(self.shown(done.id).await?),
            created: done.is_new,
            made_up: done.made_up.map(convert::made_up).into_iter().collect(),
        }))
    }

    async fn get_channel(
        &self,
        request: Request<GetChannelRequest>,
    ) -> Result<Response<GetChannelResponse>, Status> {
        require(&request, Role::Viewer)?;
        let id = parse::id("channel_id", &request.get_ref().channel_id)?;
        let channel = Some(self.shown(id).await?);
        let changes = self.desk.history(id).await.map_err(|refused| convert::failure(refused, ""))?;
        let changes = changes.into_iter().map(convert::change).collect();
        Ok(Response::new(GetChannelResponse { channel, changes }))
    }

    async fn list_channels(
        &self,
        request: Request<ListChannelsRequest>,
    ) -> Result<Response<ListChannelsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let tenant = parse::optional_id("tenant_id", &request.get_ref().tenant_id)?;
        let setups = self.desk.list(tenant).await.map_err(|refused| convert::failure(refused, ""))?;
        Ok(Response::new(ListChannelsResponse { channels: setups.into_iter().map(convert::setup).collect() }))
    }

    async fn update_channel(
        &self,
        request: Request<UpdateChannelRequest>,
    ) -> Result<Response<UpdateChannelResponse>, Status> {
        let by = by(require(&request, Role::Admin)?);
        let asked = request.into_inner();
        let id = parse::id("channel_id", &asked.channel_id)?;
        let given = declared(asked.channel)?;
        let provider = convert::provider(&given);
        self.desk
            .update(id, convert::table(given), &by)
            .await
            .map_err(|refused| convert::failure(refused, provider))?;
        Ok(Response::new(UpdateChannelResponse { channel: Some(self.shown(id).await?) }))
    }

    async fn disable_channel(
        &self,
        request: Request<DisableChannelRequest>,
    ) -> Result<Response<DisableChannelResponse>, Status> {
        let by = by(require(&request, Role::Admin)?);
        let asked = request.get_ref();
        let id = parse::id("channel_id", &asked.channel_id)?;
        let off = self.desk.disable(id, asked.even_if_waiting, &by).await;
        let off = off.map_err(|refused| convert::failure(refused, ""))?;
        let channel = Some(self.shown(id).await?);
        Ok(Response::new(DisableChannelResponse { channel, waiting: off.waiting }))
    }

    async fn enable_channel(
        &self,
        request: Request<EnableChannelRequest>,
    ) -> Result<Response<EnableChannelResponse>, Status> {
        let by = by(require(&request, Role::Admin)?);
        let id = parse::id("channel_id", &request.get_ref().channel_id)?;
        self.desk.enable(id, &by).await.map_err(|refused| convert::failure(refused, ""))?;
        Ok(Response::new(EnableChannelResponse { channel: Some(self.shown(id).await?) }))
    }

    async fn rotate_secret(
        &self,
        request: Request<RotateSecretRequest>,
    ) -> Result<Response<RotateSecretResponse>, Status> {
        let by = by(require(&request, Role::Admin)?);
        let asked = request.get_ref();
        let id = parse::id("channel_id", &asked.channel_id)?;
        let reference = (!asked.reference.is_empty()).then_some(asked.reference.as_str());
        let made_up = self.desk.rotate(id, &asked.name, reference, &by).await;
        let made_up = made_up.map_err(|refused| convert::failure(refused, ""))?;
        let channel = Some(self.shown(id).await?);
        Ok(Response::new(RotateSecretResponse { channel, made_up: made_up.map(convert::made_up) }))
    }

    async fn retire_secret(
        &self,
        request: Request<RetireSecretRequest>,
    ) -> Result<Response<RetireSecretResponse>, Status> {
        let by = by(require(&request, Role::Admin)?);
        let asked = request.get_ref();
        let id = parse::id("channel_id", &asked.channel_id)?;
        self.desk
            .retire(id, &asked.name, asked.even_if_used, &by, SystemClock.now())
            .await
            .map_err(|refused| convert::failure(refused, ""))?;
        Ok(Response::new(RetireSecretResponse { channel: Some(self.shown(id).await?) }))
    }

    async fn list_presets(
        &self,
        request: Request<ListPresetsRequest>,
    ) -> Result<Response<ListPresetsResponse>, Status> {
        require(&request, Role::Viewer)?;
        Ok(Response::new(ListPresetsResponse { presets: PRESETS.iter().map(convert::preset).collect() }))
    }
}

impl Channels {
    async fn shown(&self, id: ChannelId) -> Result<ChannelSetup, Failure> {
        self.desk.show(id).await.map(convert::setup).map_err(|refused| convert::failure(refused, ""))
    }
}

fn by(caller: Caller) -> By {
    By { role: caller.role.to_string(), correlation_id: caller.correlation_id }
}

fn declared(channel: Option<ChannelDeclaration>) -> Result<ChannelDeclaration, Failure> {
    channel.ok_or_else(|| Failure::invalid("channel", "is missing", "give it"))
}
