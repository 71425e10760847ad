use std::time::Duration;

use anyhow::Context;
use e2e::Stack;
use simulators::{
    play::{PlayOptions, play},
    whatsapp::{Entry, PhoneMessage, Tap, TapOn, TemplateStatus},
};

const PHONE: &str = "447700900123";
const PATIENCE: Duration = Duration::from_secs(20);

/// What the customer was sent last, and as which template.
fn last(stack: &Stack) -> Option<(String, Option<String>)> {
    let entries = stack.whatsapp.journal().all().into_iter().rev();
    entries
        .filter_map(|noted| match noted.entry {
            Entry::Send { number, text, template, .. } if number == PHONE => Some((text, template)),
            _ => None,
        })
        .next()
}

fn taps(stack: &Stack, on: TapOn, id: &str, title: &str) -> anyhow::Result<()> {
    let tap = Some(Tap { id: id.to_owned(), on });
    stack.whatsapp.customer_writes(PHONE, PhoneMessage { tap, ..PhoneMessage::text(title) })?;
    Ok(())
}

/// Books the first time of the first day by typed numbers.
async fn books(stack: &Stack) -> anyhow::Result<()> {
    for (at, words) in ["menu", "1", "1", "1", "yes"].into_iter().enumerate() {
        stack.customer(PHONE, words)?;
        let heard = stack.hears(PHONE, at + 1, PATIENCE).await?;
        anyhow::ensure!(heard.len() == at + 1, "{heard:?}");
    }
    let booked = last(stack).map(|(text, _)| text).unwrap_or_default();
    anyhow::ensure!(booked.contains("Booked: "), "{booked}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reminder_to_a_silent_customer_is_the_template_and_its_button_cancels() -> anyhow::Result<()> {
    let stack = Stack::at_meta().await?;
    books(&stack).await?;
    // The customer has been silent for two days.
    let rows = stack.rows().await?;
    sqlx::query("update delivery.inbound set at = at - interval '2 days'").execute(&rows).await?;
    let heard = stack.hears(PHONE, 6, PATIENCE).await?;
    let (text, template) = last(&stack).context("a reminder")?;
    assert_eq!(template.as_deref(), Some("appointment_reminder"), "{heard:?}");
    assert!(text.starts_with("Hi Maya, your visit is on "), "{text}");
    let booking: String =
        sqlx::query_scalar("select 'bkg_' || replace(id::text, '-', '') from scheduler.booking")
            .fetch_one(&rows)
            .await?;
    taps(&stack, TapOn::Template, &format!("cancel:{booking}"), "Cancel")?;
    stack.hears(PHONE, 7, PATIENCE).await?;
    let (asked, _) = last(&stack).context("a question")?;
    assert!(asked.contains("[Yes]") && asked.contains("[No]"), "{asked}");
    let proposal: String = sqlx::query_scalar(
        "select 'prp_' || replace(id::text, '-', '') from conversation.proposal where state = 'open'",
    )
    .fetch_one(&rows)
    .await?;
    taps(&stack, TapOn::Button, &format!("yes:{proposal}"), "Yes")?;
    let cancelled = "select count(*) from scheduler.booking where status = 'cancelled'";
    stack.counts(1, "the visit is cancelled", cancelled, PATIENCE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_says_about_a_template_counts_at_once() -> anyhow::Result<()> {
    let stack = Stack::at_meta().await?;
    let known =
        "select count(*) from delivery.template where name = 'appointment_reminder' and status = 'approved'";
    stack.counts(1, "the template is listed", known, PATIENCE).await?;
    let template = stack.whatsapp.template("appointment_reminder").context("the reminder's template")?;
    stack.whatsapp.put_template(template.with_status(TemplateStatus::Paused));
    let paused =
        "select count(*) from delivery.template where name = 'appointment_reminder' and status = 'paused'";
    stack.counts(1, "the template is known to be paused", paused, PATIENCE).await?;
    let told = "select count(*) from delivery.template_event where what = 'status' and value = 'paused'";
    stack.counts(1, "what was said is kept", told, PATIENCE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_play_works_with_taps_below_the_words() -> anyhow::Result<()> {
    let stack = Stack::at_meta().await?;
    let whatsapp = stack.whatsapp.url();
    let options =
        PlayOptions { whatsapp, patience: PATIENCE, reminder_patience: PATIENCE, ..PlayOptions::default() };
    let mut printed = Vec::new();
    let played = play(&options, &mut printed).await;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert!(played.is_ok(), "{:?}\n{printed}\n{}", played.err(), stack.program.log_tail());
    Ok(())
}
