use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;

use crate::fixture::{CHANNEL, PATIENCE, Pace, Replica, Say, Stage};

const HASTY: [(&str, &str); 2] = [("call_timeout", "1s"), ("listed_by", "1500ms")];

#[tokio::test]
async fn what_the_provider_took_in_silence_is_found_and_not_said_again() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    stage.sim.fault(FaultKind::TimeoutAfter { hold_ms: 60_000 }, Trigger::next(1));
    let says = ["no answer", "behind it"].map(|text| Say::reply(1, text));
    let ids = stage.say_all(&says).await?;
    let unknown = stage.until_state(ids[0], "unknown").await?;
    let reason = unknown.reason.unwrap_or_default();
    assert_eq!((&reason["cause"], &reason["owner"]), (&"no_answer".into(), &"front_desk".into()));
    assert_eq!(stage.message(ids[1]).await?.state, "queued", "it waits for the evidence");
    let sent = stage.until_state(ids[0], "sent").await?;
    assert_eq!(sent.provider_id.as_ref(), stage.taken().first().map(|taken| &taken.provider_id));
    assert_eq!((sent.attempts, sent.reason), (1, None));
    stage.until_state(ids[1], "sent").await?;
    assert_eq!(stage.texts(), ["no answer", "behind it"]);
    let attempts = stage.attempts(ids[0]).await?;
    assert_eq!(attempts.first().map(|attempt| attempt.outcome.as_str()), Some("accepted"));
    Ok(())
}

#[tokio::test]
async fn what_the_provider_never_took_is_sent_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    // Only a list that shows this chat proves anything.
    let before = stage.say(Say::reply(1, "before")).await?;
    stage.until_state(before, "sent").await?;
    stage.sim.fault(FaultKind::TimeoutBefore { hold_ms: 60_000 }, Trigger::next(1));
    let id = stage.say(Say::reply(1, "lost on the way")).await?;
    stage.until_state(id, "unknown").await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, sent.resends), (2, 0), "nobody can have it twice, so it is not a resend");
    assert_eq!(stage.texts(), ["before", "lost on the way"]);
    let outcomes: Vec<_> = stage.attempts(id).await?.into_iter().map(|attempt| attempt.outcome).collect();
    assert_eq!(outcomes, ["not_sent", "accepted"]);
    Ok(())
}

#[tokio::test]
async fn what_the_provider_takes_after_we_gave_up_is_found() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    stage.sim.fault(FaultKind::TimeoutDuring { accept_after_ms: 1_200 }, Trigger::next(1));
    let id = stage.say(Say::reply(1, "slowly")).await?;
    stage.until_state(id, "unknown").await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, stage.texts().len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn while_the_provider_cannot_be_asked_the_last_look_is_not_used_up() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    let before = stage.say(Say::reply(1, "before")).await?;
    stage.until_state(before, "sent").await?;
    stage.sim.fault(FaultKind::TimeoutBefore { hold_ms: 60_000 }, Trigger::next(1));
    let id = stage.say(Say::reply(1, "lost on the way")).await?;
    stage.until_state(id, "unknown").await?;
    sqlx::query("update delivery.message set lookup_at = clock_timestamp() + interval '5 seconds' where state = 'unknown'")
        .execute(&stage.owner)
        .await?;
    // Nobody listens there.
    let nowhere = format!("http://127.0.0.1:{}", testkit::free_port()?);
    stage.declare(CHANNEL, "harbour", Pace::FREE, &nowhere, "key").await?;
    house_is_kept(&stage).await?;
    last_look(&stage).await?;
    let put_off = async || {
        let sql = "select count(*) from delivery.message
                   where state = 'unknown' and lookups = 3 and lookup_at > clock_timestamp() + interval '30 seconds'";
        (stage.count(sql).await.ok()? == 1).then_some(())
    };
    testkit::eventually(PATIENCE, "the last look is put off", put_off).await?;
    stage.declare(CHANNEL, "harbour", Pace::FREE, &stage.sim.url(), "key").await?;
    house_is_kept(&stage).await?;
    last_look(&stage).await?;
    stage.until_state(id, "sent").await?;
    assert_eq!(stage.texts(), ["before", "lost on the way"]);
    Ok(())
}

