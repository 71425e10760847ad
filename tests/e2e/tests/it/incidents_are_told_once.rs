//! A phone logs out: one incident, one message, and messages wait. It comes back: it is over, one message. Whoever dies in
//! between, nothing is told twice, and nothing not at all.

use std::time::Duration;

use contract::alerting::v1::{
    AcknowledgeIncidentRequest, CheckAlertingRequest, CloseIncidentRequest, GetIncidentRequest,
    IncidentState, ListIncidentsRequest, SendTestAlertRequest,
    incident_service_client::IncidentServiceClient,
};
use e2e::{INSTANCE, Inbox, Servers, Stack};
use simulators::{
    faults::Trigger,
    receiver::{Receiver, Told},
    whatsapp::{ClosedAnswer, FaultKind},
};
use testkit::{Database, eventually};
use tonic::Code;

const PATIENCE: Duration = Duration::from_secs(20);

/// A stack that tells a receiver, quickly.
async fn told_at(receiver: &Receiver) -> anyhow::Result<Stack> {
    let (slack, webhook, heartbeat) =
        (receiver.url("slack"), receiver.url("webhook"), receiver.url("heartbeat"));
    let settings = [
        ("ALERTING__LOOK_EVERY", "300ms"),
        ("ALERTING__RECOVER_AFTER", "600ms"),
        ("ALERTING__GROUP_EVERY", "0s"),
        ("ALERTING__SILENT_AFTER", "1h"),
        ("ALERTING__HEARTBEAT_EVERY", "300ms"),
        ("ALERTING__SLACK_WEBHOOK_URL", slack.as_str()),
        ("ALERTING__WEBHOOK_URL", webhook.as_str()),
        ("ALERTING__WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ("ALERTING__HEARTBEAT_URL", heartbeat.as_str()),
    ];
    Stack::with(Servers::Shared(Database::fresh(&[]).await?), &settings).await
}

fn texts(receiver: &Receiver) -> Vec<String> {
    let told = receiver.told("slack").into_iter();
    told.map(|told: Told| told.body["text"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn until_told(receiver: &Receiver, many: usize, stack: &Stack) -> anyhow::Result<Vec<String>> {
    let told = || async { Some(texts(receiver)).filter(|told| told.len() >= many) };
    eventually(PATIENCE, "an alert", told).await.map_err(|error| {
        error.context(format!(
            "told {:?}; the end of the log:\n{}",
            texts(receiver),
            stack.program.log_tail()
        ))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_logs_out_and_comes_back_and_the_program_dies_in_between() -> anyhow::Result<()> {
    let receiver = Receiver::start().await?;
    let mut stack = told_at(&receiver).await?;
    stack.customer("447700980001", "hi")?;
    stack.hears("447700980001", 1, PATIENCE).await?;

    let fault =
        stack.whatsapp.fault(FaultKind::LoggedOut { answer: ClosedAnswer::default() }, Trigger::ALWAYS);
    let told = until_told(&receiver, 1, &stack).await?;
    assert!(
        told[0].contains("CRITICAL") && told[0].contains(&format!("CHANNEL_CLOSED · {INSTANCE}")),
        "{told:?}"
    );
    Inbox::of(&stack).await?.accept("447700980001", "are you there?").await?;
    let parked = "select count(*) from delivery.message where state = 'queued'";
    stack.counts(1, "the answer waits behind the door", parked, PATIENCE).await?;

    // Killed while it is open: whoever comes next knows what was told.
    stack.program.kill9().await?;
    stack.program.start().await?;
    let mut incidents = IncidentServiceClient::new(stack.grpc("alerting", "operator")?);
    let checks = || async {
        let checked = incidents.clone().check_alerting(CheckAlertingRequest {}).await.ok()?.into_inner();
        checked.well.then_some(checked)
    };
    let checked = eventually(PATIENCE, "the new process to look", checks).await?;
    assert_eq!(checked.checks.len(), 7, "{checked:?}");
    let open = ListIncidentsRequest { kind: "CHANNEL_CLOSED".to_owned(), ..Default::default() };
    let listed = incidents.list_incidents(open.clone()).await?.into_inner().incidents;
    assert_eq!((listed.len(), listed[0].state()), (1, IncidentState::Open), "{listed:?}");
    assert_eq!(listed[0].details["reason"], "logged_out");
    let known = AcknowledgeIncidentRequest {
        incident_id: listed[0].id.clone(),
        asked_by: "Ana".to_owned(),
        note: "the owner is looking for the phone".to_owned(),
    };
    let known = incidents.acknowledge_incident(known).await?.into_inner().incident.unwrap_or_default();
    assert_eq!(known.acknowledged_by, "Ana");
    assert_eq!(texts(&receiver).len(), 1, "told once, whoever died");

    stack.whatsapp.forgive(fault);
    let told = until_told(&receiver, 2, &stack).await?;
    assert!(told[1].contains("RECOVERED") && told[1].contains(INSTANCE), "{told:?}");
    stack.hears("447700980001", 2, PATIENCE).await?;
    let shown =
        incidents.get_incident(GetIncidentRequest { incident_id: listed[0].id.clone() }).await?.into_inner();
    assert_eq!(shown.incident.as_ref().map(|incident| incident.state()), Some(IncidentState::Recovered));
    let changes: Vec<_> = shown.tellings.iter().map(|telling| telling.change.as_str()).collect();
    assert_eq!(changes, ["opened", "recovered"]);
    assert!(shown.tellings.iter().all(|telling| telling.posts.len() == 2), "{shown:?}");
    assert!(shown.actions[0].contains("acknowledge by Ana (operator)"), "{:?}", shown.actions);

    // The other program was told the same, signed, and the watchdog hears that all is well.
    let both = || async { Some(receiver.told("webhook")).filter(|told| told.len() == 2) };
    let signed = eventually(PATIENCE, "the other program is told both", both).await?;
    assert_eq!(signed[0].body["changes"][0]["incident_id"], listed[0].id.as_str());
    assert!(signed.iter().all(|told| told.signed[2].starts_with("v1,")), "{signed:?}");
    assert!(!receiver.told("heartbeat").is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_that_do_not_arrive_are_tried_again_and_the_dead_mans_signal_stops() -> anyhow::Result<()> {
    let receiver = Receiver::start().await?;
    let stack = told_at(&receiver).await?;
    let mut incidents = IncidentServiceClient::new(stack.grpc("alerting", "operator")?);
    let tested =
        incidents.send_test_alert(SendTestAlertRequest { asked_by: "Ana".to_owned() }).await?.into_inner();
    assert!(
        tested.receivers.len() == 2 && tested.receivers.iter().all(|receiver| receiver.arrived),
        "{tested:?}"
    );
    assert!(texts(&receiver)[0].contains("Test alert from Frontdesk"));

    receiver.answer(404);
    let tested = incidents.send_test_alert(SendTestAlertRequest::default()).await?.into_inner();
    assert!(tested.receivers.iter().all(|receiver| receiver.answer.contains("no_service")), "{tested:?}");
    sqlx::query(
        "insert into ingest.repair (channel_id, cause, from_at, until_at, done_until, state, finished_at)
         select id, 'outage', now(), now(), now(), 'failed', now() from ingest.channel",
    )
    .execute(&stack.rows().await?)
    .await?;
    let tried = "select count(*) from alerting.post where state = 'queued' and tries = 1 and answer like '%no_service%'";
    stack.counts(2, "both posts were refused", tried, PATIENCE).await?;

    receiver.answer(200);
    let told = until_told(&receiver, 2, &stack).await?;
    assert!(told[1].contains("MISSED_NOT_FETCHED"), "{told:?}");

    let sent = "select count(*) from alerting.post where state = 'sent'";
    stack.counts(2, "both arrived", sent, PATIENCE).await?;
    // Its process died in the call: nobody knows, so it goes again and says so; for a program it has the same id.
    let dies = "update alerting.post set state = 'calling', called_at = now() - interval '1 minute'";
    sqlx::query(dies).execute(&stack.rows().await?).await?;
    let told = until_told(&receiver, 3, &stack).await?;
    assert!(told[2].contains("MISSED_NOT_FETCHED") && told[2].contains("Perhaps told before"), "{told:?}");
    stack.counts(2, "both arrived again", sent, PATIENCE).await?;
    let ids: Vec<_> = receiver.told("webhook").into_iter().map(|told| told.signed[0].clone()).collect();
    assert!(ids.len() == 3 && ids[1] == ids[2], "the test, the alert, and the alert again: {ids:?}");

    // Closed by a person: nothing more is told of it, and it is written down.
    let listed = incidents.list_incidents(ListIncidentsRequest::default()).await?.into_inner().incidents;
    let incident_id = listed[0].id.clone();
    let none = CloseIncidentRequest { incident_id: incident_id.clone(), ..Default::default() };
    let refused = incidents.close_incident(none).await.map_err(|status| status.code());
    assert_eq!(refused.err(), Some(Code::InvalidArgument), "a reason is needed");
    let close = CloseIncidentRequest {
        incident_id: incident_id.clone(),
        reason: "known".to_owned(),
        ..Default::default()
    };
    let closed = incidents.close_incident(close).await?.into_inner().incident.unwrap_or_default();
    assert_eq!(closed.state(), IncidentState::Closed);
    let mut viewer = IncidentServiceClient::new(stack.grpc("alerting", "viewer")?);
    let forbidden =
        viewer.acknowledge_incident(AcknowledgeIncidentRequest { incident_id, ..Default::default() }).await;
    assert_eq!(forbidden.map_err(|status| status.code()).err(), Some(Code::PermissionDenied));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_channels_are_one_message() -> anyhow::Result<()> {
    let receiver = Receiver::start().await?;
    let stack = told_at(&receiver).await?;
    sqlx::query(
        "insert into delivery.channel (id, tenant_id, slug, provider, account, secrets, tokens_per_second, bucket_capacity, door)
         select gen_random_uuid(), c.tenant_id, 'desk-' || n, 'evolution', '{}', '{}', 1, 5,
                '{\"closed\": {\"why\": \"logged_out\", \"since\": \"2026-01-01T00:00:00Z\", \"round\": 0, \"look\": null}}'
         from delivery.channel c, generate_series(1, 200) n",
    )
    .execute(&stack.rows().await?)
    .await?;
    let told = until_told(&receiver, 1, &stack).await?;
    assert!(told[0].contains("200 changes at once") && told[0].len() < 2000, "{told:?}");
    stack
        .counts(
            200,
            "an incident each",
            "select count(*) from alerting.incident where state = 'open'",
            PATIENCE,
        )
        .await?;
    assert_eq!(texts(&receiver).len(), 1);
    Ok(())
}
