use contract::work::v1::dead_item_service_client::DeadItemServiceClient;
use contract::work::v1::{DiscardDeadItemRequest, ListDeadItemsRequest, ReplayDeadItemRequest};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::Running;

fn reason(status: &tonic::Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

#[tokio::test]
async fn without_or_with_a_wrong_token_nothing_is_answered() -> anyhow::Result<()> {
    let server = Running::start().await?;
    let mut bare = DeadItemServiceClient::new(server.channel().await?);
    let Err(status) = bare.list_dead_items(ListDeadItemsRequest::default()).await else {
        anyhow::bail!("answered")
    };
    assert_eq!((status.code(), reason(&status).as_deref()), (Code::Unauthenticated, Some("TOKEN_MISSING")));
    assert!(status.message().contains("authorization: Bearer"), "{}", status.message());

    let mut wrong = server.client("viewer-toke")?;
    let Err(status) = wrong.list_dead_items(ListDeadItemsRequest::default()).await else {
        anyhow::bail!("answered")
    };
    assert_eq!((status.code(), reason(&status).as_deref()), (Code::Unauthenticated, Some("TOKEN_UNKNOWN")));
    assert!(!format!("{status:?}").contains("viewer-toke"));
    Ok(())
}

#[tokio::test]
async fn each_role_may_what_it_may() -> anyhow::Result<()> {
    let server = Running::start().await?;
    for (token, replays, discards) in [
        ("viewer-token", false, false),
        ("operator-token", true, false),
        ("admin-token", true, true),
        ("service-token", true, false),
    ] {
        let mut client = server.client(token)?;
        let list = client.list_dead_items(ListDeadItemsRequest::default()).await?.into_inner();
        assert_eq!(format!("{}-token", list.items[0].cause_text), token);
        let replayed = client.replay_dead_item(ReplayDeadItemRequest::default()).await;
        assert_eq!(replayed.is_ok(), replays, "{token}");
        let discarded = client.discard_dead_item(DiscardDeadItemRequest::default()).await;
        assert_eq!(discarded.is_ok(), discards, "{token}");
        for refused in [replayed.map(drop), discarded.map(drop)].into_iter().filter_map(Result::err) {
            assert_eq!(
                (refused.code(), reason(&refused).as_deref()),
                (Code::PermissionDenied, Some("ROLE_INSUFFICIENT"))
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_correlation_id_is_taken_over_if_it_is_one() -> anyhow::Result<()> {
    let server = Running::start().await?;
    let mut client = server.client("viewer-token")?;
    let given = "0198c0de-0000-7000-8000-000000000001";
    let mut request = Request::new(ListDeadItemsRequest::default());
    request.metadata_mut().insert("correlation-id", given.parse()?);
    let answer = client.list_dead_items(request).await?.into_inner();
    assert_eq!(answer.items[0].correlation_id, given);
    let mut request = Request::new(ListDeadItemsRequest::default());
    request.metadata_mut().insert("correlation-id", "a customer's name".parse()?);
    let answer = client.list_dead_items(request).await?.into_inner();
    assert!(uuid::Uuid::try_parse(&answer.items[0].correlation_id).is_ok());
    Ok(())
}

#[tokio::test]
async fn health_is_open_to_all() -> anyhow::Result<()> {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;
    let server = Running::start().await?;
    let mut health = HealthClient::new(server.channel().await?);
    for service in ["", "frontdesk.work.v1.DeadItemService"] {
        let answer = health.check(HealthCheckRequest { service: service.to_owned() }).await?.into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    Ok(())
}

#[tokio::test]
async fn two_roles_with_one_token_keep_the_server_from_starting() -> anyhow::Result<()> {
    let auth =
        settings::Auth { admin_token: "same".into(), viewer_token: "same".into(), ..Default::default() };
    let started = rpc::Server::new("127.0.0.1:0".parse()?, &auth).serve(runtime::Lifecycle::new()).await;
    assert!(matches!(started, Err(rpc::ServeError::Tokens(_))));
    Ok(())
}

#[tokio::test]
async fn a_taken_port_is_named() -> anyhow::Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let addr = taken.local_addr()?;
    let Err(error) = rpc::Server::new(addr, &crate::auth()).serve(runtime::Lifecycle::new()).await else {
        anyhow::bail!("started")
    };
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
    Ok(())
}
