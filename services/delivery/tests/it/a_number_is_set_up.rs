use contract::delivery::v1::{
    CheckChannelRequest, ConnectPhoneRequest, CreateInstanceRequest, GetConnectionStateRequest, LinkState,
    LogOutRequest, RestartInstanceRequest, ResumeChannelRequest, SetWebhookRequest,
    channel_service_client::ChannelServiceClient, connection_service_client::ConnectionServiceClient,
};
use ids::ChannelId;
use serde_json::json;
use simulators::faults::Trigger;
use simulators::whatsapp::{FaultKind, SenderSpec, WhatsAppOptions};
use tonic::Code;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Pace, Replica, Say, Stage};

const FRESH: Uuid = Uuid::from_u128(3);

async fn fresh(stage: &Stage) -> anyhow::Result<String> {
    stage.write_secret("server", &WhatsAppOptions::default().evolution_key)?;
    stage.write_secret("webhook", "the-webhooks-token")?;
    let account = json!({ "base_url": stage.sim.url(), "instance": "fresh" });
    let secrets = json!({ "api_key": stage.secret("server"), "webhook_token": stage.secret("webhook") });
    stage.put_channel(FRESH, "fresh", Pace::FREE, "evolution", account, secrets).await?;
    Ok(ChannelId::from_uuid(FRESH).to_string())
}

async fn door(stage: &Stage, wanted: &'static str) -> anyhow::Result<()> {
    let is = async || {
        let doors = "select count(*) from delivery.channel where slug = 'fresh' and
                     (door ? 'open') = ($1 = 'open') and ($1 = 'open' or door #>> '{closed,why}' = $1)";
        let many: i64 = sqlx::query_scalar(doors).bind(wanted).fetch_one(&stage.owner).await.ok()?;
        (many == 1).then_some(())
    };
    testkit::eventually(crate::fixture::PATIENCE, wanted, is).await
}

#[tokio::test]
async fn from_its_instance_to_its_phone_and_the_door_follows() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let channel_id = fresh(&stage).await?;
    let replica = Replica::start(&stage).await?;
    let mut connections = ConnectionServiceClient::new(replica.admin()?);
    let state = GetConnectionStateRequest { channel_id: channel_id.clone() };
    let missing = connections
        .get_connection_state(state.clone())
        .await
        .map_err(|status| (status.code(), status.message().contains("create it there")));
    assert_eq!(missing.err(), Some((Code::FailedPrecondition, true)), "cause and next step are said");

    let create = CreateInstanceRequest { channel_id: channel_id.clone(), server_key: String::new() };
    assert!(connections.create_instance(create).await?.into_inner().created);
    let shown = connections.get_connection_state(state.clone()).await?.into_inner();
    assert_eq!(shown.state, "logged_out");
    assert!(shown.webhook.is_some_and(|webhook| webhook.agrees), "it was made with its webhook");
    door(&stage, "logged_out").await?;

    let connect = ConnectPhoneRequest { channel_id: channel_id.clone(), number: "+447700900150".to_owned() };
    let code = connections.connect_phone(connect).await?.into_inner();
    assert!(!code.pairing_code.is_empty() && !code.next_step.is_empty(), "{code:?}");
    assert!(stage.sim.scan("fresh"));
    assert_eq!(connections.get_connection_state(state.clone()).await?.into_inner().state, "open");
    let id = stage.say(Say::reply(1, "hello").with("channel_id", FRESH.to_string())).await?;
    stage.until_state(id, "sent").await?;
    door(&stage, "open").await?;

    let restart = RestartInstanceRequest { channel_id: channel_id.clone() };
    assert_eq!(connections.restart_instance(restart).await?.into_inner().state, "open");
    let log_out = LogOutRequest { channel_id };
    assert!(connections.log_out(log_out.clone()).await?.into_inner().logged_out);
    door(&stage, "logged_out").await?;
    assert!(!connections.log_out(log_out).await?.into_inner().logged_out, "again does no harm");
    Ok(())
}

