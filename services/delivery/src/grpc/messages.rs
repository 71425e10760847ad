//! `frontdesk.delivery.v1.MessageService`.

use contract::delivery::v1::{
    GetMessageRequest, GetMessageResponse, ListMessagesRequest, ListMessagesResponse,
    message_service_server::MessageService,
};
use ids::MessageId;
use rpc::{Failure, Role, parse, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::convert;
use crate::store::messages::{self, AttemptRow, Filter, MessageRow};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Messages {
    /// Rows.
    pub pool: PgPool,
}

impl Messages {
    /// One message with its calls, oldest first.
    pub async fn one(&self, id: MessageId) -> Result<(MessageRow, Vec<AttemptRow>), Failure> {
        let filter = Filter { id: Some(id), ..Filter::default() };
        let row = messages::list(&self.pool, filter, 1)
            .await
            .map_err(Failure::internal)?
            .pop()
            .ok_or_else(|| Failure::not_found("message", id))?;
        let attempts = messages::attempts(&self.pool, id).await.map_err(Failure::internal)?;
        Ok((row, attempts))
    }
}

#[tonic::async_trait]
impl MessageService for Messages {
    async fn get_message(
        &self,
        request: Request<GetMessageRequest>,
    ) -> Result<Response<GetMessageResponse>, Status> {
        let caller = require(&request, Role::Viewer)?;
        let id: MessageId = parse::id("message_id", &request.get_ref().message_id)?;
        let (row, attempts) = self.one(id).await?;
        Ok(Response::new(GetMessageResponse {
            message: Some(convert::message(row, caller.role.permits(Role::Operator))),
            attempts: attempts.into_iter().map(convert::attempt).collect(),
        }))
    }

    async fn list_messages(
        &self,
        request: Request<ListMessagesRequest>,
    ) -> Result<Response<ListMessagesResponse>, Status> {
        let caller = require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let most = parse::page_size("page_size", asked.page_size, 50, 500)?;
        let filter = Filter {
            id: None,
            tenant: Some(parse::id("tenant_id", &asked.tenant_id)?),
            conversation: parse::optional_id("conversation_id", &asked.conversation_id)?,
            state: convert::word(asked.state()),
            before: parse::optional_id("page_token", &asked.page_token)?,
        };
        let rows = messages::list(&self.pool, filter, most.into()).await.map_err(Failure::internal)?;
        let next_page_token = rows
            .last()
            .filter(|_| rows.len() == most as usize)
            .map(|row| row.id.to_string())
            .unwrap_or_default();
        let show_text = caller.role.permits(Role::Operator);
        let messages = rows.into_iter().map(|row| convert::message(row, show_text)).collect();
        Ok(Response::new(ListMessagesResponse { messages, next_page_token }))
    }
}
