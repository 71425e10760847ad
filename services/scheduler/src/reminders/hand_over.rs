//! One look at what is due: claim, decide, say, settle, in one transaction. A crash at any point leaves every row as it
//! was; the commit makes the reminder a row in delivery's inbox and settles it here, or neither.

use ids::{BookingId, ChannelId, MessageId, TenantId};
use jiff::SignedDuration;
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

use super::failed::{Failed, Problem};
use super::text::{Words, text};
use crate::domain::reminder::{Decision, Due, decide};
use crate::domain::wording::{Language, Templates};
use crate::domain::zone;
use crate::say::{self, Body, Button, Fallback, Message};
use crate::store::due_reminders::{self, Claimed, Key, Settled};

/// What one look did.
#[derive(Debug, Default)]
pub struct HandedOver {
    /// How many due reminders were found. As many as asked for: there may be more.
    pub claimed: usize,
    /// Messages that delivery should look at.
    pub wake_ups: Vec<WakeUp>,
    /// What became of each.
    pub settled: Vec<Note>,
}

/// What became of a due reminder, for the log and for the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Of which booking, and which of its reminders.
    pub key: Key,
    /// What ties it to the message by which the customer booked.
    pub correlation_id: Uuid,
    /// What became of it.
    pub settled: Settled,
    /// How late that was, measured from its due time.
    pub late: SignedDuration,
}

/// Says to delivery: look at this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WakeUp {
    /// On which channel.
    pub channel_id: ChannelId,
    /// Which message.
    pub message_id: MessageId,
}

/// Hands over up to `limit` due reminders.
pub async fn hand_over(pool: &PgPool, templates: &Templates, limit: u32) -> Result<HandedOver, Failed> {
    let mut connection = pool.acquire().await.map_err(Failed::before_claiming)?;
    let mut transaction = connection.begin().await.map_err(Failed::before_claiming)?;
    let claimed = due_reminders::claim_due(&mut transaction, limit).await.map_err(Failed::before_claiming)?;
    let handed_over = process(&mut transaction, templates, &claimed)
        .await
        .map_err(|problem| Failed::after_claiming(&claimed, problem))?;
    transaction.commit().await.map_err(|error| Failed::after_claiming(&claimed, error.into()))?;
    Ok(handed_over)
}

async fn process(
    transaction: &mut PgConnection,
    templates: &Templates,
    claimed: &[Claimed],
) -> Result<HandedOver, Problem> {
    let mut done = HandedOver { claimed: claimed.len(), ..HandedOver::default() };
    let mut settled: Vec<(Key, Settled)> = Vec::with_capacity(claimed.len());
    let mut saying: Vec<(&Claimed, Message)> = Vec::new();
    for reminder in claimed {
        match decide(&due(reminder), reminder.now.to_jiff()) {
            Decision::Void(reason) => settled.push((key(reminder), Settled::Voided(reason))),
            Decision::Expire(reason) => settled.push((key(reminder), Settled::Expired(reason))),
            Decision::Send { not_after } => {
                saying.push((reminder, message(templates, reminder, not_after)?));
            }
        }
    }
    if !saying.is_empty() {
        let (reminders, messages): (Vec<&Claimed>, Vec<Message>) = saying.into_iter().unzip();
        let queued = say::enqueue(transaction, &messages, false).await?;
        for ((reminder, message), queued) in reminders.into_iter().zip(&messages).zip(queued) {
            let queued = queued.ok_or(Problem::Row("delivery does not know the booking's channel"))?;
            let now = reminder.now.to_jiff();
            // Delivery refuses to take the same reminder twice; then the conversation knows of it, too.
            if queued.is_new {
                say::note_said(transaction, message, queued.message_id, now, "reminder").await?;
            }
            done.wake_ups.push(WakeUp { channel_id: queued.channel_id, message_id: queued.message_id });
            settled.push((key(reminder), Settled::Completed(queued.message_id)));
        }
    }
    if !settled.is_empty() {
        due_reminders::settle(transaction, &settled).await?;
    }
    done.settled = settled.into_iter().filter_map(|(key, settled)| note(claimed, key, settled)).collect();
    Ok(done)
}

fn note(claimed: &[Claimed], of: Key, settled: Settled) -> Option<Note> {
    let reminder = claimed.iter().find(|reminder| key(reminder) == of)?;
    let late = reminder.now.to_jiff().duration_since(reminder.scheduled_for.to_jiff());
    Some(Note { key: of, correlation_id: reminder.correlation_id, settled, late })
}

pub(super) fn key(reminder: &Claimed) -> Key {
    Key {
        tenant: TenantId::from_uuid(reminder.tenant_id),
        booking: BookingId::from_uuid(reminder.booking_id),
        number: reminder.number,
    }
}

fn due(reminder: &Claimed) -> Due {
    Due {
        planned_for: reminder.booking_version,
        version: reminder.version,
        confirmed: reminder.confirmed,
        starts_at: reminder.starts_at.to_jiff(),
        not_after: reminder.not_after.to_jiff(),
        reachable: reminder.channel_id.is_some(),
    }
}

fn message(
    templates: &Templates,
    reminder: &Claimed,
    not_after: jiff::Timestamp,
) -> Result<Message, Problem> {
    let (Some(channel_id), Some(conversation_id), Some(address)) =
        (reminder.channel_id, reminder.conversation_id, &reminder.address)
    else {
        return Err(Problem::Row("the booking has half a recipient"));
    };
    let zone =
        zone::named(&reminder.time_zone).ok_or(Problem::Row("the booking's time zone is not known"))?;
    let language = Language::of(&reminder.language)
        .or_else(|| Language::of(&reminder.business_language))
        .unwrap_or_default();
    let words = Words {
        customer_name: &reminder.customer_name,
        business_name: &reminder.business_name,
        service_name: &reminder.service_name,
        staff_name: Some(&reminder.staff_name),
        disclose_service: reminder.disclose_service,
        starts_at: reminder.starts_at.to_jiff(),
        zone: &zone,
        language,
        cancel_word: &reminder.cancel_word,
    };
    let (text, variables) = text(templates, &words, reminder.now.to_jiff())?;
    let booking = BookingId::from_uuid(reminder.booking_id);
    let (confirm, cancel) = (format!("confirm:{booking}"), format!("cancel:{booking}"));
    let variables = variables.with_payloads(&confirm, &cancel);
    let fallback = Fallback { part: "reminder", language: language.tag(), variables, buttons: Vec::new() };
    let [yes, no] = language.reminder_buttons();
    let buttons = vec![Button { id: confirm, title: yes }, Button { id: cancel, title: no }];
    Ok(Message {
        tenant_id: reminder.tenant_id,
        channel_id,
        conversation_id,
        to: address.clone(),
        lane: "normal",
        class: "reminder",
        profile: "reminder",
        body: Body::buttons(text, buttons, fallback),
        not_after,
        correlation_id: reminder.correlation_id,
        cause: format!("reminder:{}", reminder.id),
        dedupe_key: reminder.id.clone(),
        // The next one comes anyway; a doubled reminder annoys more than a missing one.
        on_unknown: "leave",
    })
}
