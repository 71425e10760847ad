//! Our errors in the words of the caller.

use rpc::Failure;

use crate::bookings::Refused;
use crate::calendar::{HoldRefused, Unknown};
use crate::domain::slot_handle::Refusal;
use crate::domain::wording::TemplateError;
use crate::store;

/// The store has no answer.
pub(crate) fn of_store(error: store::Error) -> Failure {
    match error.class() {
        postgres::Class::Unavailable => {
            Failure::unavailable("the database does not answer", "ask again in a moment")
        }
        postgres::Class::Conflict => {
            Failure::conflict("somebody else changed the same booking", "read it and ask again")
        }
        postgres::Class::Data | postgres::Class::Bug => Failure::internal(error),
    }
}

/// There is no connection to ask with.
pub(crate) fn of_pool(error: sqlx::Error) -> Failure {
    of_store(error.into())
}

/// A request names something that is not there.
pub(crate) fn of_unknown(error: Unknown) -> Failure {
    match error {
        Unknown::Tenant(tenant) => Failure::not_found("calendar of tenant", tenant),
        Unknown::Service(service) => Failure::not_found("service", service),
        Unknown::Staff(staff) => Failure::not_found("member of staff", staff),
        Unknown::Store(error) => of_store(error),
    }
}

/// The same, where a field of the request is to be named.
pub(crate) fn of_field(field: &str, error: Unknown) -> Failure {
    match error {
        Unknown::Store(error) => of_store(error),
        other => Failure::invalid(
            field,
            format!("is unknown: {other}"),
            "give an id or slug that ListServices names",
        ),
    }
}

/// A number cannot be written to.
pub(crate) fn no_channel(named: &str) -> Failure {
    if named.is_empty() {
        return Failure::invalid(
            "channel",
            "is missing, and the business has not exactly one",
            "give the id or slug of the channel to write through",
        );
    }
    Failure::invalid(
        "channel",
        "is none of this business, or is switched off",
        "ask ChannelService/ListChannels",
    )
}

/// A time could not be held.
pub(super) fn of_hold(error: HoldRefused) -> Failure {
    match error {
        HoldRefused::Handle(refusal @ Refusal::Forged) => Failure::invalid(
            "handle",
            refusal.to_string(),
            "copy one from FindSlots of the same tenant, unchanged",
        )
        .reason("HANDLE_FORGED"),
        HoldRefused::Handle(Refusal::Expired) => {
            Failure::precondition("the offer has expired", "ask FindSlots again and offer what it returns")
                .reason("HANDLE_EXPIRED")
        }
        HoldRefused::Withdrawn => Failure::precondition(
            "the business no longer offers this time",
            "ask FindSlots again and offer what it returns",
        )
        .reason("SLOT_WITHDRAWN"),
        HoldRefused::Taken => taken(),
        HoldRefused::Unknown(error) => of_unknown(error),
    }
}

/// A change was refused.
pub(crate) fn of_change(error: Refused, booking: &str) -> Failure {
    match error {
        Refused::Taken => taken(),
        Refused::Gone => Failure::precondition(
            format!("booking {booking} does not exist, is cancelled, or has begun"),
            "read the bookings of this customer; only a confirmed one that has not begun can be changed",
        )
        .reason("BOOKING_GONE"),
        Refused::Stale => Failure::precondition(
            "the time has passed, or this member of staff does not offer this service",
            "choose a later time, or somebody whom ListServices names for the service",
        )
        .reason("SLOT_STALE"),
        Refused::OtherRequest => Failure::precondition(
            "this request_id or Idempotency-Key was used for another request",
            "use a new one for a new request, or repeat the request exactly as it was",
        )
        .reason("IDEMPOTENCY_KEY_REUSED"),
        Refused::Store(error) => of_store(error),
        Refused::Text(error) => of_template(error),
    }
}

/// A text could not be made.
pub(super) fn of_template(error: TemplateError) -> Failure {
    Failure::internal(error)
}

fn taken() -> Failure {
    Failure::conflict("this time is taken", "ask FindSlots again and offer another time").reason("SLOT_TAKEN")
}
