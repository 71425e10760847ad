use std::time::Duration;

use async_nats::{
    Client, ConnectOptions, Event,
    connection::State,
    jetstream::{self, stream::Config},
};
use bytes::Bytes;
use metrics::counter;
use tokio::time::Instant;
use tracing::{info, warn};
use uuid::Uuid;

use crate::{key_payload, streams};

/// How long a starting process waits for the broker, and between two tries.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);
/// How long JetStream may take to say that it is there.
const ANSWER: Duration = Duration::from_secs(3);

/// What can go wrong with the broker. The text says what to look at.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// The first connection failed.
    #[error("cannot reach NATS at {url}; check nats.url and that the server runs")]
    Connect {
        /// Address without credentials.
        url: String,
        /// The client's own error.
        #[source]
        source: async_nats::ConnectError,
    },
    /// There was a connection, and there is none now.
    #[error("the connection to NATS is lost; check that the server runs and that nats.url points to it")]
    Away,
    /// Connected, and no answer in time.
    #[error("JetStream does not answer; check the NATS server and, in a cluster, that it has a leader")]
    Silent,
    /// A JetStream request was refused or not answered.
    #[error(
        "JetStream refused {what}: {message}; check that the server runs with JetStream and room in its store"
    )]
    JetStream {
        /// The request, in words.
        what: String,
        /// The server's or client's text.
        message: String,
    },
}

/// A connection to NATS with JetStream. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    replicas: usize,
}

impl Bus {
    /// Connects; afterwards reconnects by itself for ever.
    ///
    /// # Errors
    /// [`BusError::Connect`] when the server cannot be reached now.
    pub async fn connect(nats: &settings::Nats, name: &str) -> Result<Self, BusError> {
        let client = ConnectOptions::new()
            .name(format!("frontdesk-{name}"))
            .ping_interval(Duration::from_secs(10))
            .reconnect_delay_callback(|attempt| {
                // A local broker is back in well under a second; do not sleep through its return.
                Duration::from_millis((50 * 2_u64.saturating_pow(attempt.min(5) as u32)).min(1_000))
            })
            .event_callback(|event| async move { note(&event) })
            .connect(&nats.url)
            .await
            .map_err(|source| BusError::Connect { url: without_credentials(&nats.url), source })?;
        let jetstream = jetstream::new(client.clone());
        Ok(Self { client, jetstream, replicas: nats.replicas })
    }

    /// The same for a process that starts: tries for up to a minute, until JetStream answers too. After a power cut
    /// everything starts at once; whoever is first waits instead of dying. `waiting` hears why, each time.
    ///
    /// # Errors
    /// What the last try met.
    pub async fn connect_patiently(
        nats: &settings::Nats,
        name: &str,
        waiting: impl Fn(&BusError),
    ) -> Result<Self, BusError> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let error = match Self::connect_once(nats, name).await {
                Ok(bus) => return Ok(bus),
                Err(error) if Instant::now() < patience => error,
                Err(error) => return Err(error),
            };
            warn!(%error, "waiting for nats");
            waiting(&error);
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn connect_once(nats: &settings::Nats, name: &str) -> Result<Self, BusError> {
        let bus = Self::connect(nats, name).await?;
        bus.answers().await?;
        Ok(bus)
    }

