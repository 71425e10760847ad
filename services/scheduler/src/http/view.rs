//! Bookings and reminders as the booking system before showed them, and a little more.

use addressing::Phone;
use serde_json::{Value, json};

use crate::domain::booking::{Booking, Status};
use crate::store::reminders::{Reminder, State};

/// A booking.
pub(super) fn booking(booking: &Booking) -> Value {
    let status = match booking.status {
        Status::Confirmed => "confirmed",
        Status::Cancelled { .. } => "cancelled",
    };
    let phone = booking.recipient.as_ref().and_then(|to| {
        // Some customers have an address that is no number.
        Phone::parse(to.address.strip_prefix("whatsapp:").unwrap_or(&to.address)).ok()
    });
    json!({
        "id": booking.id.to_string(),
        "customerName": booking.customer_name,
        "customerPhone": phone.map(|phone| phone.expose().to_owned()),
        "serviceId": booking.service.slug,
        "barberId": booking.staff.slug,
        "scheduledTime": booking.starts_at,
        "endTime": booking.ends_at,
        "status": status,
        "createdAt": booking.created_at,
    })
}

/// A reminder.
pub(super) fn reminder(reminder: Reminder) -> Value {
    let (state, reason) = match reminder.state {
        State::Waiting => ("waiting", None),
        State::Completed { .. } => ("completed", None),
        State::Voided { reason } => ("voided", Some(reason)),
        State::Expired { reason } => ("expired", Some(reason)),
        State::Failed { reason } => ("failed", Some(reason)),
    };
    json!({ "jobId": reminder.id, "state": state, "scheduledFor": reminder.scheduled_for, "reason": reason })
}
