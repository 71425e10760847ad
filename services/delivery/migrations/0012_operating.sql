-- What timelines tell about a channel and its own row forgets: when its door closed and opened, when another owner took it, until
-- when the provider wanted nothing more of it.
-- Written where that happens, which is seldom; nothing on the way of a message writes here.
create table delivery.channel_history (
    channel_id  uuid not null references delivery.channel on delete cascade,
    at          timestamptz not null default clock_timestamp(),
    what        text not null check (what in ('door', 'owner', 'slow')),
    -- Of a door: open, or why it is closed.
    door        text,
    -- The same in words; of a slow one: which limit.
    explanation text,
    -- Of a slow one.
    until       timestamptz,
    primary key (channel_id, what, at)
);

-- What operators did to the queue and to doors. Append only, but for restored_at.
create table delivery.queue_action (
    id             uuid primary key default uuidv7(),
    at             timestamptz not null default clock_timestamp(),
    action         text not null check (action in ('reset_to_latest', 'reset_to_begin', 'destroy_recreate', 'claim_pending',
                       'restore_archived', 'pause', 'resume', 'probe', 'end_deafness')),
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
