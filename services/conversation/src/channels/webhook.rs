//! What a provider must be told, so that it reaches us.

use crate::store::channels::ChannelRow;

/// Addresses and proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Where the provider sends what happens.
    pub url: String,
    /// Where it sends what becomes of our messages, if that is another place.
    pub status_url: Option<String>,
    /// The header it must send.
    pub header: Option<&'static str>,
    /// Where that is entered by hand.
    pub how: &'static str,
}

impl Webhook {
    /// Of a channel; `public_url` has no slash at its end.
    #[must_use]
    pub fn of(row: &ChannelRow, public_url: &str) -> Self {
        let slug = &row.slug;
        match row.provider.as_str() {
            "evolution" => Self {
                url: format!("{public_url}/webhooks/evolution/{slug}"),
                status_url: None,
                header: Some(if row.secrets.contains_key("webhook_token") {
                    "authorization: Bearer <webhook_token>"
                } else {
                    "jwt_key: <jwt_key>"
                }),
                how: "the instance's webhook settings: this URL, this header, byEvents and base64 off",
            },
            "meta" => Self {
                url: format!("{public_url}/webhooks/meta"),
                status_url: None,
                header: None,
                how: "the app's WhatsApp configuration: this URL, the verify_token, the field messages",
            },
            _ => Self {
                // Twilio calls once and forgets, unless the fragment asks for more.
                url: format!("{public_url}/webhooks/twilio/{slug}#rc=5&rp=all"),
                status_url: Some(format!("{public_url}/webhooks/twilio/{slug}/status")),
                header: None,
                how: "the WhatsApp sender's page, or its Messaging Service: this URL for incoming messages, by POST",
            },
        }
    }
}