    /// Whether the broker answers now.
    ///
    /// # Errors
    /// [`BusError::Away`], [`BusError::Silent`] or what JetStream said.
    pub async fn answers(&self) -> Result<(), BusError> {
        if !self.is_connected() {
            return Err(BusError::Away);
        }
        match tokio::time::timeout(ANSWER, self.jetstream.query_account()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused("to say how it is".to_owned(), &error)),
            Err(_) => Err(BusError::Silent),
        }
    }

    /// Publishes a wake-up and does not wait: losing it is legal, the sweeper owes the look as well.
    pub async fn wake(&self, subject: String, key: Uuid) {
        if self.client.connection_state() != State::Connected {
            counter!("frontdesk_bus_wakes_total", "outcome" => "dropped").increment(1);
            return;
        }
        let outcome = match self.client.publish(subject, key_payload(key)).await {
            Ok(()) => "published",
            Err(_) => "dropped",
        };
        counter!("frontdesk_bus_wakes_total", "outcome" => outcome).increment(1);
    }

    /// Creates the streams that are missing and brings the others to the table's settings. For the migrate command.
    ///
    /// # Errors
    /// [`BusError::JetStream`] when the server refuses.
    pub async fn migrate_streams(&self) -> Result<(), BusError> {
        for config in streams::all(self.replicas) {
            let name = config.name.clone();
            self.jetstream
                .create_or_update_stream(config)
                .await
                .map_err(|error| refused(format!("stream {name}"), &error))?;
        }
        Ok(())
    }

    /// Creates streams that are missing (a wiped store) and leaves the others alone. Returns how many were missing.
    ///
    /// # Errors
    /// [`BusError::JetStream`] when the server refuses or does not answer.
    pub async fn restore_streams(&self) -> Result<usize, BusError> {
        let mut missing = 0;
        for config in streams::all(self.replicas) {
            if self.restore_stream(config).await? {
                missing += 1;
            }
        }
        Ok(missing)
    }

    async fn restore_stream(&self, config: Config) -> Result<bool, BusError> {
        let name = config.name.clone();
        if self.jetstream.get_stream(&name).await.is_ok() {
            return Ok(false);
        }
        self.jetstream
            .get_or_create_stream(config)
            .await
            .map_err(|error| refused(format!("stream {name}"), &error))?;
        warn!(
            stream = name,
            "stream was missing and has been created again; undone rows are woken by the sweeper"
        );
        Ok(true)
    }

    /// Subject and payload of a stored message; `None` when it is gone or cannot be read now.
    pub async fn stored(&self, stream: &str, sequence: u64) -> Option<(String, Bytes)> {
        let stream = self.jetstream.get_stream(stream).await.ok()?;
        let message = stream.get_raw_message(sequence).await.ok()?;
        Some((message.subject.to_string(), message.payload))
    }

    /// Drops a consumer and the wake-ups of its subject. Whoever pulls makes the consumer again.
    ///
    /// # Errors
    /// [`BusError::JetStream`] when the server refuses or does not answer.
    pub async fn drop_consumer(&self, stream: &str, consumer: &str, subject: &str) -> Result<(), BusError> {
        let held = self
            .jetstream
            .get_stream(stream)
            .await
            .map_err(|error| refused(format!("stream {stream}"), &error))?;
        // One that is not there needs no dropping.
        if held.consumer_info(consumer).await.is_ok() {
            held.delete_consumer(consumer)
                .await
                .map_err(|error| refused(format!("to drop consumer {consumer}"), &error))?;
        }
        held.purge().filter(subject).await.map_err(|error| refused(format!("to purge {subject}"), &error))?;
        Ok(())
    }

    /// Whether the connection is up at this moment.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Waits until everything published so far has left the process.
    pub async fn flush(&self) {
        if self.client.flush().await.is_err() {
            warn!("the last wake-ups may not have left; the sweeper covers them");
        }
    }

    /// The JetStream context, for consumers.
    #[must_use]
    pub fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Publishes the settlement of a delivery. Failing is legal: an unsettled wake-up comes again.
    pub(crate) async fn reply(client: &Client, subject: async_nats::Subject, payload: Bytes) {
        if client.publish(subject, payload).await.is_err() {
            counter!("frontdesk_bus_unsettled_total").increment(1);
        }
    }
}

pub(crate) fn refused(what: String, error: &impl std::fmt::Display) -> BusError {
    BusError::JetStream { what, message: error.to_string() }
}

fn note(event: &Event) {
    match event {
        Event::Connected => info!("connected to nats"),
        Event::Disconnected => {
            warn!("lost the connection to nats; work waits in the rows and resumes by itself")
        }
        Event::SlowConsumer(_) => counter!("frontdesk_bus_slow_consumer_total").increment(1),
        other => warn!(event = %other, "nats event"),
    }
}

fn without_credentials(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => host.to_owned(),
        None => url.to_owned(),
    }
}
