//! NATS's own counters, over its monitoring port.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use simulators::http::{Client, Target};

const PATIENCE: Duration = Duration::from_secs(5);

/// Since the server started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NatsCounters {
    /// Messages that streams took.
    pub stored: u64,
    /// Messages of any kind from clients.
    pub received: u64,
}

/// The monitoring port.
#[derive(Debug)]
pub struct Broker(Client);

#[derive(Debug, Deserialize)]
struct Server {
    in_msgs: u64,
}

#[derive(Debug, Deserialize)]
struct JetStream {
    #[serde(default)]
    account_details: Vec<Account>,
}

#[derive(Debug, Deserialize)]
struct Account {
    #[serde(default)]
    stream_detail: Vec<Stream>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    state: State,
}

#[derive(Debug, Deserialize)]
struct State {
    last_seq: u64,
}

impl Broker {
    pub fn at(monitor: &str) -> anyhow::Result<Self> {
        let target =
            Target::parse(monitor).map_err(anyhow::Error::msg).context("the broker's monitoring port")?;
        Ok(Self(Client::new(target, 1, &[])))
    }

    pub async fn read(&self) -> anyhow::Result<NatsCounters> {
        let streams: JetStream = self.get("/jsz?streams=true").await?;
        let server: Server = self.get("/varz").await?;
        Ok(NatsCounters { stored: streams.stored(), received: server.in_msgs })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self.0.get(path, PATIENCE).await.context("cannot reach the broker's monitoring port")?;
        ensure!(answer.is_success(), "the broker answers {path} with {}", answer.status);
        answer.json().with_context(|| format!("the broker's answer to {path} cannot be read"))
    }
}

impl JetStream {
    fn stored(&self) -> u64 {
        self.account_details.iter().flat_map(|account| &account.stream_detail).map(|s| s.state.last_seq).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_streams_count() -> serde_json::Result<()> {
        let text = r#"{"memory":0,"account_details":[{"name":"$G","stream_detail":[
            {"name":"FD_IN","state":{"messages":0,"last_seq":40}},{"name":"FD_OUT","state":{"last_seq":2}}]}]}"#;
        assert_eq!(serde_json::from_str::<JetStream>(text)?.stored(), 42);
        assert_eq!(serde_json::from_str::<JetStream>("{}")?.stored(), 0);
        Ok(())
    }
}
