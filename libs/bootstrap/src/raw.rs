//! What may be written. Unknown keys are refused.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    #[serde(default, rename = "tenant")]
    pub tenants: Vec<Tenant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tenant {
    pub slug: String,
    pub name: String,
    pub time_zone: String,
    pub language: String,
    pub phone: Option<String>,
    pub emergency_number: Option<String>,
    pub opening_hours: Option<String>,
    #[serde(default)]
    pub links: Vec<String>,
    #[serde(default)]
    pub media_to_staff: bool,
    #[serde(default)]
    pub disclose_service: bool,
    pub slot_step_minutes: Option<u16>,
    pub booking_lead: Option<String>,
    pub booking_horizon_days: Option<u16>,
    pub quiet_hours: Option<QuietHours>,
    #[serde(default)]
    pub knowledge: Vec<Knowledge>,
    #[serde(default, rename = "channel")]
    pub channels: Vec<Channel>,
    pub agent: Option<Agent>,
    #[serde(default, rename = "service")]
    pub services: Vec<Service>,
    #[serde(default, rename = "staff")]
    pub staff: Vec<Staff>,
    #[serde(default, rename = "hours")]
    pub hours: Vec<Hours>,
    #[serde(default, rename = "holiday")]
    pub holidays: Vec<Holiday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    pub from: String,
    pub until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knowledge {
    pub source: String,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    pub slug: String,
    pub provider: String,
    pub own_address: Option<String>,
    // evolution
    pub base_url: Option<String>,
    pub instance: Option<String>,
    // meta
    pub phone_number_id: Option<String>,
    pub waba_id: Option<String>,
    pub graph_url: Option<String>,
    // twilio
    pub account_sid: Option<String>,
    pub from: Option<String>,
    pub api_url: Option<String>,
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    pub tokens_per_second: Option<f64>,
    pub bucket_capacity: Option<u32>,
    pub cancel_word: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    pub slug: String,
    pub kind: Option<String>,
    pub prompt: String,
    pub model: Option<String>,
    pub temperature: Option<f32>,
    pub token_budget: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    pub slug: String,
    pub name: String,
    pub minutes: u32,
    pub reminders: Option<Reminders>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    pub every: Option<String>,
    pub earliest_lead: Option<String>,
    pub cap: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    pub slug: String,
    pub name: String,
    pub services: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    pub staff: Option<String>,
    pub weekdays: Vec<String>,
    pub from: String,
    pub to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    pub staff: Option<String>,
    pub date: String,
    pub name: String,
}
