//! What a customer is told when somebody at the business changed their booking.

use ids::ProposalId;
use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Refused;
use crate::domain::booking::Booking;
use crate::domain::calendar::Calendar;
use crate::domain::wording::{ChangeText, Changed, Language, LocalTime, Templates, Variables, first_name};
use crate::domain::zone;
use crate::say::{self, Body, Fallback, Message};

/// How to tell the customer: the texts, and the business they speak for.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The texts.
    pub templates: &'a Templates,
    /// The business.
    pub calendar: &'a Calendar,
    /// What time it is.
    pub now: Timestamp,
}

/// Queues the text in the caller's transaction, once per request. Who is only in the book is not told.
pub(super) async fn tell(
    transaction: &mut PgConnection,
    telling: Telling<'_>,
    changed: Changed,
    booking: &Booking,
    request: ProposalId,
    correlation_id: Uuid,
) -> Result<(), Refused> {
    let Some(recipient) = &booking.recipient else { return Ok(()) };
    let message = Message {
        tenant_id: booking.tenant_id.uuid(),
        channel_id: recipient.channel_id.uuid(),
        conversation_id: recipient.conversation_id.uuid(),
        to: recipient.address.clone(),
        lane: "high",
        class: "confirmation",
        profile: "conversation",
        body: body(telling, changed, booking)?,
        // Of no use once the visit would have begun.
        not_after: booking.starts_at,
        correlation_id,
        cause: format!("operator:{}", booking.id),
        dedupe_key: format!("operator:{}", request.uuid()),
        on_unknown: "leave",
    };
    let queued = say::enqueue(transaction, std::slice::from_ref(&message), true).await?;
    match queued.into_iter().next().flatten() {
        Some(queued) if queued.is_new => {
            say::note_said(transaction, &message, queued.message_id, telling.now, "staff").await?;
        }
        Some(_) => {}
        // The change itself stands; a person has to tell them.
        None => tracing::warn!(
            booking_id = %booking.id, %correlation_id,
            "the customer is not told: delivery does not know the booking's channel"
        ),
    }
    Ok(())
}

fn body(telling: Telling<'_>, changed: Changed, booking: &Booking) -> Result<Body, Refused> {
    let Calendar { name, disclose_service, zone: house, .. } = telling.calendar;
    let language = Language::of(&booking.language)
        .or_else(|| Language::of(&telling.calendar.language_tag))
        .unwrap_or_default();
    let zone = zone::named(&booking.time_zone).unwrap_or_else(|| house.clone());
    let words = ChangeText {
        customer_name: first_name(&booking.customer_name),
        business_name: name,
        service_name: disclose_service.then_some(booking.service.name.as_str()),
        barber_name: disclose_service.then_some(booking.staff.name.as_str()),
        formatted_date_time: &LocalTime::new(booking.starts_at, &zone, language).text,
    };
    let variables = Variables::of_change(&words, language);
    let text = telling.templates.changed(changed, language, &words)?;
    let fallback =
        Fallback { part: changed.word(), language: language.tag(), variables, buttons: Vec::new() };
    Ok(Body::text(text, fallback))
}
