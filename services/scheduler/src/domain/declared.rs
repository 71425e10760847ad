//! A calendar as somebody wants it.

use ids::{ChannelId, ServiceId, StaffId, TenantId};
use jiff::SignedDuration;
use jiff::civil::{Date, Time};

use super::calendar::{Hours, Minutes};

/// A tenant's calendar as somebody wants it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Whose.
    pub tenant_id: TenantId,
    /// The business as customers read it.
    pub name: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Its language, BCP 47.
    pub language: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Distance between two offered starts.
    pub slot_step: Option<Minutes>,
    /// Nothing is offered sooner than this from now.
    pub booking_lead: Minutes,
    /// Nothing is offered further ahead than this.
    pub booking_horizon_days: u16,
    /// Whether reminders may say what the visit is for.
    pub disclose_service: bool,
    /// When reminders keep quiet: from, until.
    pub quiet_hours: Option<(Time, Time)>,
    /// What is offered.
    pub services: Vec<DeclaredService>,
    /// Who works there.
    pub staff: Vec<DeclaredStaff>,
    /// When.
    pub hours: Vec<Hours>,
    /// When not.
    pub holidays: Vec<DeclaredHoliday>,
    /// What cancels on each channel.
    pub cancel_words: Vec<(ChannelId, String)>,
}

/// A service as somebody wants it.
#[derive(Debug, Clone)]
pub struct DeclaredService {
    /// Its id.
    pub id: ServiceId,
    /// Its name in the configuration.
    pub slug: String,
    /// Its name for customers.
    pub name: String,
    /// Length of a visit.
    pub minutes: Minutes,
    /// When its customers are reminded.
    pub plan: ReminderPlan,
}

/// When customers are reminded; `scheduler.plan_reminders` says how this is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderPlan {
    /// Distance between two reminders.
    pub every: SignedDuration,
    /// None earlier than this before the visit.
    pub earliest_lead: SignedDuration,
    /// At most so many.
    pub cap: u16,
}

impl Default for ReminderPlan {
    fn default() -> Self {
        Self { every: SignedDuration::from_hours(2), earliest_lead: SignedDuration::from_hours(24), cap: 12 }
    }
}

/// A member of staff as somebody wants them.
#[derive(Debug, Clone)]
pub struct DeclaredStaff {
    /// Their id.
    pub id: StaffId,
    /// Their name in the configuration.
    pub slug: String,
    /// Their name for customers.
    pub name: String,
    /// What they do.
    pub services: Vec<ServiceId>,
}

/// A day without work.
#[derive(Debug, Clone)]
pub struct DeclaredHoliday {
    /// Whose day off; the house's when not set.
    pub staff: Option<StaffId>,
    /// Which day.
    pub day: Date,
    /// Why.
    pub name: String,
}
