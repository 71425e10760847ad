use std::time::Duration;

use ids::ServiceId;
use uuid::Uuid;

use crate::read::{Table, value};

/// Something that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Made from the tenant and the slug.
    pub id: ServiceId,
    /// Its name in configuration.
    pub slug: String,
    /// Its name for customers.
    pub name: String,
    /// How long a visit takes: 1 to 1440.
    pub minutes: u32,
    /// When its customers are reminded.
    pub reminders: Reminders,
}

/// When customers are reminded of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminders {
    /// Distance between two reminders.
    pub every: Duration,
    /// None earlier than this before the visit.
    pub earliest_lead: Duration,
    /// At most so many; 0 means none.
    pub cap: u32,
}

impl Default for Reminders {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(2 * 60 * 60),
            earliest_lead: Duration::from_secs(24 * 60 * 60),
            cap: 12,
        }
    }
}

impl Service {
    pub(crate) fn declared(mut table: Table<'_>, tenant: Uuid) -> Option<Self> {
        let slug = table.required("slug", value::slug);
        let name = table.required("name", value::text);
        let minutes = table.required("minutes", value::whole(1..=1440));
        let reminders = table.table("reminders").map(Reminders::declared).unwrap_or_default();
        table.finish();
        let slug = slug?;
        let id = ServiceId::named(tenant, &slug);
        Some(Self { id, slug, name: name?, minutes: minutes?, reminders })
    }
}

impl Reminders {
    fn declared(mut table: Table<'_>) -> Self {
        let usual = Self::default();
        let every = table.or("every", usual.every, value::duration);
        let earliest_lead = table.or("earliest_lead", usual.earliest_lead, value::duration);
        let cap = table.or("cap", usual.cap, value::whole(0..=100));
        if every < Duration::from_secs(1) {
            table.say_of("every", "must be at least \"1s\"; for no reminders at all set cap = 0");
        }
        table.finish();
        Self { every, earliest_lead, cap }
    }
}
