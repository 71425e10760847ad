-- What timelines tell about a channel and its own row forgets: when its door closed and opened, when another owner took it.
-- Written where that happens, which is seldom; nothing on the way of a message writes here.
create table delivery.channel_history (
    channel_id  uuid not null references delivery.channel on delete cascade,
    at          timestamptz not null default clock_timestamp(),
    what        text not null check (what in ('door', 'owner')),
    -- Of a door: open, or why it is closed.
    door        text,
    -- The same in words.
    explanation text,
    primary key (channel_id, what, at)
);

-- What operators did to the queue. Append only, but for restored_at.
create table delivery.queue_action (
    id             uuid primary key default uuidv7(),
    at             timestamptz not null default clock_timestamp(),
    action         text not null check (action in ('reset_to_latest', 'reset_to_begin', 'destroy_recreate', 'claim_pending',
                       'restore_archived', 'end_deafness')),
    channel_id     uuid not null,
    count          bigint not null,
    -- What a reset archived.
    messages       uuid[] not null default '{}',
    -- The role of the token, and what the caller said about themselves.
    role           text not null,
    asked_by       text not null,
    reason         text not null,
    correlation_id uuid not null,
    restored_at    timestamptz
);
