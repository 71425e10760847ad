use contract::work::v1::{GetDeadItemRequest, ListDeadItemsRequest};
use proptest::prelude::*;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::Running;

fn fields(status: &Status) -> Vec<String> {
    let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    violations.into_iter().map(|violation| violation.field).collect()
}

/// Whatever a method does with its texts: it never sees one with a NUL.
#[tokio::test]
async fn by_the_name_of_the_field() -> anyhow::Result<()> {
    let server = Running::start().await?;
    let mut client = server.client("viewer-token")?;
    let asked = ListDeadItemsRequest {
        after: "a\0b".to_owned(),
        tenant_id: "\0".to_owned(),
        cause: "plain".to_owned(),
        ..Default::default()
    };
    let Err(status) = client.list_dead_items(asked).await else { anyhow::bail!("it was taken") };
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(fields(&status), ["after", "tenant_id"]);
    let told = "after holds a NUL character (U+0000), which cannot be kept; take it out. ";
    assert!(status.message().starts_with(told), "{}", status.message());
    Ok(())
}

#[tokio::test]
async fn who_may_not_ask_is_told_nothing_else() -> anyhow::Result<()> {
    let mut client = Running::start().await?.client("a stranger's")?;
    let Err(status) = client.get_dead_item(GetDeadItemRequest { id: "\0".to_owned() }).await else {
        anyhow::bail!("it was taken")
    };
    assert_eq!(status.code(), Code::Unauthenticated);
    Ok(())
}

#[tokio::test]
async fn what_is_too_long_is_told_so() -> anyhow::Result<()> {
    let server = Running::start().await?;
    let mut client = server.client("viewer-token")?;
    let id = "x".repeat(4 * 1024 * 1024);
    let Err(status) = client.get_dead_item(GetDeadItemRequest { id }).await else {
        anyhow::bail!("it was taken")
    };
    assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["request".to_owned()]));
    Ok(())
}

/// Strings of which every second holds one.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), (any::<String>(), any::<String>()).prop_map(|(a, b)| format!("{a}\0{b}"))]
}

#[test]
fn any_text_is_taken_or_refused() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let server = runtime.block_on(Running::start())?;
    let client = runtime.block_on(async { server.client("viewer-token") })?;
    proptest!(ProptestConfig::with_cases(128), |(after in text(), tenant_id in text(), limit in any::<i32>())| {
        let wrong = [("after", &after), ("tenant_id", &tenant_id)];
        let wrong: Vec<_> = wrong.into_iter().filter(|(_, text)| text.contains('\0')).map(|(name, _)| name).collect();
        let asked = ListDeadItemsRequest { after: after.clone(), tenant_id: tenant_id.clone(), page_size: limit, ..Default::default() };
        match runtime.block_on(client.clone().list_dead_items(asked)) {
            Ok(_) => prop_assert!(wrong.is_empty()),
            Err(status) => {
                prop_assert_eq!(status.code(), Code::InvalidArgument);
                prop_assert_eq!(fields(&status), wrong);
            }
        }
    });
    Ok(())
}