#[tokio::test]
async fn a_last_look_whose_maker_dies_before_it_is_written_is_made_again() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::with(&stage, &[("call_timeout", "60s")]).await?;
    stage.sim.fault(FaultKind::EmptyAnswer {}, Trigger::next(1));
    let id = stage.say(Say::reply(1, "no id")).await?;
    stage.until_state(id, "unknown").await?;
    sqlx::query("update delivery.message set lookup_at = clock_timestamp() + interval '1 hour'")
        .execute(&stage.owner)
        .await?;
    // Whoever asks here is heard and not answered.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    stage.declare(CHANNEL, "harbour", Pace::FREE, &format!("http://{}", mute.local_addr()?), "key").await?;
    house_is_kept(&stage).await?;
    last_look(&stage).await?;
    let (_asking, _) = tokio::time::timeout(PATIENCE, mute.accept()).await??;
    replica.kill();
    let owed = "select count(*) from delivery.message where state = 'unknown' and lookups = 4 and lookup_at > clock_timestamp()";
    assert_eq!(stage.count(owed).await?, 1, "somebody owes the look");

    stage.declare(CHANNEL, "harbour", Pace::FREE, &stage.sim.url(), "key").await?;
    sqlx::query("update delivery.message set lookup_at = clock_timestamp()").execute(&stage.owner).await?;
    let _replica = Replica::start(&stage).await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!(sent.provider_id.as_ref(), stage.taken().first().map(|taken| &taken.provider_id));
    assert_eq!(stage.texts(), ["no id"]);
    Ok(())
}

#[tokio::test]
async fn what_goes_once_more_goes_in_its_turn_when_the_provider_is_back() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    stage.sim.fault(FaultKind::TimeoutBefore { hold_ms: 60_000 }, Trigger::next(1));
    let booked = Say::reply(1, "booked").with("class", "confirmation").with("on_unknown", "resend_once");
    let booked = stage.say(booked.with("profile", "fast")).await?;
    stage.until_state(booked, "unknown").await?;
    sqlx::query("update delivery.message set lookup_at = clock_timestamp() + interval '1 hour' where state = 'unknown'")
        .execute(&stage.owner)
        .await?;
    let behind = stage.say(Say::reply(1, "behind it")).await?;
    // Nobody listens there.
    let nowhere = format!("http://127.0.0.1:{}", testkit::free_port()?);
    stage.declare(CHANNEL, "harbour", Pace::FREE, &nowhere, "key").await?;
    house_is_kept(&stage).await?;
    last_look(&stage).await?;
    let again = stage.until(booked, "it was called again", |row| row.attempts >= 2).await?;
    assert_eq!(again.resends, 1, "nobody waits for an hour for an answer that changes nothing");
    assert_eq!(stage.message(behind).await?.attempts, 0, "what is behind it stays there");
    stage.declare(CHANNEL, "harbour", Pace::FREE, &stage.sim.url(), "key").await?;
    house_is_kept(&stage).await?;
    stage.until_state(behind, "sent").await?;
    assert_eq!(stage.texts(), ["booked", "behind it"]);
    assert_eq!(stage.message(booked).await?.resends, 1, "known not to have left: no other risk of a double");
    Ok(())
}

#[tokio::test]
async fn an_echo_settles_it_at_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &[("call_timeout", "1s")]).await?;
    stage.sim.fault(FaultKind::EmptyAnswer {}, Trigger::next(1));
    let id = stage.say(Say::reply(1, "no id")).await?;
    stage.until_state(id, "unknown").await?;
    let provider_id = stage.until_taken(1).await?.remove(0).provider_id;
    assert!(!stage.echo(&provider_id, 2, "no id").await?, "somebody else's chat");
    assert!(!stage.echo(&provider_id, 1, "typed on the phone").await?);
    assert!(stage.echo(&provider_id, 1, "no id").await?);
    let row = stage.message(id).await?;
    assert_eq!((row.state.as_str(), row.provider_id.as_ref()), ("sent", Some(&provider_id)));
    assert!(stage.echo(&provider_id, 1, "no id").await?, "told again");
    Ok(())
}

