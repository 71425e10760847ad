//! The story: an appointment is found, taken, confirmed, remembered and called off.

use super::failure::{Failure, Trouble};
use super::reading::{self, OfferedTime};
use super::stage::{Said, Stage};
use crate::whatsapp::ReceiptStatus;

/// Questions of the clinic that the customer answers before times are offered.
const QUESTIONS: usize = 3;

/// Plays it to the end.
pub(super) async fn tell(stage: &mut Stage<'_>) -> Result<(), Failure> {
    let (times, _) = ask_for_times(stage, "free times are offered").await?;
    let Some(slot) = times.into_iter().next() else { return Ok(()) };
    propose(stage, &slot).await?;
    let booked = accept(stage, &slot).await?;
    stage.receipt("the confirmation is delivered", &booked, ReceiptStatus::Delivered).await?;
    stage.receipt("the confirmation is read", &booked, ReceiptStatus::Read).await?;
    let reminder = remind(stage, &booked).await?;
    cancel(stage, &reminder).await?;
    free_again(stage, &slot).await
}

/// The customer asks for an appointment, and answers what is asked back, until times are offered.
async fn ask_for_times(
    stage: &mut Stage<'_>,
    step: &'static str,
) -> Result<(Vec<OfferedTime>, u64), Failure> {
    let mut words = stage.options.wish.clone();
    for _ in 0..=QUESTIONS {
        let since = stage.write(step, &words).await?;
        let offers = |text: &str| !reading::offered_times(text).is_empty();
        let fits = |text: &str| offers(text) || reading::asks(text);
        let said = stage.hear(step, "a numbered list of free times", since, fits).await?;
        let times = reading::offered_times(&said.text);
        if !times.is_empty() {
            return Ok((times, said.seq));
        }
        let first = reading::other_choices(&said.text).into_iter().next();
        words = first.map_or_else(|| stage.options.answer.clone(), |choice| choice.number);
    }
    Err(Failure::new(
        step,
        Trouble::Wrong {
            problem: format!("The clinic still asks after {QUESTIONS} answers."),
            advice: "Give the customer better words: --wish for the first message, --answer for what is asked back.",
        },
    ))
}

async fn propose(stage: &mut Stage<'_>, slot: &OfferedTime) -> Result<(), Failure> {
    let step = "the time picked is proposed";
    let since = stage.write(step, &slot.number).await?;
    let expected = "a question that names the time picked, to be answered with yes";
    stage.hear(step, expected, since, |text| reading::proposes(text, slot)).await?;
    Ok(())
}

async fn accept(stage: &mut Stage<'_>, slot: &OfferedTime) -> Result<Said, Failure> {
    let step = "the appointment is booked";
    let since = stage.write(step, "yes").await?;
    let expected = "a text that says so and names the time";
    let booked = stage.hear(step, expected, since, |text| reading::says_booked(text, slot)).await?;
    stage.follow(&booked);
    Ok(booked)
}

async fn remind(stage: &mut Stage<'_>, booked: &Said) -> Result<Said, Failure> {
    let (step, expected) =
        ("the reminder comes", "a text with the word CANCEL; the demo's reminder plan is seconds");
    let patience = stage.options.reminder_patience;
    stage.hear_within(step, expected, booked.seq, patience, reading::reminds).await
}

async fn cancel(stage: &mut Stage<'_>, reminder: &Said) -> Result<(), Failure> {
    let step = "the clinic asks whether to cancel";
    let since = stage.write(step, &reading::cancel_words(&reminder.text)).await?;
    stage.hear(step, "a question to be answered with yes", since, reading::asks).await?;
    let step = "the appointment is cancelled";
    let since = stage.write(step, "yes").await?;
    stage.hear(step, "a text that says so", since, reading::says_cancelled).await?;
    Ok(())
}

async fn free_again(stage: &mut Stage<'_>, slot: &OfferedTime) -> Result<(), Failure> {
    let step = "the time is free again";
    let (times, _) = ask_for_times(stage, step).await?;
    if times.iter().any(|time| time.label == slot.label) {
        return Ok(());
    }
    let offered: Vec<&str> = times.iter().map(|time| time.label.as_str()).collect();
    Err(Failure::new(
        step,
        Trouble::Wrong {
            problem: format!(
                "Expected `{}` among the times offered, seen: {}.",
                slot.label,
                offered.join(", ")
            ),
            advice: "Either the cancelled booking still blocks its time, or somebody else took it meanwhile.",
        },
    ))
}
