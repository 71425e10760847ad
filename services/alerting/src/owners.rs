//! The services that keep dead items, asked over gRPC.

use contract::work::v1::{
    DeadItem, DiscardDeadItemRequest, GetDeadItemRequest, GetDeadItemResponse, ListDeadItemsRequest,
    ListDeadItemsResponse, ReplayDeadItemRequest, ReplayDeadItemResponse, WakeKeyRequest,
    dead_item_service_client::DeadItemServiceClient,
};
use ids::{ChannelId, ConversationId};
use settings::Secret;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::domain::dead_letter::OwnerService;

/// Clients of conversation and delivery. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Owners {
    conversation: DeadItemServiceClient<rpc::Client>,
    delivery: DeadItemServiceClient<rpc::Client>,
}

/// An owner did not do as asked.
#[derive(Debug, thiserror::Error)]
#[error("{owner} refused or did not answer")]
pub struct OwnersError {
    /// Which.
    pub owner: OwnerService,
    /// What it said.
    #[source]
    pub status: Box<Status>,
}

/// How an item is replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// Only to hear what would happen.
    Dry,
    /// A person wants it: it lives anew.
    Anew,
    /// Nobody was asked: it gets too late when the dead one does.
    KeepExpiry,
}

impl Owners {
    /// Clients for the two addresses; connects when first used.
    ///
    /// # Errors
    /// When an address or the token cannot be used.
    pub fn try_new(conversation: &str, delivery: &str, token: &Secret) -> Result<Self, rpc::ConnectError> {
        Ok(Self {
            conversation: DeadItemServiceClient::new(rpc::connect(conversation, token)?),
            delivery: DeadItemServiceClient::new(rpc::connect(delivery, token)?),
        })
    }

    /// A page of an owner's dead items.
    ///
    /// # Errors
    /// [`OwnersError`].
    pub async fn dead_items(
        &self,
        owner: OwnerService,
        after: &str,
        most: i32,
    ) -> Result<ListDeadItemsResponse, OwnersError> {
        let request = ListDeadItemsRequest { after: after.to_owned(), page_size: most, ..Default::default() };
        self.client(owner)
            .list_dead_items(request)
            .await
            .map(tonic::Response::into_inner)
            .map_err(failed(owner))
    }

    /// One dead item; `None` when the owner has no such item, or it is not dead (any more).
    ///
    /// # Errors
    /// [`OwnersError`].
    pub async fn dead_item(&self, owner: OwnerService, id: &str) -> Result<Option<DeadItem>, OwnersError> {
        Ok(self.find(owner, id).await?.and_then(|details| details.item))
    }

    /// The same with everything known about it.
    ///
    /// # Errors
    /// [`OwnersError`].
    pub async fn find(
        &self,
        owner: OwnerService,
        id: &str,
    ) -> Result<Option<GetDeadItemResponse>, OwnersError> {
        match self.details(owner, id).await {
            Ok(details) => Ok(Some(details)),
            Err(error) if matches!(error.status.code(), Code::NotFound | Code::InvalidArgument) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A dead item with payload and attempts.
    ///
    /// # Errors
    /// [`OwnersError`].
    pub async fn details(&self, owner: OwnerService, id: &str) -> Result<GetDeadItemResponse, OwnersError> {
        let request = GetDeadItemRequest { id: id.to_owned() };
        self.client(owner)
            .get_dead_item(request)
            .await
            .map(tonic::Response::into_inner)
            .map_err(failed(owner))
    }

    /// Appends a dead item again, or says what that would do.
    ///
    /// # Errors
    /// [`OwnersError`].
    pub async fn replay(
        &self,
        owner: OwnerService,
        id: &str,
        how: Replay,
    ) -> Result<ReplayDeadItemResponse, OwnersError> {
        let request = ReplayDeadItemRequest {
            id: id.to_owned(),
            dry_run: how == Replay::Dry,
            keep_expiry: how == Replay::KeepExpiry,
        };
        self.client(owner)
            .replay_dead_item(request)
            .await
            .map(tonic::Response::into_inner)
            .map_err(failed(owner))
    }

    /// Declares that nothing more is to be done about a dead item.
    ///
    /// # Errors
    /// [`OwnersError`].
    pub async fn discard(&self, owner: OwnerService, id: &str, reason: &str) -> Result<(), OwnersError> {
        let request = DiscardDeadItemRequest { id: id.to_owned(), reason: reason.to_owned() };
        self.client(owner).discard_dead_item(request).await.map(drop).map_err(failed(owner))
    }

    /// Makes an owner look at a key.
    ///
    /// # Errors
    /// [`OwnersError`].
    pub async fn wake_key(&self, owner: OwnerService, key: Uuid) -> Result<(), OwnersError> {
        let key = match owner {
            OwnerService::Conversation => ConversationId::from_uuid(key).to_string(),
            OwnerService::Delivery => ChannelId::from_uuid(key).to_string(),
        };
        self.client(owner).wake_key(WakeKeyRequest { key }).await.map(drop).map_err(failed(owner))
    }

    fn client(&self, owner: OwnerService) -> DeadItemServiceClient<rpc::Client> {
        match owner {
            OwnerService::Conversation => self.conversation.clone(),
            OwnerService::Delivery => self.delivery.clone(),
        }
    }
}

fn failed(owner: OwnerService) -> impl Fn(Status) -> OwnersError {
    move |status| OwnersError { owner, status: Box::new(status) }
}
