use ids::{ServiceId, StaffId};
use uuid::Uuid;

use crate::read::{Slugs, Table, value};

/// Somebody who can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staff {
    /// Made from the tenant and the slug.
    pub id: StaffId,
    /// Their name in configuration.
    pub slug: String,
    /// Their name for customers.
    pub name: String,
    /// What they do, at least one.
    pub services: Vec<ServiceId>,
}

impl Staff {
    /// Without a list of services, they do all of them.
    pub(crate) fn declared(mut table: Table<'_>, tenant: Uuid, offered: &Slugs<ServiceId>) -> Option<Self> {
        let slug = table.required("slug", value::slug);
        let name = table.required("name", value::text);
        let all = !table.has("services");
        let named = table.list("services", |value| offered.find(value, "a service"));
        let services = if all { offered.ids() } else { named };
        if services.is_empty() && table.is_well() {
            table.say_of("services", "names none; somebody who does nothing cannot be booked");
        }
        table.finish();
        let slug = slug?;
        Some(Self { id: StaffId::named(tenant, &slug), slug, name: name?, services })
    }
}
