//! What the rows say is wrong becomes troubles, and what is put right is one no longer.

use std::time::Duration;

use delivery::{
    domain::troubles::{self, Limits},
    store,
};
use jiff::Timestamp;
use rpc::Trouble;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Say, Stage, TENANT};

fn limits() -> Limits {
    Limits {
        failure_threshold: Duration::from_secs(3600),
        min_retries: 3,
        critical_classes: vec!["confirmation".to_owned()],
        depth: 10,
        depth_for: Duration::from_secs(300),
        unowned_for: Duration::from_secs(60),
        outage_for: Duration::from_secs(120),
        oldest: Duration::from_secs(900),
        silent: 2,
        unknown: 1,
    }
}

async fn troubles(stage: &Stage) -> anyhow::Result<Vec<Trouble>> {
    let limits = limits();
    let now: jiff_sqlx::Timestamp =
        sqlx::query_scalar("select clock_timestamp()").fetch_one(&stage.owner).await?;
    let now = now.to_jiff();
    let facts = store::troubles::facts(&stage.service, &limits, Duration::from_secs(900), now).await?;
    Ok(troubles::of(&facts, &limits, now))
}

/// Kind and count, without the channel's having no owner: no process runs here.
async fn told(stage: &Stage) -> anyhow::Result<Vec<(&'static str, i64)>> {
    let all = troubles(stage).await?;
    Ok(all
        .iter()
        .filter(|one| one.kind != "CHANNEL_WITHOUT_OWNER")
        .map(|one| (one.kind, one.count))
        .collect())
}

/// Messages with these columns; each is made `minutes` ago.
async fn messages(stage: &Stage, many: u32, minutes: i32, columns: &str) -> anyhow::Result<()> {
    for _ in 0..many {
        let id: Uuid = sqlx::query_scalar("select uuidv7(make_interval(mins => -$1))")
            .bind(minutes)
            .fetch_one(&stage.owner)
            .await?;
        stage.say(Say::reply(1, "hello").with("class", "confirmation").with("id", id.to_string())).await?;
        let sql = format!("update delivery.message set provider_id = id::text, {columns} where id = $1");
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).execute(&stage.owner).await?;
    }
    Ok(())
}

async fn run(stage: &Stage, sql: &'static str) -> anyhow::Result<()> {
    sqlx::raw_sql(sql).execute(&stage.owner).await?;
    Ok(())
}

