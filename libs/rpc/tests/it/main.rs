//! A server and a client of ours, talking over a real port.

mod calls_need_a_token_and_a_role;
mod deadlines_are_kept;
mod failures_carry_details;
mod plain_http_has_the_same_rules;
mod reflection_knows_everything;
mod stopping_drains;
mod texts_that_cannot_be_kept_are_refused;

use contract::work::v1::dead_item_service_client::DeadItemServiceClient;
use contract::work::v1::dead_item_service_server::{DeadItemService, DeadItemServiceServer};
use contract::work::v1::{
    DeadItem, DiscardDeadItemRequest, DiscardDeadItemResponse, GetDeadItemRequest, GetDeadItemResponse,
    ListDeadItemsRequest, ListDeadItemsResponse, ReplayDeadItemRequest, ReplayDeadItemResponse,
    WakeKeyRequest, WakeKeyResponse,
};
use rpc::{Client, Failure, Role, Server, Violation, require};
use runtime::Lifecycle;
use settings::Auth;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

/// A server with one service, and how to end it.
struct Running {
    uri: String,
    lifecycle: Lifecycle,
    /// Calls of WakeKey answer when this is true.
    gate: watch::Sender<bool>,
}

impl Running {
    async fn start() -> anyhow::Result<Self> {
        let (gate, wait) = watch::channel(false);
        let lifecycle = Lifecycle::new();
        let bound = Server::new("127.0.0.1:0".parse()?, &auth())
            .with_service(DeadItemServiceServer::new(Fake { gate: wait }))
            .serve(lifecycle.clone())
            .await?;
        Ok(Self { uri: format!("http://{bound}"), lifecycle, gate })
    }

    fn client(&self, token: &str) -> anyhow::Result<DeadItemServiceClient<Client>> {
        Ok(DeadItemServiceClient::new(rpc::connect(&self.uri, &token.into())?))
    }

    async fn channel(&self) -> anyhow::Result<tonic::transport::Channel> {
        Ok(tonic::transport::Endpoint::from_shared(self.uri.clone())?.connect().await?)
    }
}

fn auth() -> Auth {
    Auth {
        viewer_token: "viewer-token".into(),
        operator_token: "operator-token".into(),
        admin_token: "admin-token".into(),
        service_token: "service-token".into(),
    }
}

/// Answers each call in a way of its own.
struct Fake {
    gate: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl DeadItemService for Fake {
    /// Fine.
    async fn list_dead_items(
        &self,
        request: Request<ListDeadItemsRequest>,
    ) -> Result<Response<ListDeadItemsResponse>, Status> {
        let caller = require(&request, Role::Viewer)?;
        let item = DeadItem {
            correlation_id: caller.correlation_id.to_string(),
            cause_text: caller.role.to_string(),
            ..Default::default()
        };
        Ok(Response::new(ListDeadItemsResponse { items: vec![item], next_cursor: String::new() }))
    }

    /// Fails by id.
    #[expect(clippy::panic, reason = "to show what becomes of a panic")]
    async fn get_dead_item(
        &self,
        request: Request<GetDeadItemRequest>,
    ) -> Result<Response<GetDeadItemResponse>, Status> {
        require(&request, Role::Viewer)?;
        let violation = |field: &str| Violation {
            field: field.to_owned(),
            problem: "is wrong".to_owned(),
            remedy: "mend it".to_owned(),
        };
        let failure = match request.get_ref().id.as_str() {
            "invalid" => Failure::all_invalid(vec![violation("id"), violation("plan.every")]),
            "not_found" => Failure::not_found("dead item", "itm_1"),
            "precondition" => Failure::precondition("it was discarded", "restore it first")
                .reason("ITEM_DISCARDED")
                .with("id", "itm_1"),
            "conflict" => Failure::conflict("it changed", "read it again"),
            "unavailable" => Failure::unavailable("the database is away", "ask again")
                .retry_after(std::time::Duration::from_secs(7)),
            long if long.len() > 1000 => {
                let wrong = |field: usize| Violation {
                    field: field.to_string(),
                    problem: format!("is {long}"),
                    remedy: format!("is not {long}"),
                };
                Failure::all_invalid((0..40).map(wrong).collect()).with("id", long)
            }
            "internal" => Failure::internal(std::io::Error::other("the table of secrets is broken")),
            "panic" => panic!("a bug"),
            _ => return Err(Status::cancelled("made by hand")),
        };
        Err(failure.into())
    }

    async fn replay_dead_item(
        &self,
        request: Request<ReplayDeadItemRequest>,
    ) -> Result<Response<ReplayDeadItemResponse>, Status> {
        require(&request, Role::Operator)?;
        Ok(Response::new(Default::default()))
    }

    async fn discard_dead_item(
        &self,
        request: Request<DiscardDeadItemRequest>,
    ) -> Result<Response<DiscardDeadItemResponse>, Status> {
        require(&request, Role::Admin)?;
        Ok(Response::new(Default::default()))
    }

    /// Waits for the gate.
    async fn wake_key(&self, request: Request<WakeKeyRequest>) -> Result<Response<WakeKeyResponse>, Status> {
        require(&request, Role::Service)?;
        let _ = self.gate.clone().wait_for(|open| *open).await;
        Ok(Response::new(WakeKeyResponse { waiting: 1 }))
    }
}
