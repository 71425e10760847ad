use std::time::{Duration, Instant};

use contract::delivery::v1::{GetMessageRequest, message_service_client::MessageServiceClient};
use serde_json::json;
use testkit::eventually;
use uuid::Uuid;

use crate::fixture::{PATIENCE, Replica, Say, Stage};

/// The look that finds what nobody told of is far away.
const NO_LOOK: [(&str, &str); 1] = [("look_every", "10m")];
/// Promised are 50 ms; a busy machine gets ten times that.
const SOON: Duration = Duration::from_millis(500);

/// As a program without a broker does it: one SQL call.
async fn enqueue_and_notify(stage: &Stage, say: &Say) -> anyhow::Result<()> {
    sqlx::query("select delivery.enqueue_v1($1, true)").bind(json!([say.0])).execute(&stage.sender).await?;
    Ok(())
}

/// The server's process behind the listening connection.
async fn listening(stage: &Stage) -> Option<i32> {
    sqlx::query_scalar(
        "select pid from pg_stat_activity
         where datname = current_database() and application_name = 'delivery listen' and query ilike 'listen%'",
    )
    .fetch_optional(&stage.owner)
    .await
    .ok()?
}

#[tokio::test]
async fn one_sql_call_is_sent_at_once() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &NO_LOOK).await?;
    eventually(PATIENCE, "delivery listens", async || listening(&stage).await).await?;
    for n in 1..=3 {
        let committed = Instant::now();
        enqueue_and_notify(&stage, &Say::reply(n, format!("from outside {n}"))).await?;
        stage.until_taken(n as usize).await?;
        let took = committed.elapsed();
        assert!(took < SOON, "from the commit to the call it took {took:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_what_was_missed_is_found() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::with(&stage, &NO_LOOK).await?;
    let first = eventually(PATIENCE, "delivery listens", async || listening(&stage).await).await?;
    sqlx::query("select pg_terminate_backend($1)").bind(first).execute(&stage.owner).await?;
    // Nobody hears this one.
    enqueue_and_notify(&stage, &Say::reply(1, "missed")).await?;
    stage.until_taken(1).await?;
    let again = async || listening(&stage).await.filter(|pid| *pid != first);
    eventually(PATIENCE, "delivery listens again", again).await?;
    let committed = Instant::now();
    enqueue_and_notify(&stage, &Say::reply(2, "heard")).await?;
    stage.until_taken(2).await?;
    assert!(committed.elapsed() < SOON, "{:?}", committed.elapsed());
    Ok(())
}

/// The fallback: what nobody tells of is found by the look every second.
#[tokio::test]
async fn without_a_notice_the_next_look_finds_it() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let ids: Vec<Uuid> = stage.enqueue(&[Say::reply(1, "nobody was told")]).await?;
    stage.until_state(ids[0], "sent").await?;
    Ok(())
}

/// A program with nothing but the right to call one function.
async fn stranger(stage: &Stage) -> anyhow::Result<sqlx::PgPool> {
    // The name is one for the whole server, which other tests share.
    let role = format!("crm_{}", Uuid::now_v7().simple());
    for sql in [
        format!("create role {role}"),
        format!("grant {role} to current_user"),
        format!("grant usage on schema delivery to {role}"),
        format!("grant execute on function delivery.send_v1(jsonb) to {role}"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&stage.owner).await?;
    }
    let options: sqlx::postgres::PgConnectOptions = stage.database.url().parse()?;
    let options = options.options([("role", role)]);
    Ok(sqlx::postgres::PgPoolOptions::new().max_connections(1).connect_with(options).await?)
}

async fn send(pool: &sqlx::PgPool, message: serde_json::Value) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("select delivery.send_v1($1)").bind(message).fetch_one(pool).await
}

#[tokio::test]
async fn a_program_that_knows_a_number_needs_one_call_and_no_other_right() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let replica = Replica::with(&stage, &NO_LOOK).await?;
    eventually(PATIENCE, "delivery listens", async || listening(&stage).await).await?;
    let crm = stranger(&stage).await?;
    let ready = json!({"channel": "harbour", "phone": "+447700900001", "text": "Your glasses are ready.", "key": "order-7"});
    let committed = Instant::now();
    let id = send(&crm, ready.clone()).await?;
    let taken = stage.until_taken(1).await?;
    assert!(committed.elapsed() < SOON, "{:?}", committed.elapsed());
    assert_eq!(
        (taken[0].number.as_str(), taken[0].text.as_str()),
        ("447700900001", "Your glasses are ready.")
    );
    assert_eq!(send(&crm, ready.clone()).await?, id, "the same key is the same message");
    let asked = GetMessageRequest { message_id: id.clone() };
    let shown = MessageServiceClient::new(replica.operator()?).get_message(asked).await?.into_inner();
    assert_eq!(shown.message.map(|message| message.text).as_deref(), Some("Your glasses are ready."));

    // In the same line as what is said to this number by others.
    let body = json!({"kind": "image", "link": "https://example.org/a.png"});
    let second = send(&crm, json!({"channel": "harbour", "phone": "+447700900001", "body": body})).await?;
    let lines = "select count(distinct line_id) from delivery.message";
    assert_eq!((stage.count(lines).await?, second == id), (1, false));

    let denied = sqlx::query("select 1 from delivery.message").execute(&crm).await;
    assert!(denied.is_err_and(|error| error.to_string().contains("permission denied")));

    let mut other = ready.clone();
    other["text"] = "Your glasses are lost.".into();
    let with = |field: &str, value: serde_json::Value| {
        let mut message = json!({"channel": "harbour", "phone": "+447700900001", "text": "private words"});
        message[field] = value;
        message
    };
    for (message, field) in [
        (other, "key"),
        (with("channel", json!("nowhere")), "channel"),
        (with("phone", json!("07700 900001")), "phone"),
        (with("text", json!("")), "text"),
        (with("text", json!("x".repeat(4097))), "text"),
        (with("body", json!({"kind": "text", "text": "a"})), "text"),
        (with("lane", json!("express")), "lane"),
        (with("class", json!("song")), "class"),
        (with("profile", json!("never")), "profile"),
        (with("on_unknown", json!("hope")), "on_unknown"),
        (with("not_before", json!("yesterday, about noon")), "not_before"),
        (with("not_after", json!("2020-01-01T00:00:00Z")), "not_after"),
        (with("txt", json!("a")), "message"),
        (json!([]), "message"),
    ] {
        let Err(sqlx::Error::Database(error)) = send(&crm, message.clone()).await else {
            panic!("taken: {message}")
        };
        let error = error.downcast_ref::<sqlx::postgres::PgDatabaseError>();
        assert!(error.message().starts_with(field), "{field}: {error:?}");
        assert!(error.hint().is_some_and(|hint| !hint.is_empty()), "{error:?}");
        assert!(error.detail().is_none(), "a failing row is told: {error:?}");
        let told = error.message();
        assert!(!told.contains("7700") && !told.contains("private"), "{told}");
    }
    Ok(())
}
