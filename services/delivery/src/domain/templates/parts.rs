//! Which template plays which part on a channel, as the bootstrap file says it.

use serde::{Deserialize, Serialize};

/// The template of one part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The variables in the order of the gaps `{{1}}`, `{{2}}`, …; the part's usual order where none is given. Named gaps need
    /// no order.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// The variable that goes into the header's gap, if that is numbered.
    #[serde(default)]
    pub header: Option<String>,
    /// One template per language, the best first.
    pub variants: Vec<Variant>,
}

/// The template of one part in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Its language. Empty: whichever the provider has.
    #[serde(default)]
    pub language: String,
    /// Meta's name of it.
    #[serde(default)]
    pub name: String,
    /// Twilio's id of it.
    #[serde(default)]
    pub content_sid: Option<String>,
}

/// The usual order of a part's variables: that of the systems before this one.
pub(super) fn usual_order(part: &str) -> &'static [&'static str] {
    match part {
        "reminder" => &["customerName", "formattedDateTime", "serviceName", "barberName", "timeUntil"],
        "booking_confirmed" => &["customerName", "formattedDateTime", "serviceName", "barberName"],
        "moved" | "cancelled" => &["customerName", "formattedDateTime"],
        _ => &["customerName", "businessName"],
    }
}

/// How well a language serves who wants another: the same, the same tongue, or any.
pub(super) fn distance(has: &str, wanted: &str) -> u8 {
    let normal = |tag: &str| tag.replace('_', "-").to_ascii_lowercase();
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    let (has, wanted) = (normal(has), normal(wanted));
    if has == wanted {
        0
    } else if primary(&has) == primary(&wanted) {
        1
    } else {
        2
    }
}
