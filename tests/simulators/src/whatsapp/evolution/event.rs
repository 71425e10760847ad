//! The bodies of Evolution's webhooks.

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;

use super::instance::Instance;
use crate::time;
use crate::whatsapp::entry::ReceiptStatus;

#[derive(Serialize)]
struct Envelope<'a, D> {
    event: &'a str,
    instance: &'a str,
    data: D,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<String>,
    date_time: String,
    sender: &'a str,
    server_url: &'a str,
    apikey: &'a str,
}

/// The body of one webhook call.
pub(super) fn body<D: Serialize>(instance: &Instance, server_url: &str, event: &str, data: D) -> Bytes {
    let envelope = Envelope {
        event,
        instance: instance.name(),
        data,
        destination: instance.webhook_url(),
        date_time: server_local_time(time::now()),
        sender: &instance.own_jid,
        server_url,
        apikey: &instance.spec.apikey,
    };
    // Nothing in an envelope can fail to be written.
    serde_json::to_vec(&envelope).unwrap_or_default().into()
}

/// The server's wall clock (three hours behind here) with a Z that is not true, as the real one sends it.
fn server_local_time(now: Timestamp) -> String {
    let shifted = Timestamp::from_second(now.as_second() - 3 * 3600).unwrap_or(now);
    format!("{}.{:03}Z", shifted.strftime("%Y-%m-%dT%H:%M:%S"), now.subsec_millisecond())
}

/// `data` of `messages.update`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update<'a> {
    pub message_id: String,
    pub key_id: &'a str,
    pub remote_jid: &'a str,
    pub from_me: bool,
    pub status: &'static str,
    pub instance_id: &'a str,
}

/// Evolution's word for it.
pub(super) fn status(receipt: ReceiptStatus) -> &'static str {
    match receipt {
        ReceiptStatus::Queued => "PENDING",
        ReceiptStatus::Sent => "SERVER_ACK",
        ReceiptStatus::Delivered => "DELIVERY_ACK",
        ReceiptStatus::Read => "READ",
        ReceiptStatus::Failed => "ERROR",
    }
}

/// `data` of `connection.update`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionUpdate<'a> {
    pub instance: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wuid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_name: Option<&'a str>,
    pub state: &'a str,
    pub status_reason: u16,
}

/// `data` of `status.instance`, which accompanies the end of a session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceClosed<'a> {
    pub instance: &'a str,
    pub status: &'static str,
    pub disconnection_at: String,
    pub disconnection_reason_code: u16,
    /// JSON in a text, as the real one has it.
    pub disconnection_object: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_the_envelope_is_wrong_by_the_servers_zone() {
        let now: Timestamp = "2026-03-02T01:15:31.042Z".parse().unwrap();
        assert_eq!(server_local_time(now), "2026-03-01T22:15:31.042Z");
    }
}
