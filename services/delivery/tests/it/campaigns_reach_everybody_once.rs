use std::collections::{BTreeSet, HashMap};

use contract::delivery::v1::{
    Campaign, CancelCampaignRequest, Content, CreateCampaignRequest, CreateCampaignResponse,
    GetCampaignRequest, ListCampaignRecipientsRequest, ListCampaignsRequest, PauseCampaignRequest,
    ResumeCampaignRequest, StartCampaignRequest, TemplateContent,
    campaign_service_client::CampaignServiceClient, content::Kind,
};
use rpc::Client;
use testkit::eventually;

use crate::fixture::{CHANNEL, Cloud, PATIENCE, Pace, Replica, Say, Stage, TENANT};

type Api = CampaignServiceClient<Client>;

fn table(customers: std::ops::Range<u32>) -> String {
    customers.fold("to,name\n".to_owned(), |table, n| format!("{table}+{},Guest {n}\n", Say::phone(n)))
}

fn request(name: &str, text: &str, csv: impl Into<Vec<u8>>) -> CreateCampaignRequest {
    CreateCampaignRequest {
        tenant: ids::TenantId::from_uuid(TENANT).to_string(),
        channel: "harbour".into(),
        name: name.into(),
        content: Some(Content { kind: Some(Kind::Text(text.into())), ..Content::default() }),
        csv: csv.into(),
        ..CreateCampaignRequest::default()
    }
}

async fn create(api: &mut Api, request: CreateCampaignRequest) -> anyhow::Result<CreateCampaignResponse> {
    Ok(api.create_campaign(request).await?.into_inner())
}

async fn started(api: &mut Api, request: CreateCampaignRequest) -> anyhow::Result<String> {
    let made = create(api, request).await?;
    let id = made.campaign.ok_or_else(|| anyhow::anyhow!("nothing was kept: {:?}", made.problems))?.id;
    api.start_campaign(StartCampaignRequest { campaign_id: id.clone() }).await?;
    Ok(id)
}

async fn get(api: &Api, id: &str) -> anyhow::Result<Campaign> {
    let asked = GetCampaignRequest { campaign_id: id.to_owned() };
    api.clone().get_campaign(asked).await?.into_inner().campaign.ok_or_else(|| anyhow::anyhow!("no campaign"))
}

async fn until_state(api: &Api, id: &str, state: &str) -> anyhow::Result<Campaign> {
    let look = async || get(api, id).await.ok().filter(|campaign| campaign.state == state);
    match eventually(PATIENCE, &format!("the campaign is {state}"), look).await {
        Ok(campaign) => Ok(campaign),
        Err(error) => Err(error.context(format!("it stands at {:?}", get(api, id).await?))),
    }
}

#[tokio::test]
async fn everybody_gets_their_own_words_and_the_outcome_is_counted() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    sqlx::query("select delivery.opt_out_v1($1, $2, array[$3], 'stop')")
        .bind(TENANT)
        .bind(CHANNEL)
        .bind(Say::phone(3))
        .execute(&stage.sender)
        .await?;
    let replica = Replica::start(&stage).await?;
    let mut api = Api::new(replica.operator()?);
    let id = started(&mut api, request("spring", "Hello {{name}}", table(0..30))).await?;
    let done = until_state(&api, &id, "done").await?;
    assert_eq!(done.outcomes, HashMap::from([("sent".to_owned(), 29), ("skipped".to_owned(), 1)]));
    assert!(done.ended_at.is_some() && done.recipients == 30);
    let expected: BTreeSet<String> =
        (0..30).filter(|n| *n != 3).map(|n| format!("Hello Guest {n}")).collect();
    assert_eq!(stage.texts().into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(stage.texts().len(), 29);
    assert_eq!(stage.count("select count(*) from delivery.message where lane <> 2").await?, 0);

    let skipped =
        ListCampaignRecipientsRequest { campaign_id: id, outcome: "skipped".into(), ..Default::default() };
    let skipped = api.list_campaign_recipients(skipped).await?.into_inner().recipients;
    assert_eq!((skipped.len(), skipped[0].line, skipped[0].to.as_str()), (1, 5, "+447700900003"));
    assert!(skipped[0].cause.contains("no more messages"), "{skipped:?}");
    let all =
        ListCampaignsRequest { tenant: ids::TenantId::from_uuid(TENANT).to_string(), ..Default::default() };
    assert_eq!(api.list_campaigns(all).await?.into_inner().campaigns.len(), 1);
    Ok(())
}

