//! The services that tell what is wrong with them, asked over gRPC.

use std::time::Duration;

use contract::work::v1::{ListTroublesRequest, trouble_service_client::TroubleServiceClient};
use futures_util::future::join_all;
use settings::Secret;
use tonic::Request;

use crate::domain::trouble::Trouble;

/// How long one may take to answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// Clients of all owners. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Watched {
    all: Vec<(&'static str, TroubleServiceClient<rpc::Client>)>,
}

/// What one owner answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which.
    pub service: &'static str,
    /// What is wrong; or why it did not answer, in words.
    pub troubles: Result<Vec<Trouble>, String>,
}

impl Watched {
    /// Clients for the addresses; connects when first used.
    ///
    /// # Errors
    /// When an address or the token cannot be used.
    pub fn try_new(
        addresses: impl IntoIterator<Item = (&'static str, String)>,
        token: &Secret,
    ) -> Result<Self, rpc::ConnectError> {
        let all = addresses
            .into_iter()
            .map(|(name, address)| Ok((name, TroubleServiceClient::new(rpc::connect(&address, token)?))))
            .collect::<Result<_, _>>()?;
        Ok(Self { all })
    }

    /// Asks all of them at once.
    pub async fn ask(&self) -> Vec<Answer> {
        let asked = self.all.iter().map(|(service, client)| async move {
            let mut request = Request::new(ListTroublesRequest {});
            request.set_timeout(PATIENCE);
            let troubles = match client.clone().list_troubles(request).await {
                Ok(answer) => {
                    let told = answer.into_inner().troubles.into_iter();
                    Ok(told.map(|trouble| Trouble::told_by(service, trouble)).collect())
                }
                Err(status) => Err(format!("{:?}: {}", status.code(), status.message())),
            };
            Answer { service, troubles }
        });
        join_all(asked).await
    }
}
