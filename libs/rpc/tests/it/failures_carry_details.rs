use std::time::Duration;

use contract::work::v1::GetDeadItemRequest;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::Running;

async fn fail(id: &str) -> anyhow::Result<(Status, ErrorDetails)> {
    let server = Running::start().await?;
    let mut client = server.client("viewer-token")?;
    let Err(status) = client.get_dead_item(GetDeadItemRequest { id: id.to_owned() }).await else {
        anyhow::bail!("{id} succeeded")
    };
    let details = status.get_error_details();
    let info = details.error_info().ok_or_else(|| anyhow::anyhow!("{id} has no ErrorInfo"))?;
    assert_eq!(info.domain, "frontdesk");
    Ok((status, details))
}

fn reason(details: &ErrorDetails) -> &str {
    details.error_info().map(|info| info.reason.as_str()).unwrap_or_default()
}

#[tokio::test]
async fn invalid_fields_are_all_named() -> anyhow::Result<()> {
    let (status, details) = fail("invalid").await?;
    assert_eq!((status.code(), reason(&details)), (Code::InvalidArgument, "INVALID_FIELD"));
    assert_eq!(status.message(), "id is wrong; mend it. plan.every is wrong; mend it");
    let fields: Vec<_> =
        details.bad_request().iter().flat_map(|bad| &bad.field_violations).map(|v| &v.field).collect();
    assert_eq!(fields, ["id", "plan.every"]);
    Ok(())
}

/// They travel in headers, of which a caller takes 16 KiB; longer ones would end the connection and all calls on it.
#[tokio::test]
async fn what_repeats_a_long_text_arrives() -> anyhow::Result<()> {
    let (status, details) = fail(&"é".repeat(500_000)).await?;
    assert_eq!((status.code(), reason(&details)), (Code::InvalidArgument, "INVALID_FIELD"));
    let violations = details.bad_request().map(|bad| bad.field_violations.clone()).unwrap_or_default();
    assert_eq!(violations.len(), 12);
    assert!(
        violations[0].description.starts_with("is éé") && violations[0].description.contains("…; is not é")
    );
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_named() -> anyhow::Result<()> {
    let (status, details) = fail("not_found").await?;
    assert_eq!((status.code(), status.message()), (Code::NotFound, "there is no dead item itm_1"));
    assert_eq!(details.resource_info().map(|info| info.resource_name.as_str()), Some("itm_1"));
    Ok(())
}

#[tokio::test]
async fn preconditions_have_a_reason_and_facts() -> anyhow::Result<()> {
    let (status, details) = fail("precondition").await?;
    assert_eq!((status.code(), reason(&details)), (Code::FailedPrecondition, "ITEM_DISCARDED"));
    assert_eq!(status.message(), "it was discarded; restore it first");
    assert_eq!(
        details.error_info().and_then(|info| info.metadata.get("id").cloned()).as_deref(),
        Some("itm_1")
    );
    assert_eq!(details.precondition_failure().map(|failure| failure.violations.len()), Some(1));
    let (status, _) = fail("conflict").await?;
    assert_eq!(status.code(), Code::Aborted);
    Ok(())
}

#[tokio::test]
async fn what_passes_by_itself_says_when_to_ask_again() -> anyhow::Result<()> {
    let (status, details) = fail("unavailable").await?;
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(details.retry_info().and_then(|info| info.retry_delay), Some(Duration::from_secs(7)));
    Ok(())
}

#[tokio::test]
async fn our_own_mistakes_leave_as_a_reference() -> anyhow::Result<()> {
    let (status, details) = fail("internal").await?;
    assert_eq!((status.code(), reason(&details)), (Code::Internal, "INTERNAL"));
    assert!(!format!("{status:?}").contains("secrets"), "{status:?}");
    let reference = details.error_info().and_then(|info| info.metadata.get("reference").cloned());
    assert!(reference.is_some_and(|reference| status.message().contains(&reference)));
    Ok(())
}

#[tokio::test]
async fn a_status_made_by_hand_and_a_panic_get_details_too() -> anyhow::Result<()> {
    let (status, details) = fail("by hand").await?;
    assert_eq!(
        (status.code(), status.message(), reason(&details)),
        (Code::Cancelled, "made by hand", "CANCELLED")
    );
    let (status, details) = fail("panic").await?;
    assert_eq!((status.code(), reason(&details)), (Code::Internal, "INTERNAL"));
    Ok(())
}

#[tokio::test]
async fn an_unknown_method_gets_details_too() -> anyhow::Result<()> {
    let server = Running::start().await?;
    let mut raw = tonic::client::Grpc::new(rpc::connect(&server.uri, &"viewer-token".into())?);
    raw.ready().await?;
    let codec = tonic_prost::ProstCodec::<GetDeadItemRequest, GetDeadItemRequest>::default();
    let path = http::uri::PathAndQuery::from_static("/frontdesk.work.v1.NoSuchService/Get");
    let Err(status) = raw.unary(tonic::Request::new(GetDeadItemRequest::default()), path, codec).await else {
        anyhow::bail!("answered")
    };
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(reason(&status.get_error_details()), "UNIMPLEMENTED");
    Ok(())
}
