//! What is queued for a channel while an older repair of it is open.

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use testkit::Database;

use super::*;

/// What happens to a channel's repairs.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// It has been silent for so many minutes.
    Silence(i64),
    /// The next hour is looked through.
    Part,
    /// Whoever looks dies; somebody else takes it.
    Crash,
    /// It is looked through to its end.
    Finish,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (20i64..900).prop_map(Step::Silence),
        4 => Just(Step::Part),
        1 => Just(Step::Crash),
        1 => Just(Step::Finish),
    ];
    prop::collection::vec(step, 1..16)
}

/// The row of the silence that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Open {
    id: Uuid,
    from: Timestamp,
    until: Timestamp,
    done: Timestamp,
}

struct Desk {
    pool: PgPool,
    owner: PgPool,
    channel: ChannelId,
}

impl Desk {
    /// A channel of its own, with an outage that waits to be looked through and is nobody's concern.
    async fn new(pool: &PgPool, owner: &PgPool) -> Self {
        let channel = ChannelId::generate();
        sqlx::query(
            "insert into ingest.channel (id, tenant_id, slug, provider, account, secrets)
             values ($1, $1, $1::text, 'evolution', '{}', '{}')",
        )
        .bind(channel.uuid())
        .execute(owner)
        .await
        .unwrap();
        sqlx::query(
            "insert into ingest.repair (channel_id, cause, from_at, until_at, done_until, due_at)
             values ($1, 'outage', now() - interval '5 hours', now() - interval '1 hour', now() - interval '2 hours', 'infinity')",
        )
        .bind(channel.uuid())
        .execute(owner)
        .await
        .unwrap();
        Self { pool: pool.clone(), owner: owner.clone(), channel }
    }

    async fn outage(&self) -> (String, i64) {
        sqlx::query_as(
            "select extract(epoch from until_at - from_at)::text || '/' || extract(epoch from done_until - from_at)::text,
                    (select count(*) from ingest.repair where channel_id = $1 and cause = 'outage')
             from ingest.repair where channel_id = $1 and cause = 'outage'",
        )
        .bind(self.channel.uuid())
        .fetch_one(&self.owner)
        .await
        .unwrap()
    }

    async fn open(&self) -> Option<Open> {
        type Row = (Uuid, jiff_sqlx::Timestamp, jiff_sqlx::Timestamp, jiff_sqlx::Timestamp);
        let row: Option<Row> = sqlx::query_as(
            "select id, from_at, until_at, done_until from ingest.repair
             where channel_id = $1 and cause = 'silence' and state in ('queued', 'running')",
        )
        .bind(self.channel.uuid())
        .fetch_optional(&self.owner)
        .await
        .unwrap();
        row.map(|(id, from, until, done)| Open {
            id,
            from: from.to_jiff(),
            until: until.to_jiff(),
            done: done.to_jiff(),
        })
    }

    async fn silence(&self, minutes: i64) -> Timestamp {
        let since: jiff_sqlx::Timestamp = sqlx::query_scalar(
            "select at from (select clock_timestamp() - make_interval(mins => $2::int) as at) s, ingest.repair_silence_v1($1, at)",
        )
        .bind(self.channel.uuid())
        .bind(minutes)
        .fetch_one(&self.owner)
        .await
        .unwrap();
        since.to_jiff()
    }

    /// One hour of the claimed repair. `false`: it was changed meanwhile.
    async fn part(&self, claimed: &Claimed, from: Timestamp) -> (Timestamp, bool) {
        let to = (from + SignedDuration::from_hours(1)).min(claimed.until);
        (to, advance(&self.pool, claimed.id, from, to, 0, Taken::default(), None).await.unwrap())
    }
}

/// What a worker has in hand, and how far it is.
type Hand = Option<(Claimed, Timestamp)>;