#[tokio::test]
async fn bad_rows_are_told_and_nothing_is_kept_unless_that_is_wanted() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::start(&stage).await?;
    let mut api = Api::new(replica.operator()?);
    let csv = "phone;name\n+447700900001;Sam\n0770;Kim\n+447700900001;Sam\n+447700900002;\n+447700900003\n";
    let asked = request("spring", "Hello {{name}}", csv);
    let read = create(&mut api, asked.clone()).await?;
    assert!(read.campaign.is_none());
    let told: Vec<_> = read.problems.iter().map(|row| (row.line, row.field.as_str())).collect();
    assert_eq!(
        ((read.good_rows, read.bad_rows), told),
        ((1, 4), vec![(3, "to"), (4, "to"), (5, "name"), (6, "row")])
    );

    let wanted = CreateCampaignRequest { leave_out_bad_rows: true, ..asked };
    let dry = create(&mut api, CreateCampaignRequest { dry_run: true, ..wanted.clone() }).await?;
    assert!(dry.campaign.is_none() && dry.good_rows == 1);
    let kept = create(&mut api, wanted.clone()).await?.campaign.unwrap_or_default();
    assert_eq!((kept.state.as_str(), kept.recipients), ("draft", 1));
    let Err(twice) = api.create_campaign(wanted).await else { anyhow::bail!("kept twice") };
    assert_eq!(twice.code(), tonic::Code::FailedPrecondition);
    // A draft waits for its start.
    let Err(early) = api.pause_campaign(PauseCampaignRequest { campaign_id: kept.id }).await else {
        anyhow::bail!("paused a draft")
    };
    assert!(early.message().contains("the campaign is draft"), "{early}");
    assert_eq!(stage.count("select count(*) from delivery.message").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_pause_holds_and_a_cancellation_ends() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.pace(Pace { per_second: 10.0, burst: 1 }).await?;
    let replica = Replica::start(&stage).await?;
    let mut api = Api::new(replica.operator()?);
    let id = started(&mut api, request("spring", "Hello {{name}}", table(0..200))).await?;
    stage.until_taken(5).await?;
    // No more than a few seconds of the channel's pace are queued at a time.
    let queued = "select count(*) from delivery.message where state = 'queued'";
    assert!(stage.count(queued).await? <= 50);
    let campaign_id = || id.clone();
    api.pause_campaign(PauseCampaignRequest { campaign_id: campaign_id() }).await?;
    let held = "select count(*) from delivery.message where state = 'queued' and due_at > clock_timestamp() + interval '1 year'";
    let under_way = "select count(*) from delivery.message where state = 'intended'";
    eventually(PATIENCE, "calls under way have ended", async || {
        (stage.count(under_way).await.ok()? == 0).then_some(())
    })
    .await?;
    let sent = stage.taken().len();
    assert_eq!(stage.count(held).await?, stage.count(queued).await?);
    // A reply to somebody else passes meanwhile, which shows that the channel works.
    let reply = stage.say(Say::reply(500, "meanwhile")).await?;
    stage.until_state(reply, "sent").await?;
    assert_eq!(stage.taken().len(), sent + 1);

    api.resume_campaign(ResumeCampaignRequest { campaign_id: campaign_id() }).await?;
    stage.until_taken(sent + 6).await?;
    let cancelled = api
        .cancel_campaign(CancelCampaignRequest { campaign_id: campaign_id() })
        .await?
        .into_inner()
        .campaign;
    let outcomes = cancelled.unwrap_or_default().outcomes;
    assert!(outcomes.get("cancelled").is_some_and(|many| *many > 100), "{outcomes:?}");
    assert!(!outcomes.contains_key("queued") && !outcomes.contains_key("waiting"), "{outcomes:?}");
    let texts = stage.texts();
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "nobody got it twice");
    Ok(())
}

