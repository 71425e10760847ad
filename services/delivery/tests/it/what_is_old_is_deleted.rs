use std::time::Duration;

use clock::{Clock, SystemClock};
use delivery::prune::{self, Kept};
use delivery::store::prune::ROWS;

use crate::fixture::{Say, Stage};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const KEPT: Kept = Kept { messages: DAY.saturating_mul(400), events: DAY.saturating_mul(90) };

/// One look of the housekeeping.
async fn prune(stage: &Stage) -> anyhow::Result<i64> {
    Ok(prune::run(&stage.service, KEPT, SystemClock.now(), &mut None).await?.try_into()?)
}

async fn count(stage: &Stage, sql: &'static str) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar(sql).fetch_one(&stage.owner).await?)
}

/// Messages that were made long ago, in each state there is, by number: an id as old as the row.
const OLD: &str = "
    update delivery.message set state = case to_address when '447700900001' then 'queued' when '447700900002' then 'unknown'
        when '447700900003' then 'dead' when '447700900004' then 'dead' else 'sent' end,
        settled_at = case when to_address in ('447700900001', '447700900002') then null
            -- It was to wait for its day.
            when to_address = '447700900008' then clock_timestamp() - interval '1 day' else clock_timestamp() - interval '400 days' end,
        resolution = case to_address when '447700900004' then '{\"discarded_because\": \"old\"}'::jsonb end,
        created_at = clock_timestamp() - interval '401 days',
        id = overlay(id::text placing '0180' from 1 for 4)::uuid
    where to_address <> '447700900009';
    insert into delivery.attempt (message_id, n, tenant_id, started_at, outcome)
        select id, 1, tenant_id, created_at, 'accepted' from delivery.message where state = 'sent';
    insert into delivery.receipt (channel_id, provider_id, message_id, rank, sent_at)
        select channel_id, 'P' || to_address, id, 1, created_at from delivery.message where state = 'sent';
    insert into delivery.receipt (channel_id, provider_id, rank, read_at)
        select id, x, 4, clock_timestamp() - age from delivery.channel,
            (values ('theirs-old', interval '401 days'), ('theirs-new', interval '1 day')) v (x, age)";

#[tokio::test]
async fn messages_with_what_belongs_to_them_once_nobody_needs_them() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let many = i64::try_from(ROWS)? + 20;
    let says: Vec<Say> = (1..=9).map(|customer| Say::reply(customer, format!("to {customer}"))).collect();
    stage.enqueue(&says).await?;
    sqlx::raw_sql(OLD).execute(&stage.owner).await?;
    sqlx::query(
        "insert into delivery.message (id, tenant_id, channel_id, line_id, seq, conversation_id, lane, class, profile,
                                       to_address, body, correlation_id, state, created_at, settled_at)
         select overlay(uuidv7()::text placing '0180' from 1 for 4)::uuid, tenant_id, channel_id, line_id, seq + n, conversation_id,
                lane, class, profile, to_address, body, correlation_id, 'sent', created_at, created_at
         from delivery.message, generate_series(1, $1) n where to_address = '447700900005'",
    )
    .bind(many)
    .execute(&stage.owner)
    .await?;

    // 4 is dealt with, 5 to 7 were sent, and those that were made of 5, in more than one batch.
    assert_eq!(prune(&stage).await?, 1 + 3 + many);
    let left: Vec<String> = sqlx::query_scalar("select to_address from delivery.message order by 1")
        .fetch_all(&stage.owner)
        .await?;
    let expected: Vec<String> = [1, 2, 3, 8, 9].into_iter().map(Say::phone).collect();
    assert_eq!(
        left, expected,
        "what waits, what is unknown, what a person must see, what was sent lately, what is new"
    );
    assert_eq!(count(&stage, "select count(*) from delivery.attempt a left join delivery.message m on m.id = a.message_id where m.id is null").await?, 0);
    let receipts: Vec<String> = sqlx::query_scalar("select provider_id from delivery.receipt order by 1")
        .fetch_all(&stage.owner)
        .await?;
    assert!(
        !receipts.contains(&"theirs-old".to_owned()) && receipts.contains(&"theirs-new".to_owned()),
        "{receipts:?}"
    );
    assert!(!receipts.iter().any(|id| id == "P447700900005"), "{receipts:?}");
    assert_eq!(prune(&stage).await?, 0);
    Ok(())
}

