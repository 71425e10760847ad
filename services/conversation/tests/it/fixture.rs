//! A database with the conversation's schema, one tenant, one channel, and the other services' functions as stubs that note
//! what they were given: their own tests prove the real ones.

use conversation::store::turns::{TurnCommit, TurnRow};
use ids::TurnId;
use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::PgPool;
use testkit::Database;
use uuid::Uuid;
use work::{Claim, Heart, Held, Verdict};

pub const TENANT: Uuid = Uuid::from_u128(1);
pub const CHANNEL: Uuid = Uuid::from_u128(2);

const STUBS: &str = "
    create table delivery.said (message jsonb);
    create function delivery.enqueue_v1(messages jsonb, notify boolean)
    returns table (ord int, message_id uuid, channel_id uuid, outcome text) language sql security definer as $$
        with kept as (insert into delivery.said select m from jsonb_array_elements(messages) m returning message)
        select 1, (message ->> 'id')::uuid, (message ->> 'channel_id')::uuid, 'queued' from kept
    $$;
    create table delivery.given (signs jsonb);
    create function delivery.signal_v1(signals jsonb) returns void language sql security definer as
        $$ insert into delivery.given values (signals) $$;
    create function scheduler.commit_effect_v1(effect jsonb) returns jsonb language sql as
        $$ select jsonb_build_object('outcome', effect ->> 'wanted') $$;
    create table delivery.moved (call jsonb);
    create function delivery.opt_out_v1(uuid, uuid, addresses text[], text) returns int language sql security definer as
        $$ insert into delivery.moved select jsonb_agg(a order by a) from unnest(addresses) a returning 1 $$;
    create function delivery.same_person_v1(tenant_id uuid, channel_id uuid, addresses text[]) returns void
    language sql security definer as $$ insert into delivery.moved select jsonb_agg(a order by a) from unnest(addresses) a $$;
    create function delivery.move_address_v1(tenant_id uuid, channel_id uuid, from_address text, to_address text) returns void
    language sql security definer as $$ insert into delivery.moved values (jsonb_build_array(from_address, to_address)) $$;
    create table scheduler.moved (person jsonb);
    create function scheduler.repoint_v1(person jsonb) returns void
    language sql security definer as $$ insert into scheduler.moved values (person) $$;
    grant usage on schema delivery, scheduler to conversation_app, ingest_app;
    grant execute on all functions in schema delivery, scheduler to conversation_app;
    insert into conversation.tenant (id, slug, name, time_zone, language)
    values ('00000000-0000-0000-0000-000000000001', 'acme', 'Acme', 'UTC', 'en');
    insert into conversation.channel (id, tenant_id, slug, provider)
    values ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001', 'acme', 'evolution');
";

pub struct Fixture {
    pub database: Database,
    /// As the service.
    pub pool: PgPool,
    /// As the intake.
    pub intake: PgPool,
    /// As whoever may look anywhere.
    pub owner: PgPool,
}

impl Fixture {
    pub async fn new() -> anyhow::Result<Self> {
        let database = Database::fresh(&[(conversation::SERVICE.schema)()]).await?;
        let owner = database.owner().await?;
        sqlx::raw_sql(STUBS).execute(&owner).await?;
        let (pool, intake) = (database.pool("conversation").await?, database.pool("ingest").await?);
        Ok(Self { database, pool, intake, owner })
    }

    /// A process that has just started.
    pub async fn instance(&self) -> anyhow::Result<Heart> {
        Ok(Heart::join(self.pool.clone(), self.pool.clone(), "conversation").await?)
    }

    /// The lease of an instance ends now.
    pub async fn kill(&self, heart: &Heart) -> anyhow::Result<()> {
        sqlx::query("update conversation.instance set seen_at = seen_at - interval '1 minute' where id = $1")
            .bind(heart.me().uuid())
            .execute(&self.owner)
            .await?;
        Ok(())
    }

    /// Accepts one text of a customer; answers with the conversation.
    pub async fn text(&self, phone: &str, provider_id: &str) -> anyhow::Result<Uuid> {
        let rows = accept(&self.intake, &[event(phone, provider_id)]).await?;
        rows.first().and_then(|row| row.conversation).ok_or_else(|| anyhow::anyhow!("not accepted"))
    }

    pub async fn count(&self, sql: &'static str) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar(sql).fetch_one(&self.owner).await?)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub outcome: String,
    pub item: Option<Uuid>,
    pub conversation: Option<Uuid>,
    pub undone: bool,
}

pub fn event(phone: &str, provider_id: &str) -> Value {
    json!({
        "channel_id": CHANNEL, "kind": "message", "provider_id": provider_id, "peer": { "phone": phone }, "to": phone,
        "body": { "kind": "text", "text": "hello" }, "correlation_id": Uuid::now_v7(),
    })
}

pub async fn accept(pool: &PgPool, events: &[Value]) -> Result<Vec<Accepted>, sqlx::Error> {
    let rows: Vec<(String, Option<Uuid>, Option<Uuid>, bool)> =
        sqlx::query_as("select outcome, item_id, conversation_id, undone from conversation.accept_v1($1)")
            .bind(json!(events))
            .fetch_all(pool)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(outcome, item, conversation, undone)| Accepted { outcome, item, conversation, undone })
        .collect())
}

/// The claim of a key that must succeed.
pub async fn claimed(heart: &Heart, key: Uuid) -> anyhow::Result<Held> {
    match heart.claim(&[key]).await?.as_slice() {
        [
            Claim {
                verdict: Verdict::Claimed(held) | Verdict::Suspect(held) | Verdict::Poison(held), ..
            },
        ] => Ok(*held),
        other => anyhow::bail!("not claimed: {other:?}"),
    }
}

pub async fn verdict(heart: &Heart, key: Uuid) -> anyhow::Result<Verdict> {
    let claims = heart.claim(&[key]).await?;
    claims.first().map(|claim| claim.verdict).ok_or_else(|| anyhow::anyhow!("no such key"))
}

/// A turn that says one thing and handles everything up to `upto_seq`.
pub fn turn(held: Held, upto_seq: i64) -> TurnCommit {
    let id = TurnId::generate();
    TurnCommit {
        key: held.key,
        epoch: held.epoch,
        upto_seq,
        seen_seq: upto_seq,
        discardable: true,
        owned_by: "bot",
        dead: None,
        turn: TurnRow {
            id,
            route: "test".into(),
            rule: "test".into(),
            stats: json!({}),
            agent_version: None,
            started_at: Timestamp::UNIX_EPOCH,
        },
        says: vec![json!({
            "id": Uuid::now_v7(), "tenant_id": TENANT, "channel_id": CHANNEL, "conversation_id": held.key,
            "body": { "kind": "text", "text": format!("answer to {upto_seq}") }, "upto": upto_seq,
        })],
        open: None,
        close: None,
        effect: None,
        asked: None,
        owner: None,
        language: None,
        correlation_id: Uuid::now_v7(),
    }
}
