//! The play: it comes to its end with a clinic that works, and says what is wrong with one that does not.

use std::time::Duration;

use simulators::play::{PlayOptions, play};
use simulators::whatsapp::Provider;

use crate::clinic::{Lapse, open, open_through};

async fn played(
    lapse: Lapse,
    patience: Duration,
) -> anyhow::Result<(String, Result<Vec<&'static str>, String>)> {
    let (sim, _clinic) = open(lapse).await?;
    let options =
        PlayOptions { whatsapp: sim.url(), patience, reminder_patience: patience, ..PlayOptions::default() };
    let mut out: Vec<u8> = Vec::new();
    let outcome = play(&options, &mut out).await;
    let steps = outcome.map(|report| report.steps.into_iter().map(|(step, _)| step).collect());
    Ok((String::from_utf8(out)?, steps.map_err(|failure| failure.to_string())))
}

#[tokio::test]
async fn every_step_is_seen_and_every_line_is_printed() -> anyhow::Result<()> {
    let (lines, steps) = played(Lapse::None, Duration::from_secs(20)).await?;
    let steps = steps.map_err(anyhow::Error::msg)?;
    assert_eq!(
        steps,
        [
            "free times are offered",
            "the time picked is proposed",
            "the appointment is booked",
            "the confirmation is delivered",
            "the confirmation is read",
            "the reminder comes",
            "the clinic asks whether to cancel",
            "the appointment is cancelled",
            "the time is free again",
        ]
    );
    for line in [
        "customer Hi, I need an appointment",
        "1. Thu 5 March 10:00",
        "customer yes",
        "clinic   Booked: Thu 5 March 10:00",
        "receipt  the confirmation is delivered",
        "receipt  the confirmation is read",
        "reminder Reminder: your appointment",
        "customer CANCEL",
        "clinic   Your appointment on Thu 5 March 10:00 is cancelled.",
        "The play is over; every step was seen.",
    ] {
        assert!(lines.contains(line), "`{line}` is missing in\n{lines}");
    }
    Ok(())
}

#[tokio::test]
async fn the_same_play_is_played_through_every_provider() -> anyhow::Result<()> {
    for provider in [Provider::Evolution, Provider::Meta, Provider::Twilio] {
        let (sim, _clinic) = open_through(provider, Lapse::None).await?;
        let options = PlayOptions { whatsapp: sim.url(), ..PlayOptions::default() };
        let mut out: Vec<u8> = Vec::new();
        let outcome = play(&options, &mut out).await.map(|report| report.steps.len());
        let lines = String::from_utf8(out)?;
        let steps = outcome.map_err(|failure| anyhow::anyhow!("{provider:?}: {failure}\n{lines}"))?;
        assert_eq!(steps, 9, "{lines}");
        let word = if provider == Provider::Twilio { "customer CANCEL VISIT\n" } else { "customer CANCEL\n" };
        assert!(lines.contains(word), "{lines}");
    }
    Ok(())
}

#[tokio::test]
async fn a_clinic_that_asks_back_is_answered() -> anyhow::Result<()> {
    let (lines, steps) = played(Lapse::Talkative, Duration::from_secs(20)).await?;
    assert_eq!(steps.map(|steps| steps.len()), Ok(9), "{lines}");
    assert!(
        lines.contains("clinic   One moment, please.") && lines.contains("customer A check-up, please"),
        "{lines}"
    );
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_said_with_the_step_and_the_place_to_look() -> anyhow::Result<()> {
    let cases = [
        (
            Lapse::Refuses(401),
            "free times are offered",
            "The webhook answered 401: the token of the instance",
        ),
        (Lapse::Refuses(503), "free times are offered", "is the database reachable?"),
        (Lapse::Silent, "free times are offered", "Nothing was sent to the customer"),
        (Lapse::OffersNothing, "free times are offered", "clinic said: We are closed."),
        (Lapse::WrongKey, "free times are offered", "A send was refused by whatsapp-sim: wrong apikey (401)"),
        (Lapse::ForgetsReminder, "the reminder comes", "a text with the word CANCEL"),
        (
            Lapse::KeepsTheTime,
            "the time is free again",
            "Expected `Thu 5 March 10:00` among the times offered",
        ),
    ];
    for (lapse, step, words) in cases {
        let (lines, outcome) = played(lapse, Duration::from_millis(700)).await?;
        let Err(failure) = outcome else { anyhow::bail!("{lapse:?} was not noticed:\n{lines}") };
        assert!(failure.contains(step) && failure.contains(words), "{lapse:?}:\n{failure}");
    }
    Ok(())
}

#[tokio::test]
async fn a_simulator_that_is_not_there_is_named() -> anyhow::Result<()> {
    let options = PlayOptions { whatsapp: "http://127.0.0.1:1".to_owned(), ..PlayOptions::default() };
    let failure = play(&options, &mut Vec::new()).await.map(|_| ()).unwrap_err().to_string();
    assert!(
        failure.contains("looked for at http://127.0.0.1:1") && failure.contains("cannot connect"),
        "{failure}"
    );
    let options = PlayOptions { whatsapp: "127.0.0.1:8090".to_owned(), ..PlayOptions::default() };
    let failure = play(&options, &mut Vec::new()).await.map(|_| ()).unwrap_err().to_string();
    assert!(failure.contains("does not begin with http://"), "{failure}");
    Ok(())
}
