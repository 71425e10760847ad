//! The services that tell what happened, asked over gRPC.

use contract::work::v1::{
    FindThreadsRequest, ListStepsRequest, Step, Thread, timeline_service_client::TimelineServiceClient,
};
use futures_util::future::join_all;
use settings::Secret;
use tonic::{Code, Status};
use tracing::warn;

/// Clients of conversation, delivery and scheduler. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tellers {
    all: Vec<(&'static str, TimelineServiceClient<rpc::Client>)>,
}

/// What they told, and who did not answer.
#[derive(Debug)]
pub struct Told<T> {
    /// By service.
    pub answers: Vec<(&'static str, Vec<T>)>,
    /// Services that did not answer.
    pub silent: Vec<&'static str>,
}

impl Tellers {
    /// Clients for the addresses; connects when first used.
    ///
    /// # Errors
    /// When an address or the token cannot be used.
    pub fn try_new(addresses: [(&'static str, &str); 3], token: &Secret) -> Result<Self, rpc::ConnectError> {
        let all = addresses
            .into_iter()
            .map(|(name, address)| Ok((name, TimelineServiceClient::new(rpc::connect(address, token)?))))
            .collect::<Result<_, _>>()?;
        Ok(Self { all })
    }

    /// What belongs to a subject. What a service refuses is the caller's mistake and ends it.
    ///
    /// # Errors
    /// The refusal.
    pub async fn threads(&self, subject: &FindThreadsRequest) -> Result<Told<Thread>, Status> {
        let asked = self.all.iter().map(|(name, client)| async move {
            let answer = client.clone().find_threads(subject.clone()).await;
            (*name, answer.map(|answer| answer.into_inner().threads))
        });
        told(join_all(asked).await)
    }

    /// What each did in threads.
    ///
    /// # Errors
    /// A refusal, which would be our own mistake.
    pub async fn steps(&self, threads: &[Thread]) -> Result<Told<Step>, Status> {
        let request = ListStepsRequest { threads: threads.to_vec() };
        let asked = self.all.iter().map(|(name, client)| {
            let (mut client, request) = (client.clone(), request.clone());
            async move {
                let answer = client.list_steps(request).await;
                (*name, answer.map(|answer| answer.into_inner().steps))
            }
        });
        told(join_all(asked).await)
    }
}

fn told<T>(answers: Vec<(&'static str, Result<Vec<T>, Status>)>) -> Result<Told<T>, Status> {
    let mut told = Told { answers: Vec::new(), silent: Vec::new() };
    for (name, answer) in answers {
        match answer {
            Ok(answer) => told.answers.push((name, answer)),
            Err(refusal) if refusal.code() == Code::InvalidArgument => return Err(refusal),
            Err(error) => {
                warn!(service = name, code = %error.code(), "it cannot be asked for its part of a timeline");
                told.silent.push(name);
            }
        }
    }
    Ok(told)
}
