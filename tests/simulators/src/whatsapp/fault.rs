//! What can go wrong with the simulated WhatsApp.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::accounts::Provider;
use super::entry::ReceiptStatus;
use crate::faults::Trigger;

/// One kind of trouble, with its own figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// Not accepted, and never answered.
    TimeoutBefore {
        /// How long the connection stays silent.
        #[serde(default = "a_minute")]
        hold_ms: u64,
    },
    /// Accepted late, when the caller has probably left; answered then.
    TimeoutDuring {
        /// When it is accepted, after the request was read.
        #[serde(default = "half_a_minute")]
        accept_after_ms: u64,
    },
    /// Accepted at once, and never answered.
    TimeoutAfter {
        /// How long the connection stays silent.
        #[serde(default = "a_minute")]
        hold_ms: u64,
    },
    /// Not accepted; the connection is reset.
    ResetBefore {},
    /// Accepted; the connection is reset.
    ResetAfter {},
    /// Accepted; half of the answer, then the end.
    HalfAnswer {},
    /// Accepted; the answer drips byte by byte.
    SlowDrip {
        /// The pause after each byte.
        #[serde(default = "a_pause")]
        pause_ms: u64,
    },
    /// Not accepted: 429, of a proxy in front with Evolution, 130429 with Meta, 20429 with Twilio.
    RateLimited {
        /// The hint; none without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_s: Option<u64>,
    },
    /// Not accepted: a server error.
    ErrorBefore {
        /// 500 unless said otherwise.
        #[serde(default = "server_error")]
        status: u16,
    },
    /// Accepted, but answered with a server error.
    ErrorAfter {
        /// 500 unless said otherwise.
        #[serde(default = "server_error")]
        status: u16,
    },
    /// Accepted, and answered 201 without a body; no `send.message` follows.
    EmptyAnswer {},
    /// Not accepted: 503 with `LICENSE_REQUIRED`.
    LicenceRequired {},
    /// Not accepted: 400 Connection Closed.
    ConnectionClosed {},
    /// Not accepted: 500, the instance is not loaded.
    NotLoaded {},
    /// Not accepted: 400, nobody has this number.
    NotOnWhatsapp {},
    /// Not accepted: 401, as if the key had been changed.
    Auth {},
    /// Not accepted: Meta's or Twilio's own error of this code, with the status and the words it comes with.
    Refused {
        /// The provider's code.
        code: u32,
    },
    /// Every receipt comes several times.
    ReceiptsDuplicate {
        /// How often in all.
        #[serde(default = "twice")]
        copies: u32,
    },
    /// Receipts come in the opposite order.
    ReceiptsReordered {},
    /// All receipts come before the answer to the send.
    ReceiptsEarly {},
    /// Receipts come later than they would.
    ReceiptsLate {
        /// By how much each.
        #[serde(default = "five_seconds")]
        by_ms: u64,
    },
    /// Receipts do not come.
    ReceiptsMissing {
        /// Which ones; all without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<Vec<ReceiptStatus>>,
    },
    /// The message fails after it was accepted; no other receipts come.
    ReceiptsFailed {
        /// Why, where the provider tells: 131026 with Meta and 63024 with Twilio unless said otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
    },
    /// As if the customer had not written for a day: what is no template is accepted and fails (131047, 63016).
    WindowClosed {},
    /// No `send.message` follows.
    EchoMissing {},
    /// The session is gone until the fault is removed: `connection.update` close, sends refused.
    LoggedOut {
        /// How sends are refused meanwhile.
        #[serde(default)]
        answer: ClosedAnswer,
    },
    /// The socket is down until the fault is removed: `connection.update` connecting, sends refused with 400.
    Reconnecting {},
    /// The webhook is never called, and nobody tries again: what is to be told is lost. Its list has it all the same.
    WebhooksLost {},
}

/// How a logged-out instance refuses sends; the versions in the field differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedAnswer {
    /// 401 Unauthorized.
    #[default]
    Unauthorized,
    /// 400 Connection Closed.
    ConnectionClosed,
    /// 500, not loaded.
    NotLoaded,
}

fn a_minute() -> u64 {
    60_000
}
fn half_a_minute() -> u64 {
    35_000
}
fn a_pause() -> u64 {
    50
}
fn five_seconds() -> u64 {
    5_000
}
fn server_error() -> u16 {
    500
}
fn twice() -> u32 {
    2
}

/// A kind of trouble and whom it concerns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: FaultKind,
    /// Only this instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Only this customer (digits).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// When a kind of trouble has its moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// While a send is answered.
    Answer,
    /// While its receipts are given.
    Receipts,
    /// As long as the fault is in force.
    Session,
    /// When a webhook is to be called.
    Webhook,
}

