//! `frontdesk.conversation.v1.ConversationService`.

use clock::SharedClock;
use contract::conversation::v1::{
    Conversation, CreateMediaLinkRequest, CreateMediaLinkResponse, GetConversationRequest,
    GetConversationResponse, HandBackConversationRequest, HandBackConversationResponse,
    ListConversationsRequest, ListConversationsResponse, ListTenantsRequest, ListTenantsResponse,
    TakeOverConversationRequest, TakeOverConversationResponse,
    conversation_service_server::ConversationService,
};
use ids::{ConversationId, ItemId};
use rpc::{Failure, Role, parse, parse::proto_time, require};
use sqlx::PgPool;
use tonic::{Request, Response, Status};

use super::convert;
use crate::media::link::Links;
use crate::store::{
    conversations::{self, ConversationRow},
    media, tenants, turns,
};

/// The service's state.
#[derive(Clone, Debug)]
pub struct Conversations {
    /// Rows.
    pub pool: PgPool,
    /// Makes links to files; `None`: none are made.
    pub links: Option<Links>,
    /// The time links begin at.
    pub clock: SharedClock,
}

#[tonic::async_trait]
impl ConversationService for Conversations {
    async fn list_tenants(
        &self,
        request: Request<ListTenantsRequest>,
    ) -> Result<Response<ListTenantsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let rows = tenants::list(&self.pool).await.map_err(Failure::internal)?;
        Ok(Response::new(ListTenantsResponse { tenants: rows.into_iter().map(convert::tenant).collect() }))
    }

    async fn list_conversations(
        &self,
        request: Request<ListConversationsRequest>,
    ) -> Result<Response<ListConversationsResponse>, Status> {
        require(&request, Role::Viewer)?;
        let asked = request.get_ref();
        let tenant = Some(parse::id("tenant_id", &asked.tenant_id)?);
        let most = i64::from(parse::page_size("page_size", asked.page_size, 50, 500)?);
        let offset: i64 = match asked.page_token.as_str() {
            "" => 0,
            token => token.parse().map_err(|_| {
                Failure::invalid(
                    "page_token",
                    "is not a place in this list",
                    "give next_page_token of the page before",
                )
            })?,
        };
        let owner = convert::word(asked.owner());
        let rows = conversations::list(&self.pool, None, tenant, owner, offset, most)
            .await
            .map_err(Failure::internal)?;
        let full = i64::try_from(rows.len()).is_ok_and(|n| n == most);
        let next_page_token = if full { (offset + most).to_string() } else { String::new() };
        let conversations = rows.iter().map(convert::conversation).collect();
        Ok(Response::new(ListConversationsResponse { conversations, next_page_token }))
    }

    async fn get_conversation(
        &self,
        request: Request<GetConversationRequest>,
    ) -> Result<Response<GetConversationResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let row = self.find(&asked.conversation_id).await?;
        let most = parse::page_size("lines", asked.lines, 50, 500)?;
        let most_rows = i32::try_from(most).unwrap_or(500);
        let lines = turns::history(&self.pool, row.id.uuid(), i64::MAX, most_rows)
            .await
            .map_err(Failure::internal)?;
        let changes =
            conversations::transitions(&self.pool, row.id, most.into()).await.map_err(Failure::internal)?;
        let files =
            media::list(&self.pool, Some(row.id), None, most.into()).await.map_err(Failure::internal)?;
        Ok(Response::new(GetConversationResponse {
            conversation: Some(convert::conversation(&row)),
            lines: lines.into_iter().map(convert::line).collect(),
            transitions: changes.into_iter().map(convert::transition).collect(),
            media: files.into_iter().map(convert::media).collect(),
        }))
    }

    async fn create_media_link(
        &self,
        request: Request<CreateMediaLinkRequest>,
    ) -> Result<Response<CreateMediaLinkResponse>, Status> {
        require(&request, Role::Operator)?;
        let item: ItemId = parse::id("item_id", &request.get_ref().item_id)?;
        let links = self.links.as_ref().ok_or_else(|| {
            Failure::precondition("no links can be made here", "set media.link_signing_key")
        })?;
        let row = media::list(&self.pool, None, Some(item), 1).await.map_err(Failure::internal)?.pop();
        let row = row.ok_or_else(|| Failure::not_found("file", item))?;
        if row.state != "stored" {
            let why = row.cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            let problem = format!("the file is {}{why}", row.state);
            return Err(
                Failure::precondition(problem, "ask the customer to send it again if it is needed").into()
            );
        }
        let (url, ends) = links.make(item, self.clock.now());
        Ok(Response::new(CreateMediaLinkResponse { url, expires_at: Some(proto_time(ends)) }))
    }

    async fn take_over_conversation(
        &self,
        request: Request<TakeOverConversationRequest>,
    ) -> Result<Response<TakeOverConversationResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let conversation = self.change(&asked.conversation_id, "human", &asked.reason).await?;
        Ok(Response::new(TakeOverConversationResponse { conversation: Some(conversation) }))
    }

    async fn hand_back_conversation(
        &self,
        request: Request<HandBackConversationRequest>,
    ) -> Result<Response<HandBackConversationResponse>, Status> {
        require(&request, Role::Operator)?;
        let asked = request.get_ref();
        let conversation = self.change(&asked.conversation_id, "bot", &asked.reason).await?;
        Ok(Response::new(HandBackConversationResponse { conversation: Some(conversation) }))
    }
}

impl Conversations {
    async fn find(&self, id: &str) -> Result<ConversationRow, Failure> {
        let id: ConversationId = parse::id("conversation_id", id)?;
        let mut rows =
            conversations::list(&self.pool, Some(id), None, None, 0, 1).await.map_err(Failure::internal)?;
        rows.pop().ok_or_else(|| Failure::not_found("conversation", id))
    }

    async fn change(&self, id: &str, to: &str, reason: &str) -> Result<Conversation, Failure> {
        let reason = parse::text("reason", reason, 500)?;
        let row = self.find(id).await?;
        conversations::set_owner(&self.pool, row.id, to, &reason).await.map_err(Failure::internal)?;
        Ok(convert::conversation(&self.find(id).await?))
    }
}
