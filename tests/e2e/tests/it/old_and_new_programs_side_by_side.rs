use std::time::Duration;

use bus::streams;
use e2e::{Inbox, Stack};
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(20);

/// The next release as a migration would bring it: new versions with one argument more hold what was in the old ones, and
/// the old ones call them.
const NEXT: &str = "
    alter function conversation.accept_v1(jsonb) rename to accept_v2_body;
    create function conversation.accept_v2(events jsonb, source text)
    returns table (ord int, outcome text, item_id uuid, conversation_id uuid, tenant_id uuid, undone boolean)
    language sql volatile security definer set search_path = pg_catalog, pg_temp as
        $$ select * from conversation.accept_v2_body(events) $$;
    create function conversation.accept_v1(events jsonb)
    returns table (ord int, outcome text, item_id uuid, conversation_id uuid, tenant_id uuid, undone boolean)
    language sql volatile security definer set search_path = pg_catalog, pg_temp as
        $$ select * from conversation.accept_v2(events, 'v1') $$;
    revoke execute on function conversation.accept_v1(jsonb), conversation.accept_v2(jsonb, text) from public;
    grant execute on function conversation.accept_v1(jsonb), conversation.accept_v2(jsonb, text) to ingest_app;

    create function delivery.enqueue_v2(messages jsonb, notify boolean, priority text)
    returns table (ord int, message_id uuid, channel_id uuid, outcome text)
    language sql volatile security definer set search_path = pg_catalog, pg_temp as
        $$ select ord, message_id, channel_id, outcome from delivery.enqueue_v1(messages, notify) $$;
    revoke execute on function delivery.enqueue_v2(jsonb, boolean, text) from public;
    grant execute on function delivery.enqueue_v2(jsonb, boolean, text) to conversation_app;
";

async fn accept_v2(pool: &PgPool, event: &serde_json::Value) -> anyhow::Result<(String, Uuid, Uuid)> {
    Ok(sqlx::query_as("select outcome, item_id, conversation_id from conversation.accept_v2($1, 'webhook')")
        .bind(json!([event]))
        .fetch_one(pool)
        .await?)
}

/// The functions change under a program that runs, and programs of both releases work on the same rows.
#[tokio::test(flavor = "multi_thread")]
async fn both_versions_of_a_function_serve_their_callers() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let (inbox, bus) = (Inbox::of(&stack).await?, stack.bus().await?);
    // Its statements are prepared by now.
    stack.customer("447700990200", "hi")?;
    stack.hears("447700990200", 1, SOON).await?;
    let mut writing = Vec::new();
    for n in 1..=10 {
        writing.push(format!("4477009902{n:02}"));
        stack.customer(&writing[n - 1], "hi")?;
        if n == 5 {
            sqlx::raw_sql(NEXT).execute(&stack.rows().await?).await?;
        }
    }
    // The new release joins, and hands on what it got by the new version.
    let mut newer = stack.another()?;
    newer.start().await?;
    let event = inbox.event("447700990200", "both", "hello");
    let (first, item, conversation) = accept_v2(inbox.pool(), &event).await?;
    bus.wake(streams::inbound_subject(inbox.tenant), conversation).await;
    let (again, same_item): (String, Uuid) =
        sqlx::query_as("select outcome, item_id from conversation.accept_v1($1)")
            .bind(json!([event]))
            .fetch_one(inbox.pool())
            .await?;
    assert_eq!((first.as_str(), again.as_str(), item), ("accepted", "duplicate", same_item));
    stack.hears("447700990200", 2, SOON).await?;
    let said = json!([{
        "id": Uuid::now_v7(), "tenant_id": inbox.tenant, "channel_id": inbox.channel(), "conversation_id": conversation,
        "to": "447700990200", "lane": "high", "class": "reply", "profile": "conversation",
        "body": { "kind": "text", "text": "by the new version" }, "correlation_id": Uuid::now_v7(), "cause": "test",
    }]);
    let outcome: String = sqlx::query_scalar("select outcome from delivery.enqueue_v2($1, true, 'soon')")
        .bind(said)
        .fetch_one(&stack.pool("conversation").await?)
        .await?;
    assert_eq!(outcome, "queued");
    // The old release goes on with the old versions.
    stack.customer("447700990299", "hi")?;
    writing.push("447700990299".to_owned());
    for phone in &writing {
        stack.hears(phone, 1, SOON).await?;
    }
    stack.hears("447700990200", 3, SOON).await?;
    stack.is_done(SOON).await?;
    let doubled: Vec<_> = writing.iter().filter(|phone| stack.sent_to(phone).len() != 1).collect();
    assert!(doubled.is_empty(), "not exactly once: {doubled:?}");
    assert_eq!(stack.sent_to("447700990200").len(), 3);
    Ok(())
}

/// A parameter with a default, added in place, would make the calls of the old release ambiguous; so a version is one
/// function, and who may call it is written down.
#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_one_function_with_a_pinned_path_and_named_callers() -> anyhow::Result<()> {
    let stack = Stack::prepared(e2e::Servers::Shared(testkit::Database::fresh(&[]).await?), &[]).await?;
    let functions: Vec<(String, i64, bool, bool, bool, bool)> = sqlx::query_as(
        "select n.nspname || '.' || p.proname, count(*), bool_and(p.prosecdef),
                bool_and(coalesce(array_to_string(p.proconfig, ' ') like '%search_path=%', false)),
                bool_or(p.proacl is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0)),
                bool_or(p.pronargdefaults > 0)
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace
         where n.nspname in ('ingest', 'conversation', 'delivery', 'scheduler', 'alerting') and p.proname ~ '_v[0-9]+$'
         group by 1 order by 1",
    )
    .fetch_all(&stack.rows().await?)
    .await?;
    assert!(functions.len() >= 11, "{functions:?}");
    for (name, versions, definer, pinned, public, defaults) in functions {
        assert_eq!(versions, 1, "{name} is overloaded");
        assert!(definer && pinned, "{name} runs as its caller, or with its caller's search path");
        assert!(!public, "{name} may be called by anybody");
        assert!(!defaults, "{name} has a parameter with a default");
    }
    Ok(())
}