/// Two instances feed and send; both are killed on the way, in the middle of whatever they do.
#[tokio::test]
async fn through_kills_everybody_gets_it_once() -> anyhow::Result<()> {
    const GUESTS: u32 = 80;
    let stage = Stage::new().await?;
    stage.pace(Pace { per_second: 40.0, burst: 1 }).await?;
    let start = async || Replica::with(&stage, &[("listed_by", "1500ms")]).await;
    let (first, second) = (start().await?, start().await?);
    let mut api = Api::new(first.operator()?);
    started(&mut api, request("spring", "Hello {{name}}", table(0..GUESTS))).await?;
    stage.until_taken(15).await?;
    first.kill();
    stage.until_taken(35).await?;
    second.kill();
    let heir = start().await?;
    let api = Api::new(heir.operator()?);
    let id: uuid::Uuid =
        sqlx::query_scalar("select id from delivery.campaign").fetch_one(&stage.owner).await?;
    let id = ids::CampaignId::from_uuid(id).to_string();
    // A call that a kill cut off is looked for in the provider's list before it is made again. Where that list shows nothing of a
    // chat, nobody knows; then it has not come.
    let rows = "select m.body ->> 'text', m.state from delivery.campaign_recipient r
                join delivery.message m on m.id = r.message_id";
    let look = async || {
        let rows: Vec<(String, String)> = sqlx::query_as(rows).fetch_all(&stage.owner).await.ok()?;
        let texts = stage.texts();
        let is_known = |(text, state): &(String, String)| match state.as_str() {
            "sent" => true,
            "unknown" => !texts.contains(text),
            _ => false,
        };
        (rows.len() == GUESTS as usize && rows.iter().all(is_known)).then_some(rows)
    };
    let rows = match eventually(4 * PATIENCE, "everybody has it", look).await {
        Ok(rows) => rows,
        Err(error) => anyhow::bail!("{error}: {:?} of {:?}", stage.states().await?, get(&api, &id).await?),
    };
    let unknown = rows.iter().filter(|(_, state)| state == "unknown").count();
    assert!(unknown <= 4, "{unknown} of the few calls that a kill could cut off");
    let texts = stage.texts();
    assert_eq!(texts.len(), GUESTS as usize - unknown);
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len(), "nobody got it twice");
    until_state(&api, &id, "done").await?;
    Ok(())
}

#[tokio::test]
async fn where_only_templates_may_go_a_template_is_asked_for() -> anyhow::Result<()> {
    let (stage, cloud) = (Stage::new().await?, Cloud::start().await?);
    stage.at_meta(&cloud, Pace::FREE).await?;
    let replica = Replica::start(&stage).await?;
    let mut api = Api::new(replica.operator()?);
    let free = request("spring", "Hello {{name}}", table(0..3));
    let Err(refused) = api.create_campaign(free.clone()).await else { anyhow::bail!("free text was kept") };
    assert!(refused.message().starts_with("content is free text"), "{refused}");
    let template = TemplateContent {
        name: "spring".into(),
        language: "en_GB".into(),
        variables: vec!["{{name}}".into()],
        text: "Hello {{1}}".into(),
        ..TemplateContent::default()
    };
    let content = Content { kind: Some(Kind::Template(template)), ..Content::default() };
    let id = started(&mut api, CreateCampaignRequest { content: Some(content), ..free }).await?;
    let done = until_state(&api, &id, "done").await?;
    assert_eq!(done.outcomes, HashMap::from([("sent".to_owned(), 3)]));
    let mut said: Vec<_> = cloud
        .taken()
        .into_iter()
        .map(|taken| taken.request["template"]["components"][0]["parameters"][0]["text"].clone())
        .collect();
    said.sort_by_key(ToString::to_string);
    assert_eq!(said, ["Guest 0", "Guest 1", "Guest 2"]);
    Ok(())
}
