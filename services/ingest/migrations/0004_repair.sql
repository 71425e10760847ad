-- What never came by webhook is fetched from the provider's list, where there is one.

-- When anybody last was there to take webhooks in.
create table ingest.alive (
    one boolean primary key default true check (one),
    at  timestamptz not null
);

-- The high-water mark of each channel: when a customer or staff last was heard of through it.
create table ingest.traffic (
    channel_id    uuid primary key,
    last_event_at timestamptz not null
);

-- A time to be looked through again. What is there already is recognised; so a piece may be done twice, never left out.
create table ingest.repair (
    id            uuid primary key default uuidv7(),
    channel_id    uuid not null,
    cause         text not null check (cause in ('outage', 'reconnect', 'operator')),
    from_at       timestamptz not null,
    until_at      timestamptz not null,
    -- Everything before is done.
    done_until    timestamptz not null,
    state         text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
    due_at        timestamptz not null default clock_timestamp(),
    claimed_until timestamptz,
    attempts      int not null default 0,
    found         bigint not null default 0,
    accepted      bigint not null default 0,
    duplicates    bigint not null default 0,
    quarantined   bigint not null default 0,
    error         text,
    created_at    timestamptz not null default clock_timestamp(),
    finished_at   timestamptz
);
-- Each cause has a repair of its own, so that none passes for another: what was missed while nobody was there to take it says
-- nothing about a channel, and what was missed in a silence does.
create unique index repair_open on ingest.repair (channel_id, cause) where state in ('queued', 'running');
create index repair_newest on ingest.repair (created_at desc);

-- Queues a time for a channel, or widens what is queued for it for the same cause. A silence that lasts goes on where it was. Whoever
-- was away may have filed old messages since, so for all other causes it is gone back to the beginning of what is added.
create function ingest.queue_repair(channel uuid, cause text, from_at timestamptz, until_at timestamptz) returns uuid
language sql volatile as $$
    insert into ingest.repair as r (channel_id, cause, from_at, until_at, done_until)
    values (channel, queue_repair.cause, queue_repair.from_at, queue_repair.until_at, queue_repair.from_at)
    on conflict (channel_id, cause) where state in ('queued', 'running') do update
    set from_at = least(r.from_at, excluded.from_at),
        done_until = case when r.cause = 'silence' and excluded.from_at >= r.from_at then r.done_until
                          else least(r.done_until, excluded.from_at) end,
        until_at = greatest(r.until_at, excluded.until_at)
    returning id
$$;