#[tokio::test]
async fn a_webhook_that_leads_elsewhere_is_told_and_set() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let account =
        json!({ "account_sid": "AC1", "from": "whatsapp:+447700900300", "api_url": stage.sim.url() });
    stage.sim.add_account(SenderSpec::new("AC1", "key", "http://elsewhere.example/hook"))?;
    stage.declare_as(FRESH, "fresh", Pace::FREE, "twilio", account, "auth_token").await?;
    let replica = Replica::start(&stage).await?;
    let mut connections = ConnectionServiceClient::new(replica.operator()?);
    let channel_id = ChannelId::from_uuid(FRESH).to_string();
    let state = GetConnectionStateRequest { channel_id: channel_id.clone() };
    let webhook = connections.get_connection_state(state).await?.into_inner().webhook.unwrap_or_default();
    assert!(!webhook.agrees && webhook.problem.contains("elsewhere.example"), "{webhook:?}");
    let set = connections.set_webhook(SetWebhookRequest { channel_id }).await?.into_inner();
    let webhook = set.webhook.unwrap_or_default();
    assert!(
        webhook.agrees && webhook.wanted_url.ends_with("/webhooks/twilio/fresh#rc=5&rp=all"),
        "{webhook:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_check_names_the_link_that_is_broken() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut connections = ConnectionServiceClient::new(replica.operator()?);
    let channel_id = ChannelId::from_uuid(CHANNEL).to_string();
    let mut check = async || {
        let request = CheckChannelRequest {
            channel_id: channel_id.clone(),
            phone: "+447700900123".to_owned(),
            wait_seconds: 1,
        };
        let mut told = connections.check_channel(request).await?.into_inner();
        let mut links = Vec::new();
        while let Some(step) = told.message().await? {
            anyhow::ensure!(step.state() != LinkState::Broken || !step.next_step.is_empty(), "{step:?}");
            links.push((step.link.clone(), step.state()));
        }
        anyhow::Ok(links)
    };
    let said = |links: &[(String, LinkState)], link: &str| {
        links.iter().find(|(one, _)| one == link).map(|(_, state)| *state)
    };
    // The instance has no webhook, so nothing comes back; the channel names no webhook_token either.
    let links = check().await?;
    assert_eq!(said(&links, "credentials"), Some(LinkState::Works), "{links:?}");
    assert_eq!(said(&links, "webhook"), Some(LinkState::Broken));
    assert_eq!(said(&links, "send"), Some(LinkState::Works));
    assert_eq!(said(&links, "way_back"), Some(LinkState::Broken));
    assert_eq!(said(&links, "signature"), Some(LinkState::Untried));

    stage.sim.fault(FaultKind::NotOnWhatsapp {}, Trigger::next(1));
    let links = check().await?;
    assert_eq!((said(&links, "send"), said(&links, "way_back")), (Some(LinkState::Broken), None));

    stage.write_secret("key", "wrong")?;
    let links = check().await?;
    assert_eq!(
        links,
        [("credentials".to_owned(), LinkState::Broken), ("webhook".to_owned(), LinkState::Broken)]
    );
    let nothing = "select count(*) from delivery.message";
    assert_eq!(stage.count(nothing).await?, 0, "a check is no message of anybody");
    Ok(())
}

#[tokio::test]
async fn a_channel_that_is_switched_off_pauses_and_is_not_resumed() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    fresh(&stage).await?;
    let replica = Replica::start(&stage).await?;
    let switch = async |off: bool| {
        sqlx::query("select delivery.put_channel_v1(to_jsonb(c) || jsonb_build_object('disabled', $1)) from delivery.channel c where slug = 'fresh'")
            .bind(off)
            .execute(&stage.owner)
            .await
    };
    switch(true).await?;
    door(&stage, "paused").await?;
    let mut channels = ChannelServiceClient::new(replica.operator()?);
    let request =
        ResumeChannelRequest { channel_id: ChannelId::from_uuid(FRESH).to_string(), ..Default::default() };
    let refused = channels.resume_channel(request).await.map_err(|status| status.code()).err();
    assert_eq!(refused, Some(Code::FailedPrecondition));
    assert_eq!(
        stage.count("select delivery.waiting_v1(id) from delivery.channel where slug = 'fresh'").await?,
        0
    );
    Ok(())
}

/// Whoever typed the canary on the phone would have taken the conversation over.
#[tokio::test]
async fn the_echo_of_a_canary_is_ours() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let text = "Frontdesk checks this number";
    sqlx::query("insert into delivery.canary (id, channel_id, text_sha256) values (gen_random_uuid(), $1, encode(sha256(convert_to($2, 'UTF8')), 'hex'))")
        .bind(CHANNEL)
        .bind(text)
        .execute(&stage.owner)
        .await?;
    let echo = async |text: &str| -> anyhow::Result<bool> {
        Ok(sqlx::query_scalar("select delivery.record_echo_v1($1, 'ID', '{447700900100}', encode(sha256(convert_to($2, 'UTF8')), 'hex'))")
            .bind(CHANNEL)
            .bind(text)
            .fetch_one(&stage.intake)
            .await?)
    };
    assert!(echo(text).await?);
    assert!(!echo("see you at ten").await?, "what staff types is not");
    Ok(())
}
