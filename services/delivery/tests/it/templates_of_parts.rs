//! Outside the window a message goes as the template that plays its part on the channel, while that template is in force.

use contract::delivery::v1::{
    GetMessageRequest, ListTemplatesRequest, PreviewTemplateRequest, PutTemplateRequest,
    SyncTemplatesRequest, Template, message_service_client::MessageServiceClient,
    template_service_client::TemplateServiceClient,
};
use contract::work::v1::{ListDeadItemsRequest, dead_item_service_client::DeadItemServiceClient};
use ids::ChannelId;
use serde_json::{Value, json};
use simulators::whatsapp::{Entry, NumberSpec, SenderSpec, TemplateSpec, TemplateStatus, WhatsAppOptions};
use tonic::Code;

use crate::fixture::{CHANNEL, PATIENCE, Pace, Replica, Say, Stage};

const SID: &str = "HX00112233445566778899aabbccddeeff";
const NUMBER: &str = "109876543210987";
const BODY: &str = "Hi {{1}}, see you on {{2}}.";

/// A reminder as scheduler says it.
fn reminder(customer: u32) -> Say {
    let variables = json!({"customerName": "Ada", "formattedDateTime": "Thursday at 10:00", "serviceName": "Check-up",
        "barberName": "Ana", "timeUntil": "in 2 hours"});
    let fallback = json!({"part": "reminder", "language": "en", "variables": variables});
    Say::reminder(customer, "")
        .with("body", json!({"kind": "text", "text": "As free text", "fallback": fallback}))
}

fn visit() -> TemplateSpec {
    TemplateSpec::new("visit", "en", BODY).with_sid(SID)
}

async fn stage(template: TemplateSpec) -> anyhow::Result<Stage> {
    Stage::with(WhatsAppOptions::quick().template(template)).await
}

impl Stage {
    /// Declares the default channel at the simulated Meta, with templates for these parts.
    async fn with_meta_templates(&self, parts: Value) -> anyhow::Result<()> {
        let mut spec = NumberSpec::new(NUMBER, "key", "http://127.0.0.1:1/", "secret", "token");
        spec.webhook_url = None;
        let account = json!({"graph_url": format!("{}/v23.0", self.sim.url()), "phone_number_id": NUMBER,
            "waba_id": spec.waba_id});
        self.sim.add_account(spec)?;
        self.declare_with(CHANNEL, "meta", account, "access_token", parts).await
    }

    async fn with_twilio_templates(&self, parts: Value) -> anyhow::Result<()> {
        let spec: SenderSpec = "AC0,key".parse().map_err(anyhow::Error::msg)?;
        let account = json!({"api_url": self.sim.url(), "account_sid": "AC0", "from": spec.from});
        self.sim.add_account(spec)?;
        self.declare_with(CHANNEL, "twilio", account, "auth_token", parts).await
    }

    async fn declare_with(
        &self,
        id: uuid::Uuid,
        provider: &str,
        account: Value,
        secret: &str,
        parts: Value,
    ) -> anyhow::Result<()> {
        self.declare_as(id, "harbour", Pace::FREE, provider, account, secret).await?;
        sqlx::query(
            "update delivery.channel set templates = $2, changed_at = clock_timestamp() where id = $1",
        )
        .bind(id)
        .bind(parts)
        .execute(&self.owner)
        .await?;
        Ok(())
    }

    /// What the webhooks say about a template, as the intake hands it on.
    async fn template_news(&self, what: &str, value: &str) -> anyhow::Result<i32> {
        let event = json!({"channel_id": CHANNEL, "what": what, "name": "visit", "language": "en", "value": value,
            "reason": "FIRST_PAUSE"});
        Ok(sqlx::query_scalar("select delivery.record_template_events_v1($1)")
            .bind(json!([event]))
            .fetch_one(&self.intake)
            .await?)
    }

    async fn until_listed(&self) -> anyhow::Result<()> {
        let look = async || {
            let read = "select count(*) from delivery.channel where templates_listed_at is not null";
            (self.count(read).await.ok()? == 1).then_some(())
        };
        testkit::eventually(PATIENCE, "the list is read", look).await
    }
}

fn by_name() -> Value {
    json!({"reminder": {"variants": [{"name": "visit"}]}})
}

