use ids::TenantId;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Language;

/// What every turn knows about the business it answers for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TenantProfile {
    /// The business.
    pub id: TenantId,
    /// Its name, as customers know it.
    pub name: String,
    /// The zone in which its times are meant.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub time_zone: TimeZone,
    /// The language to answer in while nothing is known about the customer's.
    pub language: Language,
    /// The number customers can call, written as they should read it.
    pub phone: Option<String>,
    /// Whom to call in an emergency, where the business is.
    pub emergency_number: String,
    /// The word that cancels an appointment. On channels where CANCEL unsubscribes it is another one.
    pub cancel_word: String,
    /// Whether texts that nobody asked for may name the service.
    pub show_service_name: bool,
    /// When the business is open, in its own words ("Mon-Fri 9-18").
    #[serde(default)]
    pub opening_hours: Option<String>,
    /// Hosts that texts may link to, without scheme or path.
    #[serde(default)]
    pub links: Vec<String>,
    /// Whether pictures and files go to staff at once, as they must in a clinic.
    #[serde(default)]
    pub media_to_staff: bool,
}

/// A piece of what the business has written about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// Stable name, kept on the turn that used it.
    pub source: String,
    /// The text, as the business wrote it.
    pub text: String,
}
