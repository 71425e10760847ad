//! The business on the stage: one clinic, one channel, every appointment soon enough for a test to see its reminder.

/// Its instance on the simulated Evolution server, and its channel's name.
pub const INSTANCE: &str = "harbour-dental";

/// Its number with the simulated Meta.
pub const META_NUMBER: &str = "109876543210987";

/// Its account with the simulated Twilio.
pub const TWILIO_ACCOUNT: &str = "AC00112233445566778899aabbccddeeff";

/// Whose WhatsApp the clinic writes through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Whose {
    /// An Evolution server's.
    #[default]
    Evolution,
    /// Meta's.
    Meta,
    /// Twilio's.
    Twilio,
}

impl Whose {
    /// What the channel's table holds beside its name and its pace.
    fn channel(self, base_url: &str) -> String {
        match self {
            Self::Evolution => format!(
                r#"provider = "evolution"
base_url = "{base_url}"
instance = "{INSTANCE}"
own_address = "447700900100"
secrets = {{ api_key = "env:E2E_API_KEY", webhook_token = "env:E2E_WEBHOOK_TOKEN" }}"#
            ),
            Self::Meta => format!(
                r#"provider = "meta"
graph_url = "{base_url}/v23.0"
phone_number_id = "{META_NUMBER}"
waba_id = "204060801030507"
own_address = "447700900200"
templates = {{ reminder = "appointment_reminder" }}
secrets = {{ access_token = "env:E2E_API_KEY", app_secret = "env:E2E_WEBHOOK_TOKEN", verify_token = "env:E2E_WEBHOOK_TOKEN" }}"#
            ),
            Self::Twilio => format!(
                r#"provider = "twilio"
api_url = "{base_url}"
account_sid = "{TWILIO_ACCOUNT}"
from = "whatsapp:+447700900300"
secrets = {{ auth_token = "env:E2E_API_KEY" }}"#
            ),
        }
    }
}

/// The bootstrap file for a WhatsApp simulator at `base_url`.
#[must_use]
pub fn bootstrap(whose: Whose, base_url: &str) -> String {
    let channel = whose.channel(base_url);
    format!(
        r#"
[[tenant]]
slug = "harbour-dental"
name = "Harbour Dental"
time_zone = "Europe/London"
language = "en"
emergency_number = "999"

[[tenant.channel]]
slug = "{INSTANCE}"
{channel}
tokens_per_second = 1000.0
bucket_capacity = 1000

[tenant.agent]
slug = "front-desk"
kind = "front_desk"
prompt = "You are the receptionist of Harbour Dental. Be brief and kind."

[[tenant.service]]
slug = "check-up"
name = "Check-up"
minutes = 30
reminders = {{ every = "3s", earliest_lead = "60d", cap = 1 }}

[[tenant.staff]]
slug = "ana"
name = "Ana"
services = ["check-up"]

[[tenant.hours]]
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = "08:00"
to = "18:00"
"#
    )
}
