//! The business on the stage: one clinic, one channel, every appointment soon enough for a test to see its reminder.

/// Its instance on the simulated Evolution server, and its channel's name.
pub const INSTANCE: &str = "harbour-dental";

/// The bootstrap file for a WhatsApp simulator at `base_url`.
#[must_use]
pub fn bootstrap(base_url: &str) -> String {
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
provider = "evolution"
base_url = "{base_url}"
instance = "{INSTANCE}"
own_address = "447700900100"
secrets = {{ api_key = "env:E2E_API_KEY", webhook_token = "env:E2E_WEBHOOK_TOKEN" }}
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
