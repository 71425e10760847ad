//! What a turn needs from outside, as traits where the other side is not ours to start.

mod endpoints;
mod remembered;
pub mod scheduler;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use clock::SharedClock;
use futures_util::future::BoxFuture;
use ids::{BookingId, ContactId, ConversationId, HoldId, StaffId, TenantId};
use jiff::Timestamp;
use thiserror::Error;

use crate::domain::{Booking, Language, NamedService, Service, Slot, Visit};
use crate::texts::Texts;

pub use endpoints::{Endpoint, Endpoints};
pub use remembered::Remembered;

/// What a turn is answered with.
#[derive(Debug, Clone)]
pub struct Ports {
    /// The book.
    pub calendar: Arc<dyn Calendar>,
    /// The models, best first; none for menus only.
    pub models: Arc<Endpoints>,
    /// What code says.
    pub texts: Arc<Texts>,
    /// The time, for breakers; a turn itself decides by its snapshot's `now`.
    pub clock: SharedClock,
    /// What is configured about answers.
    pub rules: Rules,
}

/// What is configured about answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Messages older than this go to staff.
    pub stale_after: Duration,
    /// Use-by time of a reply: late, it would hold up the next.
    pub reply_expires: Duration,
    /// Pauses between attempts at a model.
    pub retries: Retries,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            stale_after: Duration::from_secs(12 * 3600),
            reply_expires: Duration::from_secs(600),
            retries: Retries::default(),
        }
    }
}

/// How often and how soon a model is asked again after a failure that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// At most so many times, per endpoint and request.
    pub most: u32,
    /// The longest first pause; the next ones are twice as long. The real pause is drawn between zero and this.
    pub first: Duration,
    /// No pause is longer than this, unless the endpoint asks for it.
    pub longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { most: 2, first: Duration::from_millis(250), longest: Duration::from_secs(4) }
    }
}

/// The book, as a turn sees it: everything but the commit, which happens in SQL with the turn itself.
pub trait Calendar: Debug + Send + Sync {
    /// What can be booked.
    fn services(&self, tenant: TenantId) -> BoxFuture<'_, Result<Vec<Service>, CalendarError>>;

    /// Free times, earliest first, at most [`SlotQuery::limit`].
    fn find_slots(&self, query: SlotQuery) -> BoxFuture<'_, Result<Vec<Slot>, CalendarError>>;

    /// Keeps an offered time free for a conversation, and lets go of any other it held.
    fn hold(&self, request: HoldRequest) -> BoxFuture<'_, Result<Held, CalendarError>>;

    /// Gives a held time back. Harmless when it is gone already.
    fn release(&self, tenant: TenantId, hold: HoldId) -> BoxFuture<'_, Result<(), CalendarError>>;

    /// A customer's confirmed appointments that have not begun, earliest first.
    fn bookings(
        &self,
        tenant: TenantId,
        contact: ContactId,
    ) -> BoxFuture<'_, Result<Vec<Booking>, CalendarError>>;
}

/// Which free times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotQuery {
    /// Whose calendar.
    pub tenant: TenantId,
    /// For whom: the time it holds itself counts as free.
    pub conversation: ConversationId,
    /// Which service.
    pub service: NamedService,
    /// With whom; `None` for whoever is free.
    pub staff: Option<StaffId>,
    /// The appointment that is to be moved: its own time counts as free.
    pub moving: Option<BookingId>,
    /// Earliest start, inclusive.
    pub from: Timestamp,
    /// Latest start, exclusive; at most 62 days later.
    pub to: Timestamp,
    /// Only in this part of the local day.
    pub part_of_day: Option<PartOfDay>,
    /// How many at most, 1 to 6.
    pub limit: u8,
    /// Language of the answer.
    pub language: Language,
}

/// Which time to keep free, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldRequest {
    /// Whose calendar.
    pub tenant: TenantId,
    /// For whom.
    pub conversation: ConversationId,
    /// From [`Calendar::find_slots`].
    pub handle: String,
    /// The appointment that is to be moved there: its own time counts as free.
    pub moving: Option<BookingId>,
}

/// Part of the local day in which a visit begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartOfDay {
    /// Before 12:00.
    Morning,
    /// From 12:00, before 17:00.
    Afternoon,
    /// From 17:00.
    Evening,
}

/// A time that is kept free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// By what.
    pub hold_id: HoldId,
    /// Until when.
    pub expires_at: Timestamp,
    /// The values as the calendar has them; these are frozen into the proposal.
    pub visit: Visit,
}

/// Why the book did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CalendarError {
    /// Somebody else has the time, or is being asked about it.
    #[error("the time is taken")]
    Taken,
    /// The handle is too old.
    #[error("the offer has expired")]
    Expired,
    /// What was asked for does not exist here: service, person, or a handle nobody offered.
    #[error("there is no such thing in this calendar")]
    Unknown,
    /// The calendar cannot be asked at the moment.
    #[error("the calendar cannot be reached")]
    Unavailable,
}
