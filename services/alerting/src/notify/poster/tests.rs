use std::time::Instant;

use clock::SystemClock;
use serde_json::json;
use settings::Secret;
use simulators::receiver::Receiver;
use testkit::{Database, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const SOON: Duration = Duration::from_secs(8);

/// A database, a receiver for both kinds of posts, and a process that posts.
struct Desk {
    _database: Database,
    owner: PgPool,
    receiver: Receiver,
    poster: Poster,
}

impl Desk {
    async fn open() -> anyhow::Result<Self> {
        let database = Database::fresh(&[(crate::SERVICE.schema)()]).await?;
        let receiver = Receiver::start().await?;
        let targets = Targets {
            slack_url: Secret::from(receiver.url("slack")),
            webhook_url: Secret::from(receiver.url("webhook")),
            webhook_secret: Secret::from("a secret of the test"),
        };
        let poster = Poster {
            pool: database.pool("alerting").await?,
            client: call::client()?,
            targets,
            clock: SystemClock::shared(),
            group_every: Duration::ZERO,
        };
        Ok(Self { owner: database.owner().await?, _database: database, receiver, poster })
    }

    /// So many incidents begin, and nobody was told yet.
    async fn begin(&self, many: i32) -> anyhow::Result<()> {
        sqlx::query(
            "with made as (
               insert into alerting.incident (id, service, kind, subject, name, tenant_id, severity, cause, responsible, next_step,
                                              look, count, state, since, first_seen_at, last_seen_at, opened_at)
               select uuidv7(), 'delivery', 'CHANNEL_CLOSED', 'chn_' || gen_random_uuid(), 'desk-' || n, '', 'critical', 'logged out', 'operator',
                      'pair it', '', 0, 'open', now(), now(), now(), now()
               from generate_series(1, $1) n returning id)
             insert into alerting.notification (incident_id, n, change, severity, count, at)
             select id, 1, 'opened', 'critical', 0, now() from made",
        )
        .bind(many)
        .execute(&self.owner)
        .await?;
        Ok(())
    }

    /// Posts wait for a receiver, in this order.
    async fn wait_for(&self, target: Target, texts: &[&str]) -> anyhow::Result<()> {
        let mut connection = self.owner.acquire().await?;
        for text in texts {
            let body = json!({ "text": text });
            let post = NewPost { id: Uuid::new_v4(), target, notifications: Vec::new(), body };
            posts::put(&mut connection, &[post]).await?;
        }
        Ok(())
    }

    fn told(&self, target: Target) -> Vec<String> {
        let told = self.receiver.told(target.name()).into_iter();
        told.map(|told| told.body["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// How many changes each post to a receiver tells, in their order.
    async fn sizes(&self, target: Target) -> anyhow::Result<Vec<i32>> {
        let sizes =
            "select cardinality(notifications) from alerting.post where target = $1 order by created_at";
        Ok(sqlx::query_scalar(sizes).bind(target.name()).fetch_all(&self.owner).await?)
    }
}

/// A receiver that takes the call and then does as it likes for as long as it is listened to.
async fn strange(answer: &'static [u8], then: &'static [u8]) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/strange", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = caller.read(&mut request).await;
                let _ = caller.write_all(answer).await;
                while !then.is_empty() && caller.write_all(then).await.is_ok() {}
                let _ = caller.read(&mut request).await;
            });
        }
    });
    Ok(url)
}

