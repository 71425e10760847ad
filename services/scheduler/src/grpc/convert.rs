//! Our values on their way out.

use contract::scheduler::v1 as proto;
use jiff::tz::TimeZone;
use rpc::parse::proto_time;

use crate::calendar::Offered;
use crate::domain::booking::{Booking, Recipient, Status};
use crate::domain::calendar::{Calendar, Service, StaffMember};
use crate::domain::wording::{Language, LocalTime};
use crate::domain::zone;
use crate::store::reminders::{Reminder, State};

pub(super) fn local_time(local: LocalTime) -> proto::LocalTime {
    let LocalTime { date, weekday, time, text } = local;
    proto::LocalTime { date, weekday, time, text }
}

pub(super) fn staff_member(member: &StaffMember) -> proto::StaffMember {
    proto::StaffMember { id: member.id.to_string(), slug: member.slug.clone(), name: member.name.clone() }
}

pub(super) fn service(service: &Service) -> proto::Service {
    proto::Service {
        id: service.id.to_string(),
        slug: service.slug.clone(),
        name: service.name.clone(),
        minutes: i32::from(service.minutes),
        price: service.price.clone().unwrap_or_default(),
        staff: Vec::new(),
    }
}

pub(super) fn service_with_staff(calendar: &Calendar, one: &Service) -> proto::Service {
    let staff = calendar.staff_for(one.id).map(staff_member).collect();
    proto::Service { staff, ..service(one) }
}

pub(super) fn slot(offered: &Offered, zone: &TimeZone, language: Language) -> proto::Slot {
    proto::Slot {
        handle: offered.handle.clone(),
        starts_at: Some(proto_time(offered.slot.starts_at)),
        ends_at: Some(proto_time(offered.slot.ends_at)),
        local: Some(local_time(LocalTime::new(offered.slot.starts_at, zone, language))),
        staff: Some(staff_member(&offered.staff)),
        expires_at: Some(proto_time(offered.expires_at)),
    }
}

pub(super) fn booking(booking: &Booking) -> proto::Booking {
    let (status, cancelled_at) = match booking.status {
        Status::Confirmed => (proto::BookingStatus::Confirmed, None),
        Status::Cancelled { at } => (proto::BookingStatus::Cancelled, Some(proto_time(at))),
    };
    let language = Language::of(&booking.language).unwrap_or_default();
    let local = zone::named(&booking.time_zone)
        .map(|zone| local_time(LocalTime::new(booking.starts_at, &zone, language)));
    proto::Booking {
        id: booking.id.to_string(),
        tenant_id: booking.tenant_id.to_string(),
        status: status.into(),
        service: Some(service(&booking.service)),
        staff: Some(staff_member(&booking.staff)),
        starts_at: Some(proto_time(booking.starts_at)),
        ends_at: Some(proto_time(booking.ends_at)),
        time_zone: booking.time_zone.clone(),
        local,
        customer_name: booking.customer_name.clone(),
        language: booking.language.clone(),
        recipient: booking.recipient.as_ref().map(recipient),
        created_at: Some(proto_time(booking.created_at)),
        cancelled_at,
        version: booking.version,
    }
}

fn recipient(recipient: &Recipient) -> proto::Recipient {
    proto::Recipient {
        channel_id: recipient.channel_id.to_string(),
        conversation_id: recipient.conversation_id.to_string(),
        contact_id: recipient.contact_id.map(|id| id.to_string()).unwrap_or_default(),
        address: recipient.address.clone(),
    }
}

pub(super) fn reminder(reminder: Reminder) -> proto::Reminder {
    let (state, reason, message_id) = match reminder.state {
        State::Waiting => (proto::ReminderState::Waiting, String::new(), String::new()),
        State::Completed { message_id } => {
            (proto::ReminderState::Completed, String::new(), message_id.to_string())
        }
        State::Voided { reason } => (proto::ReminderState::Voided, reason, String::new()),
        State::Expired { reason } => (proto::ReminderState::Expired, reason, String::new()),
        State::Failed { reason } => (proto::ReminderState::Failed, reason, String::new()),
    };
    proto::Reminder {
        job_id: reminder.id,
        number: reminder.number,
        state: state.into(),
        scheduled_for: Some(proto_time(reminder.scheduled_for)),
        not_after: Some(proto_time(reminder.not_after)),
        reason,
        message_id,
        attempts: reminder.attempts,
    }
}
