use std::sync::Mutex;

use conversation::domain::{Booking, Service, Slot, Staff, Visit};
use conversation::turn::ports::{Calendar, CalendarError, Held, HoldRequest, PartOfDay, SlotQuery};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use ids::{BookingId, ContactId, HoldId, ServiceId, StaffId, TenantId};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// A calendar in memory that behaves as scheduler's does.
#[derive(Debug, Default)]
pub struct FakeCalendar(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    services: Vec<Service>,
    free: Vec<Visit>,
    bookings: Vec<Booking>,
    /// Times somebody else takes the moment they are asked for.
    taken: Vec<Timestamp>,
    offers_expired: bool,
    down: bool,
    now: Timestamp,
    held: Vec<String>,
}

impl FakeCalendar {
    /// One check-up and one cleaning, with Ana and Rui, on weekdays at 9, 10, 11 and 15:30 for three weeks.
    pub fn new(now: Timestamp) -> Self {
        let staff = |slug: &str, name: &str| Staff {
            id: StaffId::named(tenant().uuid(), slug),
            slug: slug.into(),
            name: name.into(),
        };
        let (ana, rui) = (staff("ana", "Ana"), staff("rui", "Rui"));
        let service = |slug: &str, name: &str, staff: &[&Staff]| Service {
            id: ServiceId::named(tenant().uuid(), slug),
            slug: slug.into(),
            name: name.into(),
            minutes: 30,
            price: (slug == "cleaning").then(|| "from 60 €".into()),
            staff: staff.iter().copied().cloned().collect(),
        };
        let services =
            vec![service("check-up", "Check-up", &[&ana]), service("cleaning", "Cleaning", &[&ana, &rui])];
        let mut free = Vec::new();
        let first = now.to_zoned(zone()).date();
        for day in 0..21_i32 {
            let date = first.checked_add(day.days()).unwrap();
            if date.weekday().to_monday_zero_offset() >= 5 {
                continue;
            }
            for (hour, minute) in [(9, 0), (10, 0), (11, 0), (15, 30)] {
                let starts_at = date.at(hour, minute, 0, 0).to_zoned(zone()).unwrap().timestamp();
                for service in &services {
                    for staff in &service.staff {
                        free.push(Visit {
                            service_id: service.id,
                            service: service.name.clone(),
                            staff_id: staff.id,
                            staff: staff.name.clone(),
                            starts_at,
                            ends_at: starts_at + SignedDuration::from_mins(30),
                        });
                    }
                }
            }
        }
        free.sort_by_key(|visit| visit.starts_at);
        Self(Mutex::new(Book { services, free, now, ..Book::default() }))
    }

    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }

    /// A free visit of the check-up at that local time.
    pub fn check_up(&self, at: &str) -> Visit {
        let at = local(at);
        self.book()
            .free
            .iter()
            .find(|visit| visit.starts_at == at && visit.service == "Check-up")
            .unwrap()
            .clone()
    }

    /// The customer has this check-up booked.
    pub fn add_booking(&self, at: &str) {
        let visit = self.check_up(at);
        let mut book = self.book();
        book.free.retain(|free| !free.is_same(&visit));
        book.bookings.push(Booking { id: BookingId::generate(), visit });
    }

    pub fn bookings_now(&self) -> Vec<Booking> {
        self.book().bookings.clone()
    }

    pub fn take(&self, at: &str) {
        self.book().taken.push(local(at));
    }

    /// Nobody offers this time any more.
    pub fn fill(&self, at: &str) {
        self.book().free.retain(|visit| visit.starts_at != local(at));
    }

    pub fn fill_everything(&self) {
        self.book().free.clear();
    }

    pub fn expire_offers(&self) {
        self.book().offers_expired = true;
    }

    pub fn go_down(&self) {
        self.book().down = true;
    }

    pub fn only_check_ups(self) -> Self {
        self.book().services.truncate(1);
        self
    }

    /// How many times were held.
    pub fn holds(&self) -> usize {
        self.book().held.len()
    }

    fn answer<T>(
        &self,
        with: impl FnOnce(&mut Book) -> Result<T, CalendarError>,
    ) -> BoxFuture<'static, Result<T, CalendarError>>
    where
        T: Send + 'static,
    {
        let mut book = self.book();
        let result = if book.down { Err(CalendarError::Unavailable) } else { with(&mut book) };
        ready(result).boxed()
    }
}

pub fn tenant() -> TenantId {
    TenantId::named(uuid::Uuid::nil(), "harbour-dental")
}

pub fn zone() -> TimeZone {
    TimeZone::get("Europe/Lisbon").unwrap()
}

/// A local time of the business.
pub fn local(at: &str) -> Timestamp {
    let at: jiff::civil::DateTime = at.parse().unwrap();
    at.to_zoned(zone()).unwrap().timestamp()
}

pub fn handle(visit: &Visit) -> String {
    format!(
        "slot_{}_{}_{}",
        visit.service.to_lowercase(),
        visit.staff.to_lowercase(),
        visit.starts_at.as_second()
    )
}

impl Calendar for FakeCalendar {
    fn services(&self, _: TenantId) -> BoxFuture<'_, Result<Vec<Service>, CalendarError>> {
        self.answer(|book| Ok(book.services.clone()))
    }

    fn find_slots(&self, query: SlotQuery) -> BoxFuture<'_, Result<Vec<Slot>, CalendarError>> {
        self.answer(|book| {
            if query.to <= query.from
                || query.to.duration_since(query.from) > SignedDuration::from_hours(62 * 24)
            {
                return Err(CalendarError::Unknown);
            }
            let from = query.from.max(book.now);
            let fits = |visit: &&Visit| {
                let hour = visit.starts_at.to_zoned(zone()).hour();
                visit.service_id == query.service.id
                    && query.staff.is_none_or(|staff| staff == visit.staff_id)
                    && (from..query.to).contains(&visit.starts_at)
                    && match query.part_of_day {
                        None => true,
                        Some(PartOfDay::Morning) => hour < 12,
                        Some(PartOfDay::Afternoon) => (12..17).contains(&hour),
                        Some(PartOfDay::Evening) => hour >= 17,
                    }
            };
            let mut found: Vec<&Visit> = book.free.iter().filter(fits).collect();
            if query.staff.is_none() {
                found.dedup_by_key(|visit| visit.starts_at);
            }
            let slots = found.into_iter().take(usize::from(query.limit));
            Ok(slots.map(|visit| Slot { handle: handle(visit), visit: visit.clone() }).collect())
        })
    }

    fn hold(&self, request: HoldRequest) -> BoxFuture<'_, Result<Held, CalendarError>> {
        self.answer(|book| {
            let visit = book
                .free
                .iter()
                .find(|visit| handle(visit) == request.handle)
                .ok_or(CalendarError::Unknown)?
                .clone();
            if std::mem::take(&mut book.offers_expired) {
                return Err(CalendarError::Expired);
            }
            if book.taken.contains(&visit.starts_at) {
                book.free.retain(|free| !free.is_same(&visit));
                return Err(CalendarError::Taken);
            }
            book.held.push(request.handle);
            Ok(Held {
                hold_id: HoldId::generate(),
                expires_at: book.now + SignedDuration::from_mins(10),
                visit,
            })
        })
    }

    fn release(&self, _: TenantId, _: HoldId) -> BoxFuture<'_, Result<(), CalendarError>> {
        self.answer(|_| Ok(()))
    }

    fn bookings(&self, _: TenantId, _: ContactId) -> BoxFuture<'_, Result<Vec<Booking>, CalendarError>> {
        self.answer(|book| Ok(book.bookings.clone()))
    }
}
