//! What timelines are told from: items, turns, failures, transitions. Everything by keys and indexes that are there anyway; an id
//! tells when its row was made (UUIDv7), which stands in for an index by correlation id.

use ids::{ConversationId, ItemId, TenantId};
use jiff::Timestamp;
use rpc::Thread;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

/// Threads found at most, the newest.
const THREADS: i64 = 20;

/// By what to find threads.
#[derive(Clone, Debug)]
pub enum Subject {
    /// An item.
    Item(ItemId),
    /// The provider's id.
    Provider(String),
    /// A telephone number in E.164.
    Phone(String),
    /// A correlation id.
    Correlation(Uuid),
}

/// The threads of a subject, with those of the turns that answered them: a burst is answered under the id of one of its messages.
///
/// # Errors
/// Whatever the database says.
pub async fn threads(pool: &PgPool, subject: &Subject) -> Result<Vec<Thread>, sqlx::Error> {
    let (item, provider, phone, correlation) = match subject {
        Subject::Item(id) => (Some(id.uuid()), None, None, None),
        Subject::Provider(id) => (None, Some(id.as_str()), None, None),
        Subject::Phone(phone) => (None, None, Some(phone.as_str()), None),
        Subject::Correlation(id) => (None, None, None, Some(*id)),
    };
    let made = correlation.and_then(ids::made_about);
    let rows = sqlx::query!(
        r#"with found as (
               select i.* from conversation.item i where i.id = $1
               union all
               -- One look by key for each channel and kind.
               select i.* from conversation.channel c cross join unnest('{message,echo,reaction,edit,revoke}'::text[]) k (kind)
               join conversation.seen s on s.channel_id = c.id and s.kind = k.kind and s.provider_id = $2
               join conversation.item i on i.id = s.item_id
               union all
               (select i.* from conversation.tenant t
                join conversation.contact_alias a on a.tenant_id = t.id and a.kind = 'phone' and a.value = $3
                join conversation.conversation v on v.contact_id = a.contact_id
                cross join lateral (select x.* from conversation.item x where x.conversation_id = v.id
                                    order by x.seq desc limit 20) i
                order by i.received_at desc limit 20)
               union all
               select i.* from conversation.item i where i.correlation_id = $4 and i.id between $5 and $6
           ), turned as (
               select distinct t.conversation_id, t.from_seq, t.upto_seq, t.tenant_id, t.correlation_id
               from found f join conversation.turn t on t.id = f.turn_id
           ), together as (
               select f.tenant_id, f.conversation_id, f.correlation_id from found f
               union
               select t.tenant_id, t.conversation_id, t.correlation_id from turned t
               union
               select i.tenant_id, i.conversation_id, i.correlation_id
               from turned t join conversation.item i on i.conversation_id = t.conversation_id
                                                     and i.seq between t.from_seq and t.upto_seq
           )
           select tenant_id as "tenant_id!", conversation_id as "conversation_id!", correlation_id as "correlation_id!"
           from together order by correlation_id desc limit $7"#,
        item,
        provider,
        phone,
        correlation,
        made.map(|(from, _)| from),
        made.map(|(_, until)| until),
        THREADS
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Thread {
            tenant: TenantId::from_uuid(row.tenant_id),
            conversation: ConversationId::from_uuid(row.conversation_id),
            correlation: row.correlation_id,
        })
        .collect())
}

/// An item and the turn that answered it.
#[derive(Clone, Debug)]
pub struct ItemFacts {
    /// Its id.
    pub id: ItemId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its place there.
    pub seq: i64,
    /// message, echo, ….
    pub kind: String,
    /// What was written. Customers' data.
    pub text: String,
    /// opt_out or red_flag.
    pub mark: Option<String>,
    /// What it belongs to.
    pub correlation: Uuid,
    /// The item it replays.
    pub replay_of: Option<ItemId>,
    /// When the provider says it was written.
    pub sent_at: Option<Timestamp>,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// undone, done or dead.
    pub state: String,
    /// Why it is dead, or failed last.
    pub error: Option<Value>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// The turn that settled it.
    pub turn: Option<Uuid>,
}

/// A turn, committed or failed.
#[derive(Clone, Debug)]
pub struct TurnFacts {
    /// Its id; `None`: it failed.
    pub id: Option<Uuid>,
    /// Its conversation.
    pub conversation: ConversationId,
    /// What it belongs to; nil for a failed one.
    pub correlation: Uuid,
    /// The first item.
    pub from_seq: i64,
    /// The last item.
    pub upto_seq: i64,
    /// Route and rule, or why it failed.
    pub what: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// When a failed one was tried again.
    pub due_at: Option<Timestamp>,
}

/// A change of state.
#[derive(Clone, Debug)]
pub struct TransitionFacts {
    /// Its id.
    pub id: Uuid,
    /// Its conversation.
    pub conversation: ConversationId,
    /// What it belongs to.
    pub correlation: Uuid,
    /// conversation or proposal.
    pub entity: String,
    /// Before.
    pub from: Option<String>,
    /// After.
    pub to: String,
    /// Why.
    pub cause: String,
    /// When.
    pub at: Timestamp,
    /// What a confirmed proposal did: the effect's outcome and when.
    pub effect: Option<(String, Timestamp)>,
}

