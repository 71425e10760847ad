//! What changes seldom is not asked for in each turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ids::{ContactId, HoldId, TenantId};
use tokio::time::Instant;

use super::{Calendar, CalendarError, Held, HoldRequest, SlotQuery};
use crate::domain::{Booking, Service, Slot};

/// How old a list of services may be. One that is withdrawn meanwhile is refused when it is to be booked.
const FRESH: Duration = Duration::from_secs(15);

/// A calendar whose services are asked for at most once in [`FRESH`] for each tenant. Everything else changes with every
/// booking and is asked anew.
#[derive(Debug)]
pub struct Remembered {
    calendar: Arc<dyn Calendar>,
    services: Mutex<HashMap<TenantId, (Instant, Vec<Service>)>>,
}

impl Remembered {
    /// In front of `calendar`.
    #[must_use]
    pub fn new(calendar: Arc<dyn Calendar>) -> Self {
        Self { calendar, services: Mutex::default() }
    }

    fn known(&self, tenant: TenantId) -> Option<Vec<Service>> {
        let known = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&tenant).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, services)| services.clone())
    }
}

impl Calendar for Remembered {
    fn services(&self, tenant: TenantId) -> BoxFuture<'_, Result<Vec<Service>, CalendarError>> {
        async move {
            if let Some(known) = self.known(tenant) {
                return Ok(known);
            }
            let services = self.calendar.services(tenant).await?;
            let now = Instant::now();
            self.services
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(tenant, (now, services.clone()));
            Ok(services)
        }
        .boxed()
    }

    fn find_slots(&self, query: SlotQuery) -> BoxFuture<'_, Result<Vec<Slot>, CalendarError>> {
        self.calendar.find_slots(query)
    }

    fn hold(&self, request: HoldRequest) -> BoxFuture<'_, Result<Held, CalendarError>> {
        self.calendar.hold(request)
    }

    fn release(&self, tenant: TenantId, hold: HoldId) -> BoxFuture<'_, Result<(), CalendarError>> {
        self.calendar.release(tenant, hold)
    }

    fn bookings(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> BoxFuture<'_, Result<Vec<Booking>, CalendarError>> {
        self.calendar.bookings(tenant, contact)
    }
}
