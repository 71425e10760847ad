use std::time::Duration;

use contract::work::v1::WakeKeyRequest;
use contract::work::v1::dead_item_service_client::DeadItemServiceClient;
use tonic::{Code, Request};

#[tokio::test]
async fn the_client_gives_up_in_the_same_words() -> anyhow::Result<()> {
    // A server that accepts and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let uri = format!("http://{}", silent.local_addr()?);
    let mut client = DeadItemServiceClient::new(rpc::connect(&uri, &"service-token".into())?);
    let mut request = Request::new(WakeKeyRequest::default());
    request.set_timeout(Duration::from_millis(50));
    let Err(status) = client.wake_key(request).await else { anyhow::bail!("answered") };
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status:?}");
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() -> anyhow::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let uri = format!("http://{}", listener.local_addr()?);
    drop(listener);
    let mut client = DeadItemServiceClient::new(rpc::connect(&uri, &"service-token".into())?);
    let Err(status) = client.wake_key(WakeKeyRequest::default()).await else { anyhow::bail!("answered") };
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    Ok(())
}

#[tokio::test]
async fn wrong_addresses_and_tokens_are_refused_at_once() {
    for wrong in ["", "localhost:9080", "https://localhost:9080", "http://"] {
        let refused = rpc::connect(wrong, &"t".into());
        assert!(matches!(refused, Err(rpc::ConnectError::Address(_))), "{wrong}");
    }
    let refused = rpc::connect("http://localhost:9080", &"line\nbreak".into());
    assert!(matches!(refused, Err(rpc::ConnectError::Token)));
}
