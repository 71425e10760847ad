//! `connection.update` and its relatives: is the instance paired with WhatsApp?

use addressing::Jid;
use serde::Deserialize;

use crate::domain::{ChannelState, InboundEvent, Pairing};
use crate::providers::loose::{Integer, Object, Text};

/// `data` of `connection.update`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Connection<'a> {
    #[serde(borrow)]
    state: Text<'a>,
    status_reason: Integer,
    #[serde(borrow)]
    wuid: Text<'a>,
}

/// Reads `connection.update`. `close` is said only of sessions that are gone for good; a flapping socket shows
/// `connecting` and `open`.
pub(super) fn connection(data: &Connection<'_>) -> Result<InboundEvent, String> {
    let code = data.status_reason.0;
    let own = || data.wuid.filled().and_then(|jid| Jid::parse(jid).ok()).and_then(|jid| jid.wa_id());
    state(data.state.get(), code, own)
}

/// `data` of `status.instance`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InstanceStatus<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    disconnection_reason_code: Integer,
}

/// Reads `status.instance`, which comes beside a `close`.
pub(super) fn instance_status(data: &InstanceStatus<'_>) -> Result<InboundEvent, String> {
    state(data.status.get(), data.disconnection_reason_code.0, || None)
}

/// `logout.instance` and `remove.instance`: their data says nothing, their coming does.
pub(super) const fn gone() -> InboundEvent {
    InboundEvent::ChannelState(ChannelState::Closed { code: None })
}

/// `data` of `qrcode.updated`. The code, a login credential, is not read at all.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct QrCode {
    qrcode: Object<serde::de::IgnoredAny>,
}

/// Reads `qrcode.updated`.
pub(super) const fn qrcode(data: &QrCode) -> InboundEvent {
    InboundEvent::Pairing(match data.qrcode.get() {
        Some(_) => Pairing::CodeMade,
        None => Pairing::AttemptsUsedUp,
    })
}

fn state(
    name: Option<&str>,
    code: Option<i64>,
    own: impl FnOnce() -> Option<addressing::WaId>,
) -> Result<InboundEvent, String> {
    Ok(InboundEvent::ChannelState(match name {
        Some("open") => ChannelState::Open { own: own() },
        Some("connecting") => ChannelState::Connecting,
        Some("close" | "closed") => ChannelState::Closed { code },
        Some("refused") => ChannelState::Refused { code },
        _ => return Err("the connection state is none of open, connecting, close and refused".to_owned()),
    }))
}