/// The items of threads, in order.
///
/// # Errors
/// Whatever the database says.
pub async fn items(pool: &PgPool, threads: &[Thread]) -> Result<Vec<ItemFacts>, sqlx::Error> {
    let (conversations, correlations) = columns(threads);
    let rows = sqlx::query!(
        r#"select i.id, i.conversation_id, i.seq, i.kind, i.body ->> 'text' as text, i.mark, i.correlation_id, i.sent_at,
                  i.received_at, i.state, i.error, i.settled_at, i.turn_id,
                  case when i.provider_id like 'replay:%' then substr(i.provider_id, 8)::uuid end as replay_of
           from (select distinct * from unnest($1::uuid[], $2::uuid[]) t (conversation_id, correlation_id)) t
           join conversation.item i on i.conversation_id = t.conversation_id and i.correlation_id = t.correlation_id
           order by i.received_at, i.seq limit 1000"#,
        &conversations,
        &correlations
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ItemFacts {
            id: ItemId::from_uuid(row.id),
            conversation: ConversationId::from_uuid(row.conversation_id),
            seq: row.seq,
            kind: row.kind,
            text: row.text.unwrap_or_default(),
            mark: row.mark,
            correlation: row.correlation_id,
            replay_of: row.replay_of.map(ItemId::from_uuid),
            sent_at: row.sent_at.map(jiff_sqlx::Timestamp::to_jiff),
            received_at: row.received_at.to_jiff(),
            state: row.state,
            error: row.error,
            settled_at: row.settled_at.map(jiff_sqlx::Timestamp::to_jiff),
            turn: row.turn_id,
        })
        .collect())
}

/// Turns of conversations since a time, committed and failed, in order.
///
/// # Errors
/// Whatever the database says.
pub async fn turns(
    pool: &PgPool,
    threads: &[Thread],
    since: Timestamp,
) -> Result<Vec<TurnFacts>, sqlx::Error> {
    use jiff_sqlx::ToSqlx;
    let (conversations, _) = columns(threads);
    let rows = sqlx::query!(
        r#"select t.id as "id?", t.conversation_id as "conversation_id!", t.correlation_id as "correlation_id?",
                  t.from_seq as "from_seq!", t.upto_seq as "upto_seq!", t.route || ', ' || t.rule as "what!",
                  t.started_at as "started_at!", t.committed_at as "ended_at!", null::timestamptz as due_at
           from conversation.turn t where t.conversation_id = any ($1) and t.committed_at >= $2
           union all
           select null, f.conversation_id, null, f.from_seq, f.upto_seq, f.cause, f.started_at, f.ended_at, f.due_at
           from conversation.failed_turn f where f.conversation_id = any ($1) and f.started_at >= $2
           order by 7 limit 2000"#,
        &conversations,
        since.to_sqlx() as _
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TurnFacts {
            id: row.id,
            conversation: ConversationId::from_uuid(row.conversation_id),
            correlation: row.correlation_id.unwrap_or_default(),
            from_seq: row.from_seq,
            upto_seq: row.upto_seq,
            what: row.what,
            started_at: row.started_at.to_jiff(),
            ended_at: row.ended_at.to_jiff(),
            due_at: row.due_at.map(jiff_sqlx::Timestamp::to_jiff),
        })
        .collect())
}

/// Changes of state of threads, in order, with what confirmed proposals did.
///
/// # Errors
/// Whatever the database says.
pub async fn transitions(pool: &PgPool, threads: &[Thread]) -> Result<Vec<TransitionFacts>, sqlx::Error> {
    let (conversations, correlations) = columns(threads);
    let rows = sqlx::query!(
        r#"select x.id, x.conversation_id, x.correlation_id as "correlation_id!", x.entity, x.from_state, x.to_state, x.cause, x.at,
                  e.outcome ->> 'outcome' as effect, e.at as "effect_at?"
           from (select distinct * from unnest($1::uuid[], $2::uuid[]) t (conversation_id, correlation_id)) t
           join conversation.transition x on x.conversation_id = t.conversation_id and x.correlation_id = t.correlation_id
           left join conversation.effect e on x.entity = 'proposal' and x.to_state = 'confirmed' and e.proposal_id = x.entity_id
           order by x.at limit 1000"#,
        &conversations,
        &correlations
    )
    .fetch_all(&mut *postgres::browse(pool).await?)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TransitionFacts {
            id: row.id,
            conversation: ConversationId::from_uuid(row.conversation_id),
            correlation: row.correlation_id,
            entity: row.entity,
            from: row.from_state,
            to: row.to_state,
            cause: row.cause,
            at: row.at.to_jiff(),
            effect: row.effect.zip(row.effect_at.map(jiff_sqlx::Timestamp::to_jiff)),
        })
        .collect())
}

fn columns(threads: &[Thread]) -> (Vec<Uuid>, Vec<Uuid>) {
    threads.iter().map(|thread| (thread.conversation.uuid(), thread.correlation)).unzip()
}
