//! Finding what a request names.

use ids::TenantId;
use sqlx::PgConnection;
use thiserror::Error;

use crate::domain::calendar::{Calendar, Service, StaffMember};
use crate::store;

/// A request names something that is not there.
#[derive(Debug, Error)]
pub enum Unknown {
    /// The tenant has no calendar.
    #[error("tenant {0} has no calendar")]
    Tenant(TenantId),
    /// No such service, or it was withdrawn.
    #[error("there is no service {0}")]
    Service(String),
    /// No such member of staff, or they left.
    #[error("there is no member of staff {0}")]
    Staff(String),
    /// The store has no answer.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// The calendar of a tenant.
pub async fn calendar_of(connection: &mut PgConnection, tenant: TenantId) -> Result<Calendar, Unknown> {
    store::calendar::load(connection, tenant).await?.ok_or(Unknown::Tenant(tenant))
}

/// The service of that id or slug.
pub fn service_of<'a>(calendar: &'a Calendar, named: &str) -> Result<&'a Service, Unknown> {
    calendar.service(named).ok_or_else(|| Unknown::Service(named.to_owned()))
}

/// The member of staff of that id or slug.
pub fn staff_of<'a>(calendar: &'a Calendar, named: &str) -> Result<&'a StaffMember, Unknown> {
    calendar.staff_member(named).ok_or_else(|| Unknown::Staff(named.to_owned()))
}