async fn play(desk: &Desk, steps: &[Step]) {
    let (outage, mut hand): (_, Hand) = (desk.outage().await, None);
    for step in steps {
        let before = desk.open().await;
        match step {
            Step::Silence(minutes) => {
                let from = desk.silence(*minutes).await - SignedDuration::from_mins(2);
                let after = desk.open().await.unwrap();
                let Some(before) = before else {
                    assert_eq!((after.from, after.done), (from, from), "a new one begins at its beginning");
                    continue;
                };
                assert_eq!(after.id, before.id, "what is open is widened");
                assert_eq!(after.from, before.from.min(from));
                assert!(after.until > before.until, "{before:?} {after:?}");
                let done = if from < before.from { from } else { before.done };
                assert_eq!(after.done, done, "{step:?}: it goes on where it was: {before:?} {after:?}");
            }
            Step::Part => {
                if hand.is_none() {
                    hand =
                        claim(&desk.pool).await.unwrap().map(|claimed| (claimed.clone(), claimed.done_until));
                }
                let Some((claimed, from)) = hand.take() else { continue };
                let (to, went) = desk.part(&claimed, from).await;
                let after = desk.open().await;
                if !went {
                    put_back(&desk.pool, claimed.id, "more was added to it", Some(0.0)).await.unwrap();
                } else if let Some(after) = after.filter(|after| after.id == claimed.id) {
                    assert_eq!(after.done, to);
                    hand = (to < claimed.until).then_some((claimed, to));
                    if hand.is_none() {
                        // The window was widened while its end was looked through.
                        put_back(&desk.pool, after.id, "more was added to it", Some(0.0)).await.unwrap();
                    }
                }
            }
            Step::Crash => {
                hand = None;
                sqlx::query("update ingest.repair set claimed_until = now() where state = 'running'")
                    .execute(&desk.owner)
                    .await
                    .unwrap();
            }
            Step::Finish => {
                hand = None;
                finish(desk).await;
            }
        }
    }
    finish(desk).await;
    assert_eq!(desk.outage().await, outage, "another's window is not touched, nor does it get another name");
}

/// To the end, from where it is.
async fn finish(desk: &Desk) {
    sqlx::query("update ingest.repair set claimed_until = now() where state = 'running'")
        .execute(&desk.owner)
        .await
        .unwrap();
    let Some(mut before) = desk.open().await else { return };
    while let Some(claimed) = claim(&desk.pool).await.unwrap() {
        assert_eq!((claimed.id, claimed.done_until), (before.id, before.done), "it goes on where it was");
        let (mut from, mut went) = (claimed.done_until, true);
        while went && from < claimed.until {
            (from, went) = desk.part(&claimed, from).await;
        }
        match desk.open().await {
            Some(open) => before = open,
            None => return,
        }
    }
    panic!("nobody can take it: {before:?}");
}

#[tokio::test]
async fn a_repair_that_is_open_goes_on_where_it_was_and_is_only_widened() {
    testkit::install_tls();
    let database = Database::fresh(&[(crate::SERVICE.schema)()]).await.unwrap();
    let (pool, owner) = (database.pool("ingest").await.unwrap(), database.owner().await.unwrap());
    let mut runner = TestRunner::new(ProptestConfig::default());
    for _ in 0..40 {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        let desk = Desk::new(&pool, &owner).await;
        play(&desk, &steps).await;
    }
}

#[tokio::test]
async fn only_what_was_written_after_the_last_that_came_and_outside_of_outages_counts_as_missed() {
    testkit::install_tls();
    let database = Database::fresh(&[(crate::SERVICE.schema)()]).await.unwrap();
    let (pool, owner) = (database.pool("ingest").await.unwrap(), database.owner().await.unwrap());
    // Nobody was there from five hours ago until one hour ago.
    let desk = Desk::new(&pool, &owner).await;
    let missed = async |cause: &'static str, ago: &'static str| {
        sqlx::query("delete from ingest.repair where missed > 0").execute(&owner).await.unwrap();
        sqlx::query(
            "insert into ingest.repair (channel_id, cause, from_at, until_at, done_until, state, finished_at, missed, missed_at)
             values ($1, $2, now() - interval '1 day', now(), now(), 'done', now(), 3, now() - $3::text::interval)",
        )
        .bind(desk.channel.uuid())
        .bind(cause)
        .bind(ago)
        .execute(&owner)
        .await
        .unwrap();
        let sql = "select missed from ingest.heard_v1(array[$1])";
        sqlx::query_scalar::<_, i64>(sql).bind(desk.channel.uuid()).fetch_one(&owner).await.unwrap()
    };
    assert_eq!(missed("silence", "30 minutes").await, 3);
    assert_eq!(missed("silence", "2 hours").await, 0, "nobody was there to take it");
    assert_eq!(missed("silence", "6 hours").await, 3, "that was before");
    assert_eq!(missed("reconnect", "30 minutes").await, 0, "the bridge was away");
    sqlx::query("insert into ingest.traffic (channel_id, last_event_at, last_inbound_at) values ($1, now(), now() - interval '40 minutes')")
        .bind(desk.channel.uuid())
        .execute(&owner)
        .await
        .unwrap();
    assert_eq!(missed("silence", "30 minutes").await, 3);
    assert_eq!(
        missed("silence", "50 minutes").await,
        0,
        "another came by itself since, whenever this was found"
    );
}