impl FaultKind {
    pub(super) fn moment(&self) -> Moment {
        match self {
            Self::ReceiptsDuplicate { .. }
            | Self::ReceiptsReordered {}
            | Self::ReceiptsEarly {}
            | Self::ReceiptsLate { .. }
            | Self::ReceiptsMissing { .. }
            | Self::ReceiptsFailed { .. }
            | Self::WindowClosed {}
            | Self::EchoMissing {} => Moment::Receipts,
            Self::LoggedOut { .. } | Self::Reconnecting {} => Moment::Session,
            Self::WebhooksLost {} => Moment::Webhook,
            _ => Moment::Answer,
        }
    }

    /// True when this can happen with that provider.
    pub(super) fn fits(&self, provider: Provider) -> bool {
        match self {
            Self::EmptyAnswer {}
            | Self::LicenceRequired {}
            | Self::ConnectionClosed {}
            | Self::NotLoaded {}
            | Self::NotOnWhatsapp {}
            | Self::EchoMissing {}
            | Self::LoggedOut { .. }
            | Self::Reconnecting {} => provider == Provider::Evolution,
            // Meta's calls carry several events and are repeated for days.
            Self::WebhooksLost {} => provider != Provider::Meta,
            Self::Refused { .. } | Self::WindowClosed {} => provider != Provider::Evolution,
            _ => true,
        }
    }

    /// The word in `kind`.
    pub fn word(&self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.get("kind")?.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

impl From<FaultKind> for Fault {
    fn from(kind: FaultKind) -> Self {
        Self { kind, instance: None, number: None }
    }
}

impl Fault {
    /// Restricts the fault to one instance.
    #[must_use]
    pub fn on_instance(mut self, name: impl Into<String>) -> Self {
        self.instance = Some(name.into());
        self
    }

    /// Restricts the fault to one customer.
    #[must_use]
    pub fn for_number(mut self, digits: impl Into<String>) -> Self {
        self.number = Some(digits.into());
        self
    }

    pub(super) fn concerns(&self, instance: &str, number: &str) -> bool {
        self.instance.as_deref().is_none_or(|name| name == instance)
            && self.number.as_deref().is_none_or(|digits| digits == number)
    }

    /// Reads what `POST /sim/faults` takes; an unknown field is refused, so that no typing error makes a test
    /// pass because nothing went wrong.
    pub(super) fn read(body: &[u8]) -> Result<(Self, Trigger), String> {
        let mut fields: Map<String, Value> =
            serde_json::from_slice(body).map_err(|error| format!("the body is no JSON object: {error}"))?;
        let instance = text(&mut fields, "instance")?;
        let number = text(&mut fields, "number")?;
        let trigger = Trigger::take_from(&mut fields)?;
        let kind = serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())?;
        Ok((Self { kind, instance, number }, trigger))
    }
}

fn text(fields: &mut Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("`{name}` is not a text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_with_their_figures_and_their_scope() {
        let (fault, trigger) =
            Fault::read(br#"{"kind":"timeout_after","hold_ms":900,"count":3,"number":"447700900123"}"#)
                .unwrap();
        assert_eq!(fault.kind, FaultKind::TimeoutAfter { hold_ms: 900 });
        assert_eq!(trigger, Trigger::next(3));
        assert!(fault.concerns("any", "447700900123") && !fault.concerns("any", "1"));
        let (fault, trigger) = Fault::read(br#"{"kind":"rate_limited","probability":0.5}"#).unwrap();
        assert_eq!(fault.kind, FaultKind::RateLimited { retry_after_s: None });
        assert_eq!(trigger, Trigger::share(0.5));
    }

    #[test]
    fn typing_errors_are_refused() {
        for (body, problem) in [
            (r#"{"kind":"reset_after","cuont":1}"#, "cuont"),
            (r#"{"kind":"explode"}"#, "explode"),
            (r#"{"kind":"auth","probability":7}"#, "between 0 and 1"),
            (r#"{"kind":"auth","count":-1}"#, "whole number"),
            ("[]", "no JSON object"),
        ] {
            let error = Fault::read(body.as_bytes()).unwrap_err();
            assert!(error.contains(problem), "{body}: {error}");
        }
    }

    #[test]
    fn the_word_of_every_kind_is_the_one_that_is_read() {
        for word in
            ["timeout_before", "reset_before", "half_answer", "slow_drip", "not_on_whatsapp", "echo_missing"]
        {
            let (fault, _) = Fault::read(format!(r#"{{"kind":"{word}"}}"#).as_bytes()).unwrap();
            assert_eq!(fault.kind.word(), word);
        }
    }
}
