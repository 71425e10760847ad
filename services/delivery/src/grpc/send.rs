//! `frontdesk.delivery.v1.SendService`.

use clock::Clock;
use contract::delivery::v1::{
    CancelMessageRequest, CancelMessageResponse, SendMessageRequest, SendMessageResponse,
    send_service_server::SendService,
};
use rpc::{Failure, Role, parse, require};
use tonic::{Request, Response, Status};

use super::content;
use crate::send::{self, Sender};

#[tonic::async_trait]
impl SendService for Sender {
    async fn send_message(
        &self,
        request: Request<SendMessageRequest>,
    ) -> Result<Response<SendMessageResponse>, Status> {
        let caller = require(&request, Role::Operator)?;
        let asked = read(request.into_inner())?.read(clock::SystemClock.now())?;
        let sent = self.send(asked, caller.correlation_id).await?;
        Ok(Response::new(SendMessageResponse {
            message_id: sent.id.to_string(),
            replayed: sent.replayed,
            dry_run: sent.dry_run,
        }))
    }

    async fn cancel_message(
        &self,
        request: Request<CancelMessageRequest>,
    ) -> Result<Response<CancelMessageResponse>, Status> {
        require(&request, Role::Operator)?;
        self.cancel(parse::id("message_id", &request.get_ref().message_id)?).await?;
        Ok(Response::new(CancelMessageResponse {}))
    }
}

fn read(asked: SendMessageRequest) -> Result<send::Request, Failure> {
    let content = asked.content.map(content::body).transpose()?;
    Ok(send::Request {
        tenant: asked.tenant,
        channel: asked.channel,
        to: asked.to,
        text: None,
        content,
        fallback: None,
        lane: Some(asked.lane),
        class: Some(asked.message_class),
        profile: Some(asked.profile),
        not_before: parse::optional_time("not_before", asked.not_before)?,
        not_after: parse::optional_time("not_after", asked.not_after)?,
        on_unknown: Some(asked.on_unknown),
        idempotency_key: Some(asked.idempotency_key),
    })
}
