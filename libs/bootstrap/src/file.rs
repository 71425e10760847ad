//! What a service gets: finished values.

use std::{collections::BTreeMap, time::Duration};

use ids::{ChannelId, ServiceId, StaffId, TenantId};
use jiff::civil::{Date, Time, Weekday};
use serde_json::Value;
use settings::SecretRef;

/// Everything the file declares.
#[derive(Debug, Clone)]
pub struct File {
    /// Businesses.
    pub tenants: Vec<Tenant>,
}

/// A business.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Made from the slug: the same in every service.
    pub id: TenantId,
    /// Its name in files and URLs.
    pub slug: String,
    /// Its name for customers.
    pub name: String,
    /// IANA name, known to this program's zone data.
    pub time_zone: String,
    /// Language tag.
    pub language: String,
    /// The number customers can call.
    pub phone: Option<String>,
    /// Whom to call in an emergency there.
    pub emergency_number: Option<String>,
    /// What turns may show and link to: the document `conversation.tenant.settings`.
    pub settings: Value,
    /// Whether reminders may name service and staff.
    pub disclose_service: bool,
    /// Distance between two offered starts, in minutes; `None`: each service's own length.
    pub slot_step: Option<u16>,
    /// Nothing is offered that begins sooner than this from now.
    pub booking_lead: Duration,
    /// Nothing is offered further ahead than this.
    pub booking_horizon_days: u16,
    /// When reminders keep quiet, in local time: from, until; may span midnight.
    pub quiet_hours: Option<(Time, Time)>,
    /// Its numbers.
    pub channels: Vec<Channel>,
    /// Its agent.
    pub agent: Option<Agent>,
    /// What can be booked.
    pub services: Vec<Service>,
    /// With whom.
    pub staff: Vec<Staff>,
    /// When.
    pub hours: Vec<Hours>,
    /// When not.
    pub holidays: Vec<Holiday>,
}

/// A number.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Made from the slug.
    pub id: ChannelId,
    /// Its name in webhook URLs; unique over all tenants.
    pub slug: String,
    /// evolution, meta or twilio.
    pub provider: &'static str,
    /// Where it is at the provider: the fields of that provider.
    pub account: Value,
    /// The number itself.
    pub own_address: Option<String>,
    /// References, never values.
    pub secrets: BTreeMap<String, SecretRef>,
    /// Sending rate.
    pub tokens_per_second: f64,
    /// Burst.
    pub bucket_capacity: u32,
    /// The word that cancels an appointment there.
    pub cancel_word: String,
}

/// What answers.
#[derive(Debug, Clone)]
pub struct Agent {
    /// Its name.
    pub slug: String,
    /// Prompt, model and limits: the document `conversation.agent_version.definition`.
    pub definition: Value,
}

/// Something that can be booked.
#[derive(Debug, Clone)]
pub struct Service {
    /// Made from tenant and slug.
    pub id: ServiceId,
    /// Its name in files.
    pub slug: String,
    /// Its name for customers.
    pub name: String,
    /// How long it takes.
    pub minutes: u32,
    /// Its reminders.
    pub reminders: Reminders,
}

/// A reminder plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminders {
    /// Distance between two.
    pub every: Duration,
    /// None earlier than this before the visit.
    pub earliest_lead: Duration,
    /// At most so many.
    pub cap: u32,
}

/// Somebody who can be booked.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Made from tenant and slug.
    pub id: StaffId,
    /// Their name in files.
    pub slug: String,
    /// Their name for customers.
    pub name: String,
    /// What they do.
    pub services: Vec<ServiceId>,
}

/// Opening hours, in local time.
#[derive(Debug, Clone)]
pub struct Hours {
    /// Whose; `None`: the house's.
    pub staff: Option<StaffId>,
    /// On which days.
    pub weekdays: Vec<Weekday>,
    /// Minutes after midnight.
    pub opens: u16,
    /// Minutes after midnight, at most 1440, after `opens`.
    pub closes: u16,
}

/// A closed day.
#[derive(Debug, Clone)]
pub struct Holiday {
    /// Whose; `None`: the house's.
    pub staff: Option<StaffId>,
    /// Which day.
    pub date: Date,
    /// Why.
    pub name: String,
}
