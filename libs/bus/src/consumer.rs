use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures_util::StreamExt;
use metrics::counter;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::{Bus, BusError, Wake, connection::refused};

/// A durable pull consumer, as data.
#[derive(Clone, Debug)]
pub struct ConsumerSpec {
    /// Stream it reads.
    pub stream: &'static str,
    /// Durable name.
    pub durable: String,
    /// Subject filter.
    pub filter: String,
    /// Deliveries after which JetStream gives up: the profile's tries plus slack, since the row decides, not this count.
    pub max_deliver: i64,
    /// Unsettled wake-ups at most (20,000 is the most that stays cheap for the server).
    pub max_ack_pending: i64,
    /// Wake-ups asked for at a time.
    pub batch: usize,
    /// `true` for consumers made at run time: after a wiped store they start at new, since rows hold the backlog.
    pub from_new: bool,
}

const ACK_WAIT: Duration = Duration::from_secs(30);
const PULL_EXPIRY: Duration = Duration::from_secs(15);
const PULL_HEARTBEAT: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Delivers wake-ups into `into` until `stop`. Survives broker restarts, deleted consumers and wiped stores: whatever
/// fails, the consumer is looked up or created again after a short pause.
pub async fn consume(bus: Bus, spec: ConsumerSpec, into: mpsc::Sender<Wake>, stop: CancellationToken) {
    let mut pause = Duration::from_millis(20);
    while !stop.is_cancelled() {
        let started = tokio::time::Instant::now();
        let outcome = tokio::select! {
            outcome = deliver(&bus, &spec, &into) => outcome,
            () = stop.cancelled() => return,
        };
        if let Err(error) = outcome {
            counter!("frontdesk_bus_consumer_rebuilt_total", "stream" => spec.stream).increment(1);
            debug!(consumer = spec.durable, %error, "consumer interrupted");
        }
        if into.is_closed() {
            return;
        }
        pause = if started.elapsed() > LONGEST_PAUSE {
            Duration::from_millis(20)
        } else {
            (pause * 2).min(LONGEST_PAUSE)
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn deliver(bus: &Bus, spec: &ConsumerSpec, into: &mpsc::Sender<Wake>) -> Result<(), BusError> {
    let consumer = open(bus, spec).await?;
    let mut wakes = consumer
        .stream()
        .max_messages_per_batch(spec.batch)
        .expires(PULL_EXPIRY)
        .heartbeat(PULL_HEARTBEAT)
        .messages()
        .await
        .map_err(|error| refused(format!("a pull on {}", spec.durable), &error))?;
    while let Some(wake) = wakes.next().await {
        match wake {
            Ok(message) => {
                if into.send(Wake::new(bus.client().clone(), message)).await.is_err() {
                    return Ok(());
                }
            }
            // Any error item may mean a dead pull; a rebuilt one costs a round trip.
            Err(error) => return Err(refused(format!("a pull on {}", spec.durable), &error)),
        }
    }
    Ok(())
}

/// Looks the consumer up, or creates it where it is missing. Never changes one that exists.
async fn open(
    bus: &Bus,
    spec: &ConsumerSpec,
) -> Result<async_nats::jetstream::consumer::PullConsumer, BusError> {
    let stream = match bus.jetstream().get_stream(spec.stream).await {
        Ok(stream) => stream,
        Err(error) if bus.is_connected() => {
            warn!(stream = spec.stream, %error, "stream not found");
            bus.restore_streams().await?;
            bus.jetstream()
                .get_stream(spec.stream)
                .await
                .map_err(|error| refused(format!("stream {}", spec.stream), &error))?
        }
        Err(error) => return Err(refused(format!("stream {}", spec.stream), &error)),
    };
    stream
        .get_or_create_consumer(&spec.durable, spec.config())
        .await
        .map_err(|error| refused(format!("consumer {}", spec.durable), &error))
}

impl ConsumerSpec {
    fn config(&self) -> pull::Config {
        pull::Config {
            durable_name: Some(self.durable.clone()),
            filter_subject: self.filter.clone(),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_deliver: self.max_deliver,
            max_ack_pending: self.max_ack_pending,
            deliver_policy: if self.from_new { DeliverPolicy::New } else { DeliverPolicy::All },
            metadata: [("app", "frontdesk"), ("version", crate::streams::VERSION)]
                .map(|(k, v)| (k.into(), v.into()))
                .into(),
            ..pull::Config::default()
        }
    }
}
