use tonic::Request;
use tonic::metadata::MetadataValue;

use crate::Running;

/// The same conversation in both versions of the protocol.
macro_rules! conversation {
    ($name:ident, $version:ident) => {
        #[tokio::test]
        async fn $name() -> anyhow::Result<()> {
            use pb::server_reflection_request::MessageRequest as Ask;
            use pb::server_reflection_response::MessageResponse as Answer;
            use tonic_reflection::pb::$version as pb;

            let server = Running::start().await?;
            let mut client =
                pb::server_reflection_client::ServerReflectionClient::new(server.channel().await?);
            let mut ask = async |ask: Ask, token: bool| -> anyhow::Result<Answer> {
                let question =
                    pb::ServerReflectionRequest { host: String::new(), message_request: Some(ask) };
                let mut request = Request::new(tokio_stream::iter([question]));
                if token {
                    let header = MetadataValue::from_static("Bearer viewer-token");
                    request.metadata_mut().insert("authorization", header);
                }
                let answer = client.server_reflection_info(request).await?.into_inner().message().await?;
                answer.and_then(|answer| answer.message_response).ok_or_else(|| anyhow::anyhow!("no answer"))
            };

            assert!(ask(Ask::ListServices(String::new()), false).await.is_err(), "it needs a token");

            let Answer::ListServicesResponse(list) = ask(Ask::ListServices(String::new()), true).await?
            else {
                anyhow::bail!("not a list")
            };
            let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
            names.sort();
            assert!(names.contains(&"frontdesk.work.v1.DeadItemService".to_owned()), "{names:?}");
            assert!(names.contains(&"grpc.health.v1.Health".to_owned()), "{names:?}");
            assert!(
                !names.iter().any(|name| name.starts_with("frontdesk.") && !name.contains(".work.")),
                "{names:?}"
            );

            for symbol in ["frontdesk.work.v1.DeadItem", "google.rpc.ErrorInfo", "google.rpc.BadRequest"] {
                let answer = ask(Ask::FileContainingSymbol(symbol.to_owned()), true).await?;
                assert!(matches!(answer, Answer::FileDescriptorResponse(_)), "{symbol}");
            }
            Ok(())
        }
    };
}

conversation!(version_1, v1);
conversation!(version_1_alpha, v1alpha);
