use std::{collections::BTreeSet, time::Duration};

use anyhow::Context;
use contract::{
    alerting::v1::{
        GetTimelineRequest, GetTimelineResponse, ListDeadLettersRequest, ReplayDeadLetterRequest,
        dead_letter_service_client::DeadLetterServiceClient, get_timeline_request::Subject,
        timeline_service_client::TimelineServiceClient,
    },
    delivery::v1::{PauseChannelRequest, ResumeChannelRequest, channel_service_client::ChannelServiceClient},
};
use e2e::Stack;
use simulators::{
    faults::Trigger,
    play::{PlayOptions, play},
    whatsapp::{Fault, FaultKind},
};
use testkit::eventually;
use tonic::Code;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

async fn timeline(stack: &Stack, role: &str, subject: Subject) -> Result<GetTimelineResponse, tonic::Status> {
    let client = stack.grpc("alerting", role).map_err(|error| tonic::Status::internal(error.to_string()))?;
    let request = GetTimelineRequest { subject: Some(subject) };
    Ok(TimelineServiceClient::new(client).get_timeline(request).await?.into_inner())
}

fn kinds(timeline: &GetTimelineResponse) -> BTreeSet<&str> {
    timeline.steps.iter().filter_map(|told| Some(told.step.as_ref()?.kind.as_str())).collect()
}

/// What waits there were, with what they say.
fn waits(timeline: &GetTimelineResponse, kind: &str) -> Vec<String> {
    let steps = timeline.steps.iter().filter_map(|told| told.step.as_ref());
    steps.filter(|step| step.kind == kind).map(|step| step.what.clone()).collect()
}

/// The message id as it is printed.
fn message(id: Uuid) -> Subject {
    Subject::ItemId(format!("msg_{}", id.simple()))
}

