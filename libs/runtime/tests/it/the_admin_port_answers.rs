use crate::{Serving, migrated};

#[tokio::test]
async fn alive_ready_and_measured() -> anyhow::Result<()> {
    let database = migrated().await?;
    let serving = Serving::start(&database, &[]).await?;
    assert_eq!(serving.get("/livez").await?, (200, "alive\n".to_owned()));
    let (status, body) = serving.get("/readyz").await?;
    assert_eq!((status, body.as_str()), (200, r#"{"closed":{},"ready":true}"#));
    let (status, metrics) = serving.get("/metrics").await?;
    assert_eq!(status, 200);
    assert!(metrics.contains("# HELP frontdesk_build_info"), "{metrics}");
    assert!(metrics.contains("frontdesk_build_info{version=\""), "{metrics}");
    assert_eq!(serving.get("/nothing").await?.0, 404);
    Ok(())
}