#[tokio::test]
async fn events_and_campaigns_too() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    sqlx::raw_sql(
        "delete from delivery.channel_history; delete from delivery.channel_event;
         insert into delivery.channel_event (channel_id, state, at, handled_at)
             select id, s, now() - age, case when s <> 'open' then now() end from delivery.channel,
                 (values ('closed', interval '91 days'), ('open', interval '91 days'), ('closed', interval '1 day')) v (s, age);
         insert into delivery.template_event (channel_id, name, language, what, value, at)
             select id, 'visit', 'en', 'status', 'paused', now() - age from delivery.channel,
                 (values (interval '91 days'), (interval '1 day')) v (age);
         insert into delivery.channel_history (channel_id, what, at, door)
             select id, 'door', now() - age, d from delivery.channel,
                 (values (interval '93 days', 'open'), (interval '92 days', 'auth'), (interval '1 day', 'open')) v (age, d);
         insert into delivery.queue_action (action, channel_id, count, role, asked_by, reason, correlation_id, at)
             select 'reset_to_begin', id, 1, 'operator', 'somebody', 'a test', uuidv7(), now() - age from delivery.channel,
                 (values (interval '401 days'), (interval '1 day')) v (age);
         insert into delivery.campaign (id, tenant_id, channel_id, name, state, body, useful_for, correlation_id, ended_at)
             select uuidv7(), tenant_id, id, s, s, '{\"kind\": \"text\", \"text\": \"hi\"}', interval '1 day', uuidv7(), now() - interval '401 days'
             from delivery.channel, unnest('{done,running}'::text[]) s;
         insert into delivery.campaign_recipient (campaign_id, n, line, phone, address, state)
             select id, n, n, '+44770090' || n, '44770090' || n, 'done' from delivery.campaign, generate_series(1, 3) n",
    )
    .execute(&stage.owner)
    .await?;
    assert_eq!(prune(&stage).await?, 1 + 1 + 1 + 1 + 3);
    prune(&stage).await?;
    for (what, sql, left) in [
        ("one is unhandled, one is new", "select count(*) from delivery.channel_event", 2),
        ("the new one", "select count(*) from delivery.template_event", 1),
        (
            "the new one, and the one that held ninety days ago",
            "select count(*) from delivery.channel_history where door <> 'open' or at > now() - interval '2 days'",
            2,
        ),
        ("no more than those", "select count(*) from delivery.channel_history", 2),
        ("the new one", "select count(*) from delivery.queue_action", 1),
        ("the one that runs", "select count(*) from delivery.campaign where state = 'running'", 1),
        ("the other is gone", "select count(*) from delivery.campaign", 1),
        ("its recipients", "select count(*) from delivery.campaign_recipient", 3),
    ] {
        assert_eq!(count(&stage, sql).await?, left, "{what}: {sql}");
    }
    Ok(())
}

#[tokio::test]
async fn a_campaign_that_is_kept_keeps_its_messages() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.enqueue(&[Say::reply(1, "of the campaign"), Say::reply(2, "of nobody")]).await?;
    sqlx::raw_sql(
        "insert into delivery.campaign (id, tenant_id, channel_id, name, state, body, useful_for, correlation_id)
             select uuidv7(), tenant_id, id, 'spring', 'running', '{\"kind\": \"text\", \"text\": \"hi\"}', interval '1 day', uuidv7()
             from delivery.channel;
         update delivery.message set state = 'sent', settled_at = clock_timestamp() - interval '401 days',
             created_at = clock_timestamp() - interval '402 days', id = overlay(id::text placing '0180' from 1 for 4)::uuid,
             cause = case when to_address = '447700900001' then (select 'campaign:' || id from delivery.campaign) end",
    )
    .execute(&stage.owner)
    .await?;
    assert_eq!(prune(&stage).await?, 1);
    let left: Vec<String> =
        sqlx::query_scalar("select to_address from delivery.message").fetch_all(&stage.owner).await?;
    assert_eq!(left, [Say::phone(1)], "the campaign runs, and is told of by it");
    sqlx::query(
        "update delivery.campaign set state = 'done', ended_at = clock_timestamp() - interval '401 days'",
    )
    .execute(&stage.owner)
    .await?;
    prune(&stage).await?;
    assert_eq!(count(&stage, "select count(*) from delivery.campaign").await?, 0);
    prune(&stage).await?;
    assert_eq!(count(&stage, "select count(*) from delivery.message").await?, 0, "and then it goes, too");
    Ok(())
}