#[tokio::test]
async fn each_by_its_own_rows_and_nothing_of_what_is_well() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let all = troubles(&stage).await?;
    assert_eq!(all.iter().map(|one| one.kind).collect::<Vec<_>>(), ["CHANNEL_WITHOUT_OWNER"]);
    assert_eq!(all[0].tenant.map(|id| id.uuid()), Some(TENANT));
    // From here on somebody has it.
    run(
        &stage,
        "insert into delivery.instance (id, seen_at) values ('00000000-0000-0000-0000-00000000aaaa', now() + interval '1 hour');
         update delivery.work set owner = '00000000-0000-0000-0000-00000000aaaa'",
    )
    .await?;
    assert_eq!(told(&stage).await?, []);

    // Failing for long and often enough; not only one of the two.
    let reason = "reason = '{\"cause\": \"unreachable\", \"cause_text\": \"gone\", \"owner\": \"operator\", \"next_step\": \"look\"}'";
    messages(&stage, 1, 1, &format!("tries = 3, first_failed_at = now() - interval '59 minutes', {reason}"))
        .await?;
    messages(&stage, 1, 1, &format!("tries = 2, first_failed_at = now() - interval '61 minutes', {reason}"))
        .await?;
    assert_eq!(told(&stage).await?, []);
    messages(&stage, 2, 1, &format!("tries = 3, first_failed_at = now() - interval '61 minutes', {reason}"))
        .await?;
    assert_eq!(told(&stage).await?, [("MESSAGES_STUCK", 2)]);

    // A critical one that was given up is told at once, until somebody resolves it.
    messages(&stage, 1, 1, &format!("state = 'dead', settled_at = now(), {reason}")).await?;
    messages(&stage, 1, 1, &format!("state = 'dead', settled_at = now(), class = 'reply', {reason}")).await?;
    assert_eq!(told(&stage).await?, [("MESSAGES_STUCK", 2), ("MESSAGES_GIVEN_UP", 1)]);
    run(&stage, "delete from delivery.message where tries > 0; update delivery.message set resolution = '{\"discarded_because\": \"x\"}'").await?;
    assert_eq!(told(&stage).await?, []);

    // What is unknown counts for a day, once everybody has looked.
    messages(
        &stage,
        1,
        1,
        "state = 'unknown', settled_at = now(), reconcile_until = now() + interval '1 minute'",
    )
    .await?;
    messages(&stage, 1, 1, "state = 'unknown', settled_at = now() - interval '25 hours', reconcile_until = now() - interval '1 day'").await?;
    assert_eq!(told(&stage).await?, []);
    run(
        &stage,
        "update delivery.message set reconcile_until = now() - interval '1 second' where state = 'unknown'",
    )
    .await?;
    assert_eq!(told(&stage).await?, [("OUTCOMES_UNKNOWN", 1)]);
    run(&stage, "delete from delivery.message where state = 'unknown'").await?;

    // Silence is of most, and not of one that was heard of after all.
    let silent =
        "state = 'sent', settled_at = now() - interval '20 minutes', reason = '{\"cause\": \"no_receipt\"}'";
    messages(&stage, 2, 20, silent).await?;
    run(&stage, "insert into delivery.receipt (channel_id, provider_id, rank) select channel_id, provider_id, 1 from delivery.message where state = 'sent'").await?;
    assert_eq!(told(&stage).await?, [("NO_RECEIPTS", 2)]);
    run(&stage, "update delivery.receipt set rank = 3").await?;
    assert_eq!(told(&stage).await?, []);

    // A long queue, an old one; what is for later by its sender's wish waits for nobody.
    messages(&stage, 10, 1, "created_at = now() - interval '16 minutes', due_at = now() + interval '1 day'")
        .await?;
    assert_eq!(told(&stage).await?, []);
    messages(&stage, 1, 1, "created_at = now() - interval '16 minutes'").await?;
    assert_eq!(told(&stage).await?, [("QUEUE_OLD", 1)]);
    run(&stage, "update delivery.message set due_at = now() where due_at > now()").await?;
    assert_eq!(told(&stage).await?, [("QUEUE_DEEP", 11), ("QUEUE_OLD", 11)]);
    Ok(())
}

#[tokio::test]
async fn a_closed_door_and_a_template_that_cannot_be_sent() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    run(
        &stage,
        "update delivery.channel set door = '{\"closed\": {\"why\": \"logged_out\", \"since\": \"2026-01-01T00:00:00Z\", \"round\": 0, \"look\": null}}';
         insert into delivery.channel (id, tenant_id, slug, provider, account, secrets, tokens_per_second, bucket_capacity, templates,
                                       templates_listed_at)
         select gen_random_uuid(), tenant_id, 'cloud', 'meta', '{}', '{}', 1, 5,
                '{\"reminder\": {\"variants\": [{\"name\": \"appointment_reminder\", \"language\": \"en\"}]}}', now()
         from delivery.channel;
         insert into delivery.template (channel_id, key, name, language, status, reason, body, is_listed)
         select id, 'appointment_reminder/en', 'appointment_reminder', 'en', 'rejected', 'TAG_CONTENT_MISMATCH', 'x', true
         from delivery.channel where slug = 'cloud'",
    )
    .await?;
    let all = troubles(&stage).await?;
    let closed = all.iter().find(|one| one.kind == "CHANNEL_CLOSED");
    let closed = closed.ok_or_else(|| anyhow::anyhow!("the door is not told: {all:?}"))?;
    assert_eq!(closed.details["reason"], "logged_out");
    assert_eq!(closed.subject, ids::ChannelId::from_uuid(CHANNEL).to_string());
    assert_eq!(closed.since, "2026-01-01T00:00:00Z".parse::<Timestamp>().ok());
    let template = all.iter().find(|one| one.kind == "TEMPLATE_UNUSABLE");
    let template = template.ok_or_else(|| anyhow::anyhow!("the template is not told: {all:?}"))?;
    assert!(template.cause.contains("appointment_reminder (en) is rejected"), "{}", template.cause);
    assert!(template.subject.ends_with("/reminder"));
    Ok(())
}