#[tokio::test]
async fn an_echo_that_overtakes_the_lost_answer_counts_too() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    // Nobody lists anything here in time.
    let _replica = Replica::with(&stage, &[("call_timeout", "2s")]).await?;
    stage.sim.fault(FaultKind::TimeoutAfter { hold_ms: 60_000 }, Trigger::next(1));
    let id = stage.say(Say::reply(1, "no answer")).await?;
    let provider_id = stage.until_taken(1).await?.remove(0).provider_id;
    assert_eq!(stage.message(id).await?.state, "intended");
    assert!(stage.echo(&provider_id, 1, "no answer").await?);
    let settled = stage.until(id, "the call is settled", |row| row.state != "intended").await?;
    assert_eq!((settled.state.as_str(), settled.provider_id), ("sent", Some(provider_id)));
    assert_eq!(
        stage.attempts(id).await?.first().map(|attempt| attempt.outcome.clone()),
        Some("accepted".into())
    );
    Ok(())
}

#[tokio::test]
async fn an_error_after_the_provider_took_it_is_not_repeated_once_its_echo_is_there() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    stage.sim.fault(FaultKind::ErrorAfter { status: 500 }, Trigger::next(1));
    let id = stage.say(Say::reply(1, "said and denied")).await?;
    stage.until_state(id, "unknown").await?;
    let provider_id = stage.until_taken(1).await?.remove(0).provider_id;
    assert!(stage.echo(&provider_id, 1, "said and denied").await?);
    let row = stage.message(id).await?;
    assert_eq!((row.state.as_str(), row.provider_id), ("sent", Some(provider_id)));
    assert_eq!(stage.texts().len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_error_after_the_provider_took_it_is_not_repeated_without_an_echo_either() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    stage.sim.fault(FaultKind::ErrorAfter { status: 500 }, Trigger::next(1));
    let id = stage.say(Say::reply(1, "said and denied").with("profile", "fast")).await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!((sent.attempts, stage.texts().len()), (1, 1), "the provider's list has it");
    Ok(())
}

#[tokio::test]
async fn without_evidence_a_reply_stays_unknown_and_a_confirmation_is_repeated_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &HASTY).await?;
    stage.sim.fault(FaultKind::TimeoutBefore { hold_ms: 60_000 }, Trigger::ALWAYS);
    let reply = stage.say(Say::reply(1, "at most once")).await?;
    let confirmation =
        Say::reply(2, "booked").with("class", "confirmation").with("on_unknown", "resend_once");
    let confirmation = stage.say(confirmation).await?;
    for id in [reply, confirmation] {
        stage.until_state(id, "unknown").await?;
    }
    // A minute and a half later; nobody's chat shows anything.
    last_look(&stage).await?;
    let again = stage.until(confirmation, "it was called again", |row| row.attempts == 2).await?;
    assert_eq!(again.resends, 1);
    stage.until_state(confirmation, "unknown").await?;
    // What comes after it goes on, since there will be no more evidence.
    let behind = stage.say(Say::reply(1, "behind it")).await?;
    stage.until(behind, "it goes on", |row| row.attempts == 1).await?;
    assert_eq!(stage.message(reply).await?.attempts, 1, "at most once");
    // A second unknown is never repeated.
    let behind = stage.say(Say::reply(2, "behind the confirmation")).await?;
    last_look(&stage).await?;
    stage.until(behind, "it goes on", |row| row.attempts == 1).await?;
    let left = stage.message(confirmation).await?;
    assert_eq!((left.state.as_str(), left.attempts), ("unknown", 2));
    assert!(stage.texts().is_empty());
    Ok(())
}

/// Settings are read and events handled, in that order.
async fn house_is_kept(stage: &Stage) -> anyhow::Result<()> {
    sqlx::query("insert into delivery.channel_event (channel_id, state) values ($1, 'probe')")
        .bind(CHANNEL)
        .execute(&stage.owner)
        .await?;
    let handled = async || {
        let open = "select count(*) from delivery.channel_event where handled_at is null";
        (stage.count(open).await.ok()? == 0).then_some(())
    };
    testkit::eventually(PATIENCE, "the event is handled", handled).await
}

/// The next look-up of everything unknown is its last, and due.
async fn last_look(stage: &Stage) -> anyhow::Result<()> {
    sqlx::query(
        "update delivery.message set lookups = 3, lookup_at = clock_timestamp() where state = 'unknown'",
    )
    .execute(&stage.owner)
    .await?;
    Ok(())
}
