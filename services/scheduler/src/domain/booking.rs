//! A visit in the book.

use ids::{BookingId, ChannelId, ContactId, ConversationId, TenantId};
use jiff::Timestamp;

use super::calendar::{Service, StaffMember};

/// A visit in the book, as it is read back.
#[derive(Debug, Clone)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// Whose book.
    pub tenant_id: TenantId,
    /// Whether the time is still kept.
    pub status: Status,
    /// What.
    pub service: Service,
    /// With whom.
    pub staff: StaffMember,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// IANA name of the zone in which the time was meant.
    pub time_zone: String,
    /// For whom.
    pub customer_name: String,
    /// Their language, BCP 47.
    pub language: String,
    /// How they are written to, if they can be.
    pub recipient: Option<Recipient>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Raised by every move.
    pub version: i32,
}

/// State of a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The time is kept.
    Confirmed,
    /// It was given back.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// The way to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Through which channel.
    pub channel_id: ChannelId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// Who it is, when that is known.
    pub contact_id: Option<ContactId>,
    /// Address as the provider wants it.
    pub address: String,
}