/// "Recovered" must not be read before "opened".
#[tokio::test]
async fn what_did_not_arrive_holds_up_what_came_after_it() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.wait_for(Target::Slack, &["opened", "worse", "recovered"]).await?;
    desk.receiver.answer(503);
    desk.poster.post_to(Target::Slack).await?;
    desk.receiver.answer(200);
    desk.poster.post_to(Target::Slack).await?;
    assert!(desk.told(Target::Slack).is_empty(), "the oldest is not due yet");
    let tries: Vec<i32> = sqlx::query_scalar("select tries from alerting.post order by created_at")
        .fetch_all(&desk.owner)
        .await?;
    assert_eq!(tries, [1, 0, 0]);
    sqlx::query("update alerting.post set due_at = clock_timestamp()").execute(&desk.owner).await?;
    desk.poster.post_to(Target::Slack).await?;
    assert_eq!(desk.told(Target::Slack), ["opened", "worse", "recovered"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_does_not_answer_holds_up_no_other() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let silent = strange(b"", b"").await?;
    for (slow, other) in [(Target::Slack, Target::Webhook), (Target::Webhook, Target::Slack)] {
        let mut poster = desk.poster.clone();
        match slow {
            Target::Slack => poster.targets.slack_url = Secret::from(silent.clone()),
            Target::Webhook => poster.targets.webhook_url = Secret::from(silent.clone()),
        }
        desk.wait_for(slow, &["nobody hears"]).await?;
        desk.wait_for(other, &["one", "two"]).await?;
        let posting = tokio::spawn(poster.run(CancellationToken::new()));
        let both = || async { Some(desk.told(other)).filter(|told| told.len() == 2) };
        assert_eq!(eventually(SOON, "the other is told", both).await?, ["one", "two"]);
        let calling = "select count(*) from alerting.post where state = 'calling' and target = $1";
        let calling: i64 = sqlx::query_scalar(calling).bind(slow.name()).fetch_one(&desk.owner).await?;
        assert_eq!(calling, 1, "the call of {slow:?} is still under way");
        posting.abort();
        sqlx::query("delete from alerting.post").execute(&desk.owner).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_flood_is_one_message_for_people_and_parts_of_fifty_for_programs() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.begin(120).await?;
    desk.poster.bundle().await?;
    desk.poster.bundle().await?;
    assert_eq!(desk.sizes(Target::Slack).await?, [120]);
    assert_eq!(desk.sizes(Target::Webhook).await?, [50, 50, 20]);
    desk.poster.post_to(Target::Webhook).await?;
    let told = desk.receiver.told("webhook");
    let subjects: Vec<_> = told
        .iter()
        .flat_map(|told| told.body["changes"].as_array().cloned().unwrap_or_default())
        .map(|change| change["name"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(subjects, (1..=120).map(|n| format!("desk-{n}")).collect::<Vec<_>>());
    assert!(told.iter().all(|told| told.text.len() < 100_000), "programs refuse longer ones");
    Ok(())
}

#[tokio::test]
async fn of_an_answer_without_end_only_its_beginning_is_read_and_kept() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut poster = desk.poster.clone();
    let head = b"HTTP/1.1 500 Internal Server Error\r\ncontent-type: text/plain\r\n\r\n";
    poster.targets.slack_url = Secret::from(strange(head, &[b'x'; 8192]).await?);
    desk.wait_for(Target::Slack, &["one"]).await?;
    let began = Instant::now();
    poster.post_to(Target::Slack).await?;
    assert!(began.elapsed() < Duration::from_secs(5), "it listened until its patience ended");
    let (answer, state): (String, String) =
        sqlx::query_as("select answer, state from alerting.post").fetch_one(&desk.owner).await?;
    assert_eq!(state, "queued");
    assert!(answer.starts_with("it answers 500") && answer.ends_with('x'), "{answer}");
    assert!(answer.len() < 300, "{}", answer.len());
    Ok(())
}

/// Whoever closes it knows of it; the others still hear that it began, and how to look.
#[tokio::test]
async fn an_incident_closed_before_it_was_announced_is_announced_once() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    desk.begin(1).await?;
    sqlx::query(
        "update alerting.incident set state = 'closed', acknowledged_at = now(), acknowledged_by = 'Ana'",
    )
    .execute(&desk.owner)
    .await?;
    for _ in 0..2 {
        desk.poster.bundle().await?;
        desk.poster.post_to(Target::Slack).await?;
    }
    let told = desk.told(Target::Slack);
    assert!(told.len() == 1 && told[0].contains("CHANNEL_CLOSED · desk-1"), "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_tell_every_change_once() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let other = Poster { pool: desk._database.pool("alerting").await?, ..desk.poster.clone() };
    for _ in 0..5 {
        desk.begin(3).await?;
        let (one, two) = tokio::join!(desk.poster.bundle(), other.bundle());
        one.and(two)?;
        let (one, two) = tokio::join!(desk.poster.post_to(Target::Slack), other.post_to(Target::Slack));
        one.and(two)?;
    }
    desk.poster.bundle().await?;
    desk.poster.post_to(Target::Slack).await?;
    assert_eq!(desk.sizes(Target::Slack).await?, [1; 15]);
    assert_eq!(desk.told(Target::Slack).len(), 15);
    Ok(())
}