/// Which templates were sent, in order.
fn templates_sent(stage: &Stage) -> Vec<Option<String>> {
    let sends = stage.sim.journal().all().into_iter();
    sends
        .filter_map(|noted| match noted.entry {
            Entry::Send { template, .. } => Some(template),
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_reminder_to_somebody_who_is_silent_goes_as_meta_s_template() -> anyhow::Result<()> {
    let stage = stage(visit()).await?;
    stage.with_meta_templates(by_name()).await?;
    // Queued before the list was ever read: it waits for it, instead of guessing.
    let id = stage.say(reminder(1)).await?;
    let _replica = Replica::start(&stage).await?;
    let sent = stage.until_state(id, "sent").await?;
    assert_eq!(sent.attempts, 1);
    assert_eq!(stage.texts(), ["Hi Ada, see you on Thursday at 10:00."]);
    assert_eq!(templates_sent(&stage), [Some("visit".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn and_as_twilio_s() -> anyhow::Result<()> {
    // On the second page of the list.
    let stage = stage(TemplateSpec::hello_world()).await?;
    for number in 0..60 {
        let sid = format!("HX{number:032}");
        stage.sim.put_template(TemplateSpec::new(format!("other_{number}"), "en", "Hi").with_sid(sid));
    }
    stage.sim.put_template(visit());
    let parts = json!({"reminder": {"variants": [{"language": "en", "content_sid": SID}]}});
    stage.with_twilio_templates(parts).await?;
    let _replica = Replica::start(&stage).await?;
    let to = format!("whatsapp:+{}", Say::phone(1));
    let id = stage.say(reminder(1).with("to", to)).await?;
    stage.until_state(id, "sent").await?;
    assert_eq!(stage.texts(), ["Hi Ada, see you on Thursday at 10:00."]);
    assert_eq!(templates_sent(&stage), [Some(SID.to_owned())]);
    Ok(())
}

#[tokio::test]
async fn a_template_that_is_paused_is_waited_for_and_costs_no_try() -> anyhow::Result<()> {
    let stage = stage(visit()).await?;
    stage.with_meta_templates(by_name()).await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_listed().await?;
    assert_eq!(stage.template_news("status", "paused").await?, 1);
    // The provider says the same when it is asked again.
    stage.sim.put_template(visit().with_status(TemplateStatus::Paused));
    let id = stage.say(reminder(1)).await?;
    let waits =
        stage.until(id, "it waits for the template", |row| row.due_in.is_some_and(|due| due > 60.0)).await?;
    assert_eq!((waits.state.as_str(), waits.attempts, waits.tries), ("queued", 0, 0));
    let reason = waits.reason.unwrap_or_default();
    assert_eq!((&reason["cause"], &reason["owner"]), (&json!("template_resting"), &json!("operator")));
    assert!(reason["said"].as_str().is_some_and(|said| said.contains("visit (en) is paused")), "{reason}");
    // Where waiting is of no use it is a dead letter at once, with the same words.
    let soon: Value =
        sqlx::query_scalar("select to_jsonb(now() + interval '30 minutes')").fetch_one(&stage.owner).await?;
    let id = stage.say(reminder(2).with("not_after", soon)).await?;
    let dead = stage.until_state(id, "dead").await?;
    assert_eq!(dead.reason.unwrap_or_default()["cause"], "template_resting");
    assert!(stage.taken().is_empty());
    Ok(())
}

#[tokio::test]
async fn one_that_was_rejected_or_named_by_nobody_is_a_dead_letter_without_a_call() -> anyhow::Result<()> {
    let stage = stage(visit().with_status(TemplateStatus::Rejected)).await?;
    stage.with_meta_templates(by_name()).await?;
    let replica = Replica::start(&stage).await?;
    let rejected = stage.say(reminder(1)).await?;
    let dead = stage.until_state(rejected, "dead").await?;
    let reason = dead.reason.unwrap_or_default();
    assert_eq!((&reason["cause"], dead.attempts), (&json!("template_not_approved"), 0));
    assert!(reason["said"].as_str().is_some_and(|said| said.contains("visit (en) is rejected")), "{reason}");
    // Whoever looks is told which, wherever they look: nobody was called, so no attempt says it.
    let mut items = DeadItemServiceClient::new(replica.viewer()?);
    let listed = items.list_dead_items(ListDeadItemsRequest::default()).await?.into_inner().items;
    assert!(listed[0].cause_text.contains("visit (en) is rejected"), "{listed:?}");
    let asked = GetMessageRequest { message_id: ids::MessageId::from_uuid(rejected).to_string() };
    let shown = MessageServiceClient::new(replica.viewer()?).get_message(asked).await?.into_inner().message;
    assert!(shown.as_ref().is_some_and(|shown| shown.cause.contains("visit (en) is rejected")), "{shown:?}");
    let other = json!({"kind": "text", "text": "x", "fallback": {"part": "moved", "language": "en", "variables": {}}});
    let unnamed = stage.say(Say::reminder(2, "").with("body", other)).await?;
    let dead = stage.until_state(unnamed, "dead").await?;
    assert_eq!(dead.reason.unwrap_or_default()["cause"], "part_missing");
    assert!(stage.taken().is_empty());
    Ok(())
}

#[tokio::test]
async fn inside_the_window_nobody_asks_for_a_template() -> anyhow::Result<()> {
    let stage = stage(visit().with_status(TemplateStatus::Paused)).await?;
    stage.with_meta_templates(by_name()).await?;
    stage.wrote(CHANNEL, &Say::phone(1), 1.0).await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(reminder(1)).await?;
    stage.until_state(id, "sent").await?;
    assert_eq!(stage.texts(), ["As free text"]);
    Ok(())
}

#[tokio::test]
async fn operators_list_read_preview_and_write_templates() -> anyhow::Result<()> {
    let stage = stage(visit()).await?;
    // More than one page.
    for number in 0..60 {
        stage.sim.put_template(TemplateSpec::new(format!("other_{number}"), "en", "Hi"));
    }
    stage.with_meta_templates(by_name()).await?;
    let replica = Replica::start(&stage).await?;
    let mut templates = TemplateServiceClient::new(replica.operator()?);
    let channel_id = ChannelId::from_uuid(CHANNEL).to_string();
    let read = templates.sync_templates(SyncTemplatesRequest { channel_id: channel_id.clone() }).await?;
    assert_eq!(read.into_inner().templates, 62, "all pages, and the one every account begins with");
    let list = ListTemplatesRequest { channel_id: channel_id.clone() };
    let listed = templates.list_templates(list.clone()).await?.into_inner();
    let visit =
        listed.templates.iter().find(|template| template.key == "visit/en").cloned().unwrap_or_default();
    assert_eq!((visit.status.as_str(), visit.quality.as_str(), visit.listed), ("approved", "green", true));
    assert!(listed.listed_at.is_some() && listed.unusable.is_empty());

    let variables = [("customerName", "Ada\nLovelace"), ("timeUntil", "soon")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let asked = PreviewTemplateRequest {
        channel_id: channel_id.clone(),
        part: "reminder".to_owned(),
        language: "en".to_owned(),
        variables,
        key: String::new(),
    };
    let shown = templates.preview_template(asked.clone()).await?.into_inner();
    assert_eq!(shown.key, "visit/en");
    let problems = shown.problems.join("; ");
    for part in ["formattedDateTime is missing", "customerName holds a line break", "timeUntil has no gap"] {
        assert!(problems.contains(part), "{problems}");
    }
    let by_key = PreviewTemplateRequest {
        key: "visit/en".to_owned(),
        variables: [("1".to_owned(), "Ada".to_owned()), ("2".to_owned(), "Thursday".to_owned())].into(),
        ..asked.clone()
    };
    let shown = templates.preview_template(by_key).await?.into_inner();
    assert_eq!((shown.text.as_str(), shown.problems.len()), ("Hi Ada, see you on Thursday.", 0));
    let unnamed =
        templates.preview_template(PreviewTemplateRequest { part: "moved".to_owned(), ..asked }).await;
    assert_eq!(unnamed.map_err(|status| status.code()).err(), Some(Code::FailedPrecondition));

    let put = Template { status: "rejected".to_owned(), ..visit };
    let put = PutTemplateRequest { channel_id: channel_id.clone(), template: Some(put) };
    let kept = templates.put_template(put.clone()).await?.into_inner().template.unwrap_or_default();
    assert!(!kept.listed && kept.status == "rejected");
    let unusable = templates.list_templates(list).await?.into_inner().unusable;
    assert_eq!(unusable, ["reminder: the template visit (en) is rejected"]);
    let mut wrong = put;
    wrong.template = wrong.template.map(|template| Template { status: "fine".to_owned(), ..template });
    let refused = templates.put_template(wrong).await.map_err(|status| status.message().to_owned());
    assert!(refused.is_err_and(|words| words.contains("template.status")));
    Ok(())
}
