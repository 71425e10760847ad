//! What our books say of each message, held against what the provider knows.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use simulators::whatsapp::{Entry, ReceiptStatus};
use uuid::Uuid;

use super::says::Later;
use crate::Stack;

/// What our own books say of one message.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Told {
    pub id: Uuid,
    pub number: String,
    pub text: String,
    pub state: String,
    pub attempts: i32,
    pub tries: i32,
    /// Calls that are written down …
    pub written: i64,
    /// … and those of them that count: no limit, no closed door.
    pub counted: i64,
    pub explained: bool,
    /// The provider reported that it failed.
    pub reported: bool,
    /// Once at least nobody knew what had become of a call.
    pub ambiguous: bool,
    pub calls: Option<String>,
}

/// All of the storm's.
pub(super) async fn read(stack: &Stack) -> anyhow::Result<Vec<Told>> {
    Ok(sqlx::query_as(
        "select m.id, regexp_replace(m.to_address, '[^0-9]', '', 'g') as number, m.body ->> 'text' as text, m.state, m.attempts,
                m.tries, m.reason ->> 'next_step' is not null as explained,
                exists (select from delivery.receipt r where r.message_id = m.id and r.failed_at is not null) as reported,
                a.written, a.counted, a.calls,
                coalesce(a.unknown, false) or m.attempts > a.written as ambiguous
         from delivery.message m
         cross join lateral (
             select count(*) as written,
                    count(*) filter (where a.class is null or a.class not in ('rate', 'auth')) as counted,
                    -- What was looked for afterwards was unknown before it was found, or found missing.
                    bool_or(a.outcome = 'unknown' or m.reconcile_until is not null) as unknown,
                    string_agg(concat_ws(' ', a.n, a.started_at::time, a.ended_at::time, a.outcome, a.class, a.code, a.cause),
                               '; ' order by a.n) as calls
             from delivery.attempt a where a.message_id = m.id) a
         where m.cause = 'storm' order by m.id",
    )
    .fetch_all(&stack.rows().await?)
    .await?)
}

/// By the provider's own account: what each customer was sent of the storm, in order.
pub(super) fn heard(stack: &Stack) -> BTreeMap<String, Vec<String>> {
    let mut heard = BTreeMap::<_, Vec<_>>::new();
    for noted in stack.whatsapp.journal().all() {
        if let Entry::Send { number, text, .. } = noted.entry
            && text.starts_with("Message ")
        {
            heard.entry(number).or_default().push(text);
        }
    }
    heard
}

/// How often a customer was sent a message.
pub(super) fn times(message: &Told, heard: &BTreeMap<String, Vec<String>>) -> usize {
    let heard = heard.get(&message.number).map(Vec::as_slice).unwrap_or_default();
    heard.iter().filter(|text| **text == message.text).count()
}

/// Nothing is lost, nothing is sent twice but what was unknown (and nothing three times), what was given up says why, and waiting
/// costs no try.
pub(super) fn compare(books: &[Told], heard: &BTreeMap<String, Vec<String>>) -> anyhow::Result<()> {
    for message in books {
        let times = times(message, heard);
        let is_right = match message.state.as_str() {
            "sent" => times == 1 || (times == 2 && message.ambiguous),
            "unknown" => times <= 2 && message.ambiguous,
            "dead" => message.explained && (times == 0 || message.ambiguous),
            "failed" => {
                message.explained && message.reported && (times == 1 || (times == 2 && message.ambiguous))
            }
            "expired" | "cancelled" => times == 0 || (times == 1 && message.ambiguous),
            _ => false,
        };
        ensure!(is_right, "heard {times} times, by the calls {:?}: {message:?}", message.calls);
        ensure!(i64::from(message.tries) <= message.counted, "a wait counted as a try: {message:?}");
        ensure!(i64::from(message.attempts) == message.written, "a call is not written down: {message:?}");
    }
    let count =
        |wanted: &[&str]| books.iter().filter(|message| wanted.contains(&message.state.as_str())).count();
    let (sent, wanted) = (count(&["sent"]), books.len() - count(&["expired", "cancelled"]));
    ensure!(sent * 100 >= wanted * 80, "only {sent} of {wanted} were sent");
    Ok(())
}

/// What is said for later is not heard before then.
pub(super) fn none_too_early(stack: &Stack, later: &Later) -> anyhow::Result<()> {
    for noted in stack.whatsapp.journal().all() {
        if let Entry::Send { text, received_us, .. } = noted.entry
            && later.texts.contains(&text)
        {
            let early = later.at.as_microsecond() - received_us;
            ensure!(early <= 0, "{text:?} was heard {early} µs too early");
        }
    }
    Ok(())
}

/// Everybody hears what is said to them in the order in which it was said.
pub(super) fn in_order(heard: &BTreeMap<String, Vec<String>>) -> anyhow::Result<()> {
    for (number, heard) in heard {
        let mut first: Vec<&String> = Vec::new();
        for text in heard {
            if !first.contains(&text) {
                first.push(text);
            }
        }
        ensure!(first.is_sorted(), "{number} heard out of order: {heard:?}");
    }
    Ok(())
}

/// A receipt for which the provider got its 2xx is in our books.
pub(super) async fn receipts_are_kept(stack: &Stack) -> anyhow::Result<()> {
    let known: Vec<(String, i16)> = sqlx::query_as("select provider_id, rank::int2 from delivery.receipt")
        .fetch_all(&stack.rows().await?)
        .await?;
    let known: BTreeMap<String, i16> = known.into_iter().collect();
    for noted in stack.whatsapp.journal().all() {
        let Entry::Receipt { id, receipt, .. } = noted.entry else { continue };
        let least = match receipt {
            ReceiptStatus::Queued => continue,
            ReceiptStatus::Sent => 1,
            ReceiptStatus::Failed => 2,
            ReceiptStatus::Delivered => 3,
            ReceiptStatus::Read => 4,
        };
        let rank = known.get(&id).with_context(|| format!("a receipt of {id} is lost"))?;
        ensure!(*rank >= least, "{id} is {receipt:?} at the provider, and of rank {rank} here");
    }
    Ok(())
}
