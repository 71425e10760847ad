-- What is to be said, what was tried, what came back.

create table delivery.message (
    id              uuid primary key,
    tenant_id       uuid not null,
    channel_id      uuid not null,
    -- Order holds within a line: one conversation in one lane.
    line_id         uuid not null,
    seq             bigint not null,
    conversation_id uuid not null,
    -- 0 high (replies, confirmations), 1 normal (reminders), 2 bulk.
    lane            smallint not null,
    -- A word that no sender of this service can read would stop the line, so it is refused where it is said.
    class           text not null check (class in ('reply', 'confirmation', 'reminder', 'notice')),
    profile         text not null,
    to_address      text not null,
    body            jsonb not null check (coalesce(body ->> 'kind' = 'text' and body ->> 'text' <> '', false)),
    on_unknown      text not null default 'leave' check (on_unknown in ('leave', 'resend_once')),
    not_after       timestamptz,
    dedupe_key      text,
    replay_of       uuid,
    cause           text,
    correlation_id  uuid not null,
    created_at      timestamptz not null default clock_timestamp(),
    -- queued and intended are undone; everything else is settled and its place in the line is past.
    state           text not null default 'queued' check (state in ('queued', 'intended', 'sent', 'failed', 'unknown',
                        'expired', 'skipped', 'cancelled', 'dry_run', 'dead')),
    -- Calls of the provider, tries of the profile among them, refusals for a limit in a row, and sends after an unknown.
    attempts        int not null default 0,
    tries           int not null default 0,
    waits           int not null default 0,
    resends         int not null default 0,
    due_at          timestamptz not null default '-infinity',
    intended_at     timestamptz,
    first_failed_at timestamptz,
    settled_at      timestamptz,
    -- An unknown outcome: when it is looked up next at a provider that can be asked, and until when evidence counts.
    lookup_at       timestamptz,
    lookups         int not null default 0,
    reconcile_until timestamptz,
    provider_id     text,
    -- Why it stands where it stands: {cause, owner, next_step, class, code}.
    reason          jsonb,
    -- What an operator made of a dead one: {"replayed_as": id} or {"discarded_because": text}.
    resolution      jsonb,
    unique (line_id, seq)
) with (fillfactor = 70);
create index message_undone on delivery.message (channel_id, lane, id) where state in ('queued', 'intended');
create index message_line_undone on delivery.message (channel_id, line_id, seq) where state in ('queued', 'intended');
create index message_intended on delivery.message (channel_id) where state = 'intended';
create index message_unknown on delivery.message (channel_id, lookup_at) where state = 'unknown';
create index message_line_unknown on delivery.message (line_id) where state = 'unknown';
-- Called more often than answered: what an echo may belong to.
create index message_unanswered on delivery.message (channel_id, to_address)
    where attempts > 1 or (attempts = 1 and state not in ('sent', 'failed'));
create index message_dead on delivery.message (settled_at, id) where state in ('dead', 'failed') and resolution is null;
create index message_conversation on delivery.message (tenant_id, conversation_id, id);
create unique index message_dedupe on delivery.message (tenant_id, dedupe_key) where dedupe_key is not null;

-- One call of the provider, written when its outcome is known. The intent before it is in the message's own row.
create table delivery.attempt (
    message_id  uuid not null references delivery.message on delete cascade,
    n           int not null,
    tenant_id   uuid not null,
    started_at  timestamptz not null,
    ended_at    timestamptz not null default clock_timestamp(),
    outcome     text not null check (outcome in ('accepted', 'refused', 'not_sent', 'unknown')),
    class       text,
    code        text,
    cause       text,
    provider_id text,
    primary key (message_id, n)
);

-- The ladder of one message at the provider. Settle and receipts both begin by upserting this row: whoever is first,
-- the other one finds it. A receipt for a message we did not send stays here without message_id.
create table delivery.receipt (
    channel_id   uuid not null,
    provider_id  text not null,
    message_id   uuid,
    -- 1 sent, 2 failed, 3 delivered, 4 read: failed is final unless the phone says otherwise.
    rank         smallint not null default 0,
    sent_at      timestamptz,
    delivered_at timestamptz,
    read_at      timestamptz,
    failed_at    timestamptz,
    error_code   text,
    primary key (channel_id, provider_id)
) with (fillfactor = 60);
create index receipt_message on delivery.receipt (message_id) where message_id is not null;

-- What the heart asks this schema (libs/work/sql/work.sql). A channel always has work: its owner holds it while idle,
-- since somebody must listen for its wake-ups. So delivery has no sweeper; owners look for channels without an owner.
create function delivery.undone(key uuid, done_seq bigint) returns boolean
language sql immutable as $$ select true $$;

create view delivery.undone_keys as
    select w.key, '-infinity'::timestamptz as oldest_at from delivery.work w;

-- Channels without a live owner, and how many one instance should hold so that all hold about the same.
create function delivery.unowned() returns table (key uuid, fair_share int)
language sql volatile as $$
    select w.key,
           ceil((select count(*) from delivery.work) / greatest(1, (select count(*) from delivery.instance i
                where delivery.is_live(i.id)))::numeric)::int
    from delivery.work w
    where w.owner is null or not delivery.is_live(w.owner)
    order by w.key
$$;

-- Channels this instance should hand back: those above its share, while a newcomer has fewer than its own.
create function delivery.surplus(me uuid) returns int
language sql volatile as $$
    with held as (
        select i.id, (select count(*) from delivery.work w where w.owner = i.id) as many
        from delivery.instance i where delivery.is_live(i.id)
    ), share as (
        select (select count(*) from delivery.work) / count(*)::numeric as each from held
    )
    select case when exists (select from held h where h.id <> me and h.many < floor(s.each))
                then greatest(0, (select h.many from held h where h.id = me) - ceil(s.each))::int else 0 end
    from share s
$$;
