//! `frontdesk.delivery.v1.ConnectionService`.

use std::pin::Pin;
use std::time::Duration;

use addressing::Phone;
use contract::delivery::v1::{
    CheckChannelRequest, CheckChannelResponse, ConnectPhoneRequest, ConnectPhoneResponse,
    CreateInstanceRequest, CreateInstanceResponse, EndDeafnessRequest, EndDeafnessResponse,
    GetConnectionStateRequest, GetConnectionStateResponse, LogOutRequest, LogOutResponse,
    RestartInstanceRequest, RestartInstanceResponse, SetWebhookRequest, SetWebhookResponse,
    connection_service_server::ConnectionService,
};
use futures_util::Stream;
use rpc::{Failure, Role, parse, require};
use settings::SecretRef;
use tokio::sync::mpsc;
use tonic::{Request, Response, Status};
use tracing::warn;

use super::convert_connection as convert;
use super::queue_changes::Wanted;
use crate::domain::door::Why;
use crate::setup::{Canary, Desk, Wish};
use crate::{hearing, store};

/// How long a check waits for what comes back, if nobody says …
const USUAL_WAIT: u32 = 20;
/// … and at most.
const LONGEST_WAIT: u32 = 120;
/// There are six links.
const STEPS: usize = 8;

/// The service's state.
#[derive(Clone, Debug)]
pub struct Connections {
    /// Where it is done.
    pub desk: Desk,
    /// Messages may be sent.
    pub sending: bool,
}

#[tonic::async_trait]
impl ConnectionService for Connections {
    type CheckChannelStream = Pin<Box<dyn Stream<Item = Result<CheckChannelResponse, Status>> + Send>>;

    async fn get_connection_state(
        &self,
        request: Request<GetConnectionStateRequest>,
    ) -> Result<Response<GetConnectionStateResponse>, Status> {
        require(&request, Role::Operator)?;
        let id = parse::id("channel_id", &request.get_ref().channel_id)?;
        let shown = self.desk.state(id).await.map_err(convert::failure)?;
        let advice = Why::of_connection(shown.state).map(Why::advice);
        Ok(Response::new(GetConnectionStateResponse {
            state: shown.state.as_str().to_owned(),
            explanation: advice.map(|advice| advice.words.to_owned()).unwrap_or_default(),
            next_step: advice.map(|advice| advice.next_step.to_owned()).unwrap_or_default(),
            door: shown.row.door.as_str().to_owned(),
            webhook: Some(convert::webhook(shown.url, shown.hooked)),
        }))
    }

    async fn create_instance(
        &self,
        request: Request<CreateInstanceRequest>,
    ) -> Result<Response<CreateInstanceResponse>, Status> {
        // It reads a secret that the caller names.
        require(&request, Role::Admin)?;
        let asked = request.get_ref();
        let id = parse::id("channel_id", &asked.channel_id)?;
        let key: Option<SecretRef> = parse::optional_id("server_key", &asked.server_key)?;
        let created = self.desk.create_instance(id, key).await.map_err(convert::failure)?;
        Ok(Response::new(CreateInstanceResponse { created }))
    }

    async fn connect_phone(
        &self,
        request: Request<ConnectPhoneRequest>,
    ) -> Result<Response<ConnectPhoneResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let id = parse::id("channel_id", &asked.channel_id)?;
        let number = phone("number", &asked.number)?;
        let pairing = self.desk.pair(id, number.as_deref()).await.map_err(convert::failure)?;
        Ok(Response::new(convert::pairing(pairing)))
    }

    async fn restart_instance(
        &self,
        request: Request<RestartInstanceRequest>,
    ) -> Result<Response<RestartInstanceResponse>, Status> {
        require(&request, Role::Operator)?;
        let id = parse::id("channel_id", &request.get_ref().channel_id)?;
        let state = self.desk.restart(id).await.map_err(convert::failure)?;
        Ok(Response::new(RestartInstanceResponse { state: state.as_str().to_owned() }))
    }

    async fn log_out(&self, request: Request<LogOutRequest>) -> Result<Response<LogOutResponse>, Status> {
        require(&request, Role::Operator)?;
        let id = parse::id("channel_id", &request.get_ref().channel_id)?;
        let logged_out = self.desk.log_out(id).await.map_err(convert::failure)?;
        Ok(Response::new(LogOutResponse { logged_out }))
    }

    async fn set_webhook(
        &self,
        request: Request<SetWebhookRequest>,
    ) -> Result<Response<SetWebhookResponse>, Status> {
        require(&request, Role::Operator)?;
        let id = parse::id("channel_id", &request.get_ref().channel_id)?;
        let (url, hooked) = self.desk.set_webhook(id).await.map_err(convert::failure)?;
        if let Err(error) = store::hearing::ask_soon(&self.desk.pool, id).await {
            warn!(channel = %id, %error, "the webhook is set; whether the channel hears now is asked as late as usual");
        }
        Ok(Response::new(SetWebhookResponse { webhook: Some(convert::webhook(url, Ok(hooked))) }))
    }

    async fn end_deafness(
        &self,
        request: Request<EndDeafnessRequest>,
    ) -> Result<Response<EndDeafnessResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let EndDeafnessRequest { channel_id, reason, asked_by } = request.into_inner();
        let id = parse::id("channel_id", &channel_id)?;
        let asker = Wanted::read(caller, None, false, &reason, &asked_by)?.asker();
        let ended = hearing::end(&self.desk.pool, id, &asker).await.map_err(Failure::internal)?;
        Ok(Response::new(EndDeafnessResponse { ended }))
    }

    async fn check_channel(
        &self,
        request: Request<CheckChannelRequest>,
    ) -> Result<Response<Self::CheckChannelStream>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let id = parse::id("channel_id", &asked.channel_id)?;
        let wait = if asked.wait_seconds == 0 { USUAL_WAIT } else { asked.wait_seconds.min(LONGEST_WAIT) };
        let canary = if self.sending {
            Canary::Send { receipt: false }
        } else {
            let why = "sending is switched off (delivery.send_enabled)";
            Canary::Withheld { why, instead: "switch it on" }
        };
        let wish =
            Wish { to: phone("phone", &asked.phone)?, patience: Duration::from_secs(wait.into()), canary };
        let (tell, told) = mpsc::channel(STEPS);
        let desk = self.desk.clone();
        // Dropped with the stream when the caller goes away.
        let checking = async move { desk.check(id, wish, &tell).await };
        Ok(Response::new(Box::pin(convert::steps(checking, told))))
    }
}

/// Digits of a telephone number, or nothing where the field is empty.
fn phone(field: &str, text: &str) -> Result<Option<String>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    let phone = Phone::parse(text).map_err(|error| {
        Failure::invalid(field, error.to_string(), "write it with its country code, like +447700900123")
    })?;
    Ok(Some(phone.expose().trim_start_matches('+').to_owned()))
}
