//! The streams, as one table. The migrate command creates and changes them; a running service only creates one that is
//! missing (a wiped store), and never alters one.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

/// Version of this table, kept in each stream's metadata.
pub const VERSION: &str = "1";

/// Wake-ups for conversations: subject `fd.in.v1.<tenant>`, payload the conversation's id.
pub const FD_IN: &str = "FD_IN";
/// Wake-ups for channels: subject `fd.out.v1.<channel>`, payload the message's id.
pub const FD_OUT: &str = "FD_OUT";
/// Captured advisories: what JetStream gave up on or was told to give up on.
pub const FD_ADV: &str = "FD_ADV";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MIB: i64 = 1024 * 1024;

/// Subject on which a tenant's conversations are woken.
#[must_use]
pub fn inbound_subject(tenant: uuid::Uuid) -> String {
    format!("fd.in.v1.{}", tenant.simple())
}

/// Subject on which a channel's owner is woken.
#[must_use]
pub fn outbound_subject(channel: uuid::Uuid) -> String {
    format!("fd.out.v1.{}", channel.simple())
}

/// The durable consumer of a channel's wake-ups.
#[must_use]
pub fn outbound_consumer(channel: uuid::Uuid) -> String {
    format!("out-{}", channel.simple())
}

/// Every stream of a cell. Advisories come first: they must be captured before any consumer exists.
#[must_use]
pub fn all(replicas: usize) -> Vec<Config> {
    vec![
        Config {
            subjects: vec![
                "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>".into(),
                "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>".into(),
            ],
            max_age: 30 * DAY,
            ..limits(FD_ADV, 256 * MIB, replicas)
        },
        Config { subjects: vec!["fd.in.v1.>".into()], max_age: DAY, ..limits(FD_IN, 256 * MIB, replicas) },
        // The longest delay of a retry profile is 3,125 s: a day is well above twice that.
        Config { subjects: vec!["fd.out.v1.>".into()], max_age: DAY, ..limits(FD_OUT, 256 * MIB, replicas) },
    ]
}

/// Discard old: with discard new a stream full of acknowledged wake-ups would refuse all work.
fn limits(name: &str, max_bytes: i64, replicas: usize) -> Config {
    Config {
        name: name.into(),
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        max_bytes,
        max_message_size: 4096,
        // Channels of a cell (at most 1,000) plus the static consumers; 2.15 wants the number spelled out.
        max_consumers: 1_100,
        num_replicas: replicas,
        // Wake-ups carry no message id; the shortest window keeps the server's table of ids empty.
        duplicate_window: Duration::from_secs(1),
        metadata: [("app", "frontdesk"), ("version", VERSION)].map(|(k, v)| (k.into(), v.into())).into(),
        ..Config::default()
    }
}
