//! The businesses and channels of a run, as a bootstrap file.

use std::fmt::Write as _;

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
const NO_LIMIT: f64 = 1_000_000.0;

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
    (0..channels).map(|number| Channel { tenant: number % tenants, slug: format!("bench-{number}") }).collect()
}

impl Channel {
    /// The channel's instance at the provider, which reports to the services.
    pub fn instance(&self, addresses: &Addresses) -> InstanceSpec {
        let webhook = format!("http://{}/webhooks/evolution/{}", addresses.http(), self.slug);
        InstanceSpec::new(&self.slug, API_KEY_VALUE, webhook, WEBHOOK_TOKEN_VALUE)
    }
}

/// The bootstrap file.
pub fn render(channels: &[Channel], provider_url: &str) -> String {
    let tenants = channels.iter().map(|channel| channel.tenant + 1).max().unwrap_or(0);
    let mut text = String::new();
    for tenant in 0..tenants {
        let of_tenant = channels.iter().filter(|channel| channel.tenant == tenant);
        let _cannot_fail = write_tenant(&mut text, tenant, of_tenant, provider_url);
    }
    text
}

fn write_tenant<'a>(
    out: &mut String,
    tenant: usize,
    channels: impl Iterator<Item = &'a Channel>,
    provider_url: &str,
) -> std::fmt::Result {
    writeln!(out, "[[tenant]]\nslug = \"bench-{tenant}\"\nname = \"Bench {tenant}\"")?;
    for channel in channels {
        writeln!(out, "\n[[tenant.channel]]\nslug = \"{}\"", channel.slug)?;
        writeln!(out, "base_url = \"{provider_url}\"\ntokens_per_second = {NO_LIMIT:?}")?;
    }
    Ok(())
}