async fn only_item(stack: &Stack, phone: &str) -> anyhow::Result<(String, Uuid)> {
    let sql = "select 'itm_' || replace(i.id::text, '-', ''), i.correlation_id from conversation.item i
               join conversation.conversation c on c.id = i.conversation_id where c.to_address = $1";
    Ok(sqlx::query_as(sql).bind(phone).fetch_one(&stack.rows().await?).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_every_message_of_a_played_conversation() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let options = PlayOptions {
        whatsapp: stack.whatsapp.url(),
        patience: PATIENCE,
        reminder_patience: PATIENCE,
        ..PlayOptions::default()
    };
    let played = play(&options, &mut Vec::new()).await;
    assert!(played.is_ok(), "{:?}\n{}", played.err(), stack.program.log_tail());
    stack.is_done(PATIENCE).await?;
    let rows = stack.rows().await?;
    let read = "select count(*) from delivery.message m where m.state = 'sent' and not exists
                (select from delivery.receipt r where r.message_id = m.id and r.read_at is not null)";
    stack.counts(0, "everything is read", read, PATIENCE).await?;

    let phone: String =
        sqlx::query_scalar("select to_address from delivery.message limit 1").fetch_one(&rows).await?;
    let messages: Vec<(Uuid, String, String, String)> = sqlx::query_as(
        "select id, class, body ->> 'text', provider_id from delivery.message where state = 'sent' order by id",
    )
    .fetch_all(&rows)
    .await?;
    assert!(messages.len() > 3, "{messages:?}");
    for (id, class, text, provider_id) in &messages {
        let told = timeline(&stack, "operator", message(*id)).await?;
        let kinds = kinds(&told);
        let mut walk = vec!["message.queued", "attempt", "receipt"];
        match class.as_str() {
            "reminder" => walk.extend(["booking.made", "reminder.planned", "reminder.handed_over"]),
            _ => walk.extend(["item.accepted", "turn"]),
        }
        for step in walk {
            assert!(kinds.contains(step), "{class} without {step}: {told:#?}");
        }
        assert!(told.silent.is_empty());
        assert!(told.steps.windows(2).all(|two| two[0].since_start_ms <= two[1].since_start_ms), "{told:#?}");
        assert!(told.standing.iter().any(|line| line.contains("it was read")), "{:?}", told.standing);
        let words = |told: &GetTimelineResponse| {
            told.steps.iter().any(|told| told.step.as_ref().is_some_and(|step| step.text == *text))
        };
        assert!(words(&told));

        // Nobody who only looks reads a customer's words; nobody's number is in anything that is not text.
        let masked = timeline(&stack, "viewer", Subject::ProviderId(provider_id.clone())).await?;
        assert_eq!(masked.steps.len(), told.steps.len());
        assert!(!words(&masked) && !format!("{masked:?}").contains(&phone), "{masked:#?}");
    }
    let of_person = timeline(&stack, "operator", Subject::Phone(phone.clone())).await?;
    for (id, ..) in &messages {
        let id = format!("msg_{}", id.simple());
        assert!(
            of_person.steps.iter().any(|told| told.step.as_ref().is_some_and(|step| step.id == id)),
            "{id}"
        );
    }
    let refused =
        timeline(&stack, "viewer", Subject::Phone(phone.clone())).await.map_err(|status| status.code());
    assert_eq!(refused.err(), Some(Code::PermissionDenied));
    let booking: String =
        sqlx::query_scalar("select 'bkg_' || replace(id::text, '-', '') from scheduler.booking limit 1")
            .fetch_one(&rows)
            .await?;
    let of_booking = timeline(&stack, "viewer", Subject::BookingId(booking)).await?;
    let kinds = kinds(&of_booking);
    for step in [
        "item.accepted",
        "proposal.confirmed",
        "effect",
        "booking.made",
        "booking.effect",
        "reminder.handed_over",
    ] {
        assert!(kinds.contains(step), "no {step}: {of_booking:#?}");
    }
    let nothing = timeline(&stack, "viewer", message(Uuid::now_v7())).await.map_err(|status| status.code());
    assert_eq!(nothing.err(), Some(Code::NotFound));
    assert!(!serde_json::to_string(&stack.program.log())?.contains(&phone), "the log knows the number");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_limit_a_closed_door_and_a_death() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let rows = stack.rows().await?;

    // One meets a limit and is tried again.
    let limited = "447700950001";
    let limit = FaultKind::RateLimited { retry_after_s: Some(2) };
    stack.whatsapp.fault(Fault::from(limit).for_number(limited), Trigger::next(1));
    stack.customer(limited, "hi")?;
    stack.hears(limited, 1, PATIENCE).await?;
    stack.is_done(PATIENCE).await?;
    let (item, correlation) = only_item(&stack, limited).await?;
    let told = timeline(&stack, "viewer", Subject::ItemId(item)).await?;
    assert_eq!(waits(&told, "attempt").len(), 2, "{told:#?}");
    assert!(waits(&told, "attempt")[0].contains("429"), "{told:#?}");
    assert_eq!(waits(&told, "wait.limit"), ["a limit that the provider named"]);
    let same = timeline(&stack, "viewer", Subject::CorrelationId(correlation.to_string())).await?;
    assert_eq!(kinds(&same), kinds(&told));

    // One is parked behind a door.
    let channel: String =
        sqlx::query_scalar("select 'chn_' || replace(id::text, '-', '') from delivery.channel")
            .fetch_one(&rows)
            .await?;
    let mut channels = ChannelServiceClient::new(stack.grpc("delivery", "operator")?);
    channels.pause_channel(PauseChannelRequest { channel_id: channel.clone(), ..Default::default() }).await?;
    stack
        .counts(
            1,
            "the door is closed",
            "select count(*) from delivery.channel where door ? 'closed'",
            PATIENCE,
        )
        .await?;
    let parked = "447700950002";
    stack.customer(parked, "hi")?;
    stack
        .counts(1, "it is queued", "select count(*) from delivery.message where state = 'queued'", PATIENCE)
        .await?;
    let (item, _) = only_item(&stack, parked).await?;
    let waiting = async || {
        let told = timeline(&stack, "viewer", Subject::ItemId(item.clone())).await.ok()?;
        told.standing
            .iter()
            .any(|line| line.contains("waits: the channel's door was closed (paused)"))
            .then_some(())
    };
    eventually(PATIENCE, "the timeline to say that it waits behind the door", waiting).await?;
    channels.resume_channel(ResumeChannelRequest { channel_id: channel, ..Default::default() }).await?;
    stack.hears(parked, 1, PATIENCE).await?;
    stack.is_done(PATIENCE).await?;
    let told = timeline(&stack, "viewer", Subject::ItemId(item)).await?;
    assert!(waits(&told, "wait.door")[0].contains("an operator paused the channel"), "{told:#?}");
    assert!(kinds(&told).contains("attempt"));

    // One dies and is replayed.
    let dead = "447700950003";
    stack.whatsapp.fault(Fault::from(FaultKind::NotOnWhatsapp {}).for_number(dead), Trigger::next(1));
    stack.customer(dead, "hi")?;
    stack.counts(1, "a dead letter", "select count(*) from alerting.dead_letter", PATIENCE).await?;
    let mut letters = DeadLetterServiceClient::new(stack.grpc("alerting", "operator")?);
    let letter = letters.list_dead_letters(ListDeadLettersRequest::default()).await?.into_inner();
    let letter = letter.dead_letters.first().context("no letter")?.id.clone();
    letters
        .replay_dead_letter(ReplayDeadLetterRequest { dead_letter_id: letter, ..Default::default() })
        .await?;
    stack.hears(dead, 1, PATIENCE).await?;
    stack.is_done(PATIENCE).await?;
    let (item, _) = only_item(&stack, dead).await?;
    let told = timeline(&stack, "viewer", Subject::ItemId(item)).await?;
    for step in
        ["item.accepted", "turn", "message.dead", "dead_letter.noticed", "dead_letter.replay", "attempt"]
    {
        assert!(kinds(&told).contains(step), "no {step}: {told:#?}");
    }
    assert_eq!(waits(&told, "message.queued").len(), 2);
    assert!(waits(&told, "message.queued")[1].contains("it replays msg_"), "{told:#?}");
    Ok(())
}
