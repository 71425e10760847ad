//! The businesses and channels of a run, as a bootstrap file.

use simulators::whatsapp::InstanceSpec;

use super::addresses::Addresses;

/// The variable that carries the key for the provider.
pub const API_KEY: &str = "BENCH_EVOLUTION_API_KEY";
/// The variable that carries the token of the webhooks.
pub const WEBHOOK_TOKEN: &str = "BENCH_EVOLUTION_WEBHOOK_TOKEN";

/// The key for the provider. Everything is on loopback and gone after the run, so it may be known.
pub const API_KEY_VALUE: &str = "bench-api-key";
/// The token of the webhooks.
pub const WEBHOOK_TOKEN_VALUE: &str = "bench-webhook-token";

/// So many messages per second that no channel ever waits: how limits are kept is measured elsewhere.
const RATE: &str = "tokens_per_second = 1000000.0\nbucket_capacity = 1000000\n";

/// What a small business has. Nothing of it is used on the way of a greeting but what the first answer offers.
const BUSINESS: &str = r#"time_zone = "Europe/London"
language = "en"
emergency_number = "999"
opening_hours = "every day 8:00-20:00"
"#;
const CALENDAR: &str = r#"
[tenant.agent]
slug = "front-desk"
kind = "front_desk"
prompt = "You are the receptionist. Be brief, warm and exact."

[[tenant.service]]
slug = "check-up"
name = "Check-up"
minutes = 30

[[tenant.staff]]
slug = "ana"
name = "Ana"
services = ["check-up"]

[[tenant.hours]]
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
from = "08:00"
to = "20:00"

"#;

/// A WhatsApp number of a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Which business, from 0.
    tenant: usize,
    /// Name in the webhook's address, and of the instance at the provider.
    slug: String,
}

/// Channels spread evenly over businesses.
pub fn channels(tenants: usize, channels: usize) -> Vec<Channel> {
    let tenants = tenants.max(1);
    (0..channels)
        .map(|number| Channel { tenant: number % tenants, slug: format!("bench-{number}") })
        .collect()
}

impl Channel {
    /// The channel's instance at the provider, which reports to the services.
    pub fn instance(&self, addresses: &Addresses) -> InstanceSpec {
        let webhook = format!("http://{}/webhooks/evolution/{}", addresses.http(), self.slug);
        InstanceSpec::new(&self.slug, API_KEY_VALUE, webhook, WEBHOOK_TOKEN_VALUE)
    }

    fn render(&self, provider_url: &str) -> String {
        let slug = &self.slug;
        format!(
            "\n[[tenant.channel]]\nslug = \"{slug}\"\nprovider = \"evolution\"\ninstance = \"{slug}\"\n\
             base_url = \"{provider_url}\"\n\
             secrets = {{ api_key = \"env:{API_KEY}\", webhook_token = \"env:{WEBHOOK_TOKEN}\" }}\n{RATE}"
        )
    }
}

/// The bootstrap file.
pub fn render(channels: &[Channel], provider_url: &str) -> String {
    let tenants = channels.iter().map(|channel| channel.tenant + 1).max().unwrap_or(0);
    let mut text = String::new();
    for tenant in 0..tenants {
        text.push_str(&format!(
            "[[tenant]]\nslug = \"bench-{tenant}\"\nname = \"Bench {tenant}\"\n{BUSINESS}"
        ));
        for channel in channels.iter().filter(|channel| channel.tenant == tenant) {
            text.push_str(&channel.render(provider_url));
        }
        text.push_str(CALENDAR);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_spread_evenly_and_know_where_they_belong() -> anyhow::Result<()> {
        let channels = channels(2, 5);
        assert_eq!(channels.iter().filter(|channel| channel.tenant == 0).count(), 3);
        let text = render(&channels, "http://127.0.0.1:9");
        assert_eq!(text.matches("[[tenant]]").count(), 2);
        assert_eq!(text.matches("[[tenant.channel]]").count(), 5);
        assert_eq!(bootstrap::parse(&text)?.tenants.len(), 2, "the services' own reader takes it");
        assert!(text.contains("instance = \"bench-4\"\nbase_url = \"http://127.0.0.1:9\""), "{text}");
        let addresses = Addresses::free()?;
        let instance = channels[4].instance(&addresses);
        assert!(instance.webhook_url.is_some_and(|url| url.ends_with("/webhooks/evolution/bench-4")));
        Ok(())
    }
}
