//! A business's calendar as rules: who does what, when the house is open.

use ids::{ServiceId, StaffId, TenantId};
use jiff::SignedDuration;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::wording::Language;

/// Everything about a tenant from which free times follow, apart from what is already taken.
#[derive(Debug, Clone)]
pub struct Calendar {
    /// Whose it is.
    pub tenant_id: TenantId,
    /// The business as customers read it.
    pub name: String,
    /// IANA name of `zone`.
    pub zone_name: String,
    /// Where the rules below are local.
    pub zone: TimeZone,
    /// The language of the business, as declared (BCP 47).
    pub language_tag: String,
    /// Distance between two offered starts; each service's own length when not set.
    pub step: Option<Minutes>,
    /// Nothing is offered that begins sooner than this from now.
    pub lead: SignedDuration,
    /// Nothing is offered that begins later than this from now.
    pub horizon: SignedDuration,
    /// Whether a reminder may say what the visit is for, and with whom.
    pub disclose_service: bool,
    /// What is offered, by name.
    pub services: Vec<Service>,
    /// Who works here, by name.
    pub staff: Vec<StaffMember>,
    /// When there is work, in local time.
    pub hours: Vec<Hours>,
    /// When there is none.
    pub holidays: Vec<Holiday>,
}

/// A length in whole minutes.
pub type Minutes = u16;

/// Something that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its name in the configuration.
    pub slug: String,
    /// Its name for customers.
    pub name: String,
    /// Length of a visit.
    pub minutes: Minutes,
    /// What it costs, as customers read it.
    pub price: Option<String>,
}

/// Somebody who can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaffMember {
    /// Their id.
    pub id: StaffId,
    /// Their name in the configuration.
    pub slug: String,
    /// Their name for customers.
    pub name: String,
    /// What they do.
    pub services: Vec<ServiceId>,
}

/// One stretch of work on one weekday, from `opens` up to `closes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Whose hours; the house's when not set.
    pub staff: Option<StaffId>,
    /// On which day.
    pub weekday: Weekday,
    /// Local minutes since midnight.
    pub opens: Minutes,
    /// Local minutes since midnight; 1440 is the end of the day.
    pub closes: Minutes,
}

/// A day without work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Whose day off; the house's when not set.
    pub staff: Option<StaffId>,
    /// Which day.
    pub day: Date,
}

impl Calendar {
    /// The service of that id or slug.
    pub fn service(&self, id_or_slug: &str) -> Option<&Service> {
        self.services
            .iter()
            .find(|service| service.slug == id_or_slug || service.id.to_string() == id_or_slug)
    }

    /// The member of staff of that id or slug.
    pub fn staff_member(&self, id_or_slug: &str) -> Option<&StaffMember> {
        self.staff.iter().find(|member| member.slug == id_or_slug || member.id.to_string() == id_or_slug)
    }

    /// Who does `service`, by name.
    pub fn staff_for(&self, service: ServiceId) -> impl Iterator<Item = &StaffMember> {
        self.staff.iter().filter(move |member| member.services.contains(&service))
    }

    /// When `staff` works on `day`. Somebody with any hours of their own follows only those, so that "not on Mondays"
    /// can be said by leaving Monday out.
    pub fn hours_on(&self, staff: StaffId, day: Date) -> impl Iterator<Item = &Hours> {
        let own = self.hours.iter().any(|hours| hours.staff == Some(staff));
        let whose = own.then_some(staff);
        let closed = self
            .holidays
            .iter()
            .any(|holiday| holiday.day == day && holiday.staff.is_none_or(|absent| absent == staff));
        self.hours
            .iter()
            .filter(move |hours| !closed && hours.staff == whose && hours.weekday == day.weekday())
    }

    /// Distance between two offered starts of `service`.
    pub fn step_for(&self, service: &Service) -> Minutes {
        self.step.unwrap_or(service.minutes).max(1)
    }

    /// The language in which to write to somebody who prefers `tag`.
    pub fn language_for(&self, tag: &str) -> Language {
        Language::of(tag).or_else(|| Language::of(&self.language_tag)).unwrap_or_default()
    }
}
