-- People, what they wrote, what was answered.
--
-- Where accept_v1 writes a row for a message, its tenant, channel and contact have no foreign key: that function has just
-- read or written what they name, and every newcomer would lock the one row of their business.

create table conversation.contact (
    id           uuid primary key,
    tenant_id    uuid not null,
    display_name text,
    -- Turned out to be the same person as that one, who goes on; see 0009_contacts.sql.
    merged_into  uuid references conversation.contact,
    created_at   timestamptz not null default now()
);

-- One person is known by many names on the wire; a phone number is only one of them and may be missing.
create table conversation.contact_alias (
    tenant_id  uuid not null,
    kind       text not null check (kind in ('phone', 'wa_id', 'lid', 'bsuid')),
    value      text not null,
    contact_id uuid not null,
    primary key (tenant_id, kind, value)
);
create index contact_alias_contact on conversation.contact_alias (contact_id);

create table conversation.conversation (
    id          uuid primary key,
    tenant_id   uuid not null,
    channel_id  uuid not null,
    contact_id  uuid not null,
    -- Where to answer, in the provider's own form.
    to_address  text not null,
    owned_by    text not null default 'bot' check (owned_by in ('bot', 'waiting_human', 'human')),
    language    text,
    -- What the last text of ours asked, so that a bare "yes" or "2" has a meaning.
    asked       jsonb,
    -- The conversation that goes on for this one, since both are with the same person. It stays empty.
    merged_into uuid references conversation.conversation,
    created_at  timestamptz not null default now(),
    unique (channel_id, contact_id)
);

-- The inbox: what came in, numbered per conversation.
create table conversation.item (
    id              uuid primary key,
    conversation_id uuid not null,
    seq             bigint not null,
    tenant_id       uuid not null,
    channel_id      uuid not null,
    kind            text not null,
    provider_id     text not null,
    body            jsonb not null,
    mark            text check (mark in ('opt_out', 'red_flag')),
    sent_at         timestamptz,
    received_at     timestamptz not null default clock_timestamp(),
    correlation_id  uuid not null,
    state           text not null default 'undone' check (state in ('undone', 'done', 'dead')),
    attempts        int not null default 0,
    error           jsonb,
    turn_id         uuid,
    settled_at      timestamptz,
    -- What an operator made of a dead one: {"replayed_as": id} or {"discarded_because": text}.
    resolution      jsonb,
    unique (conversation_id, seq)
) with (fillfactor = 85);
create index item_undone on conversation.item (conversation_id) where state = 'undone';
create index item_dead on conversation.item (settled_at, id) where state = 'dead' and resolution is null;

-- Deduplication has a table of its own, which outlives items and cannot hang on a time partition.
create table conversation.seen (
    channel_id  uuid not null,
    kind        text not null,
    provider_id text not null,
    item_id     uuid not null,
    seen_at     timestamptz not null default now(),
    primary key (channel_id, kind, provider_id)
) partition by hash (channel_id, kind, provider_id);
create index seen_at on conversation.seen (seen_at);
create table conversation.seen_0 partition of conversation.seen for values with (modulus 4, remainder 0);
create table conversation.seen_1 partition of conversation.seen for values with (modulus 4, remainder 1);
create table conversation.seen_2 partition of conversation.seen for values with (modulus 4, remainder 2);
create table conversation.seen_3 partition of conversation.seen for values with (modulus 4, remainder 3);

-- What was said to the customer, by whom. The sending itself is delivery's.
create table conversation.said (
    id              uuid primary key,
    conversation_id uuid not null,
    tenant_id       uuid not null,
    -- moment: asked for a moment while a model thinks; people read it, turns pass over it.
    author          text not null check (author in ('assistant', 'moment', 'reminder', 'staff')),
    text            text not null,
    said_at         timestamptz not null default clock_timestamp(),
    turn_id         uuid
);
create index said_conversation on conversation.said (conversation_id, said_at);

create table conversation.turn (
    id              uuid primary key,
    conversation_id uuid not null,
    tenant_id       uuid not null,
    from_seq        bigint not null,
    upto_seq        bigint not null,
    route           text not null,
    rule            text not null,
    stats           jsonb not null,
    agent_version   uuid,
    correlation_id  uuid not null,
    started_at      timestamptz not null,
    committed_at    timestamptz not null default clock_timestamp()
);
create index turn_conversation on conversation.turn (conversation_id, committed_at);

-- A frozen, validated change waiting for the customer's yes.
create table conversation.proposal (
    id              uuid primary key,
    conversation_id uuid not null,
    tenant_id       uuid not null,
    frozen          jsonb not null,
    state           text not null check (state in ('open', 'confirmed', 'rejected', 'expired', 'superseded')),
    expires_at      timestamptz not null,
    created_at      timestamptz not null default clock_timestamp(),
    settled_at      timestamptz
);
create unique index proposal_open on conversation.proposal (conversation_id) where state = 'open';

-- What a confirmed proposal did; the calendar's own row is the scheduler's.
create table conversation.effect (
    proposal_id     uuid primary key references conversation.proposal,
    conversation_id uuid not null,
    tenant_id       uuid not null,
    turn_id         uuid not null,
    outcome         jsonb not null,
    at              timestamptz not null default clock_timestamp()
);

-- Every change of state, with its cause. Append only.
create table conversation.transition (
    id              uuid primary key default uuidv7(),
    conversation_id uuid not null,
    tenant_id       uuid not null,
    entity          text not null,
    entity_id       uuid not null,
    from_state      text,
    to_state        text not null,
    cause           text not null,
    -- What shows a person why they were fetched: {items, summary}. Holds what customers wrote.
    evidence        jsonb,
    correlation_id  uuid,
    at              timestamptz not null default clock_timestamp()
);
create index transition_conversation on conversation.transition (conversation_id, at);

-- The transcript, both directions, for people who look.
create view conversation.message as
    select i.id, i.conversation_id, i.tenant_id, case when i.kind = 'echo' then 'staff' else 'customer' end as author,
           coalesce(i.body ->> 'text', '') as text, i.body ->> 'kind' as kind,
           coalesce(i.sent_at, i.received_at) as sent_at, i.received_at as at
    from conversation.item i
    union all
    select s.id, s.conversation_id, s.tenant_id, case s.author when 'moment' then 'assistant' else s.author end, s.text, 'text',
           s.said_at, s.said_at
    from conversation.said s;

-- What the heart asks this schema (libs/work/sql/work.sql).
create function conversation.undone(key uuid, done_seq bigint) returns boolean
language sql stable as $$
    select exists (select from conversation.tail t where t.key = undone.key and t.next_seq - 1 > undone.done_seq)
$$;

create view conversation.undone_keys as
    select i.conversation_id as key, min(i.received_at) as oldest_at
    from conversation.item i where i.state = 'undone' group by i.conversation_id;
