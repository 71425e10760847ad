-- Dead letters by cause: counted, replayed and discarded together, and replayed without asking where a policy says so.

alter table alerting.dead_letter
    -- From then on working on it is of no use; null: never too late.
    add column expires_at     timestamptz,
    -- The item that its item replays.
    add column replay_of      text,
    -- How often it, or what it replays, was replayed by a policy.
    add column policy_retries int not null default 0,
    -- A policy has begun to replay it. Set before its owner is asked, so that an answer that is lost is not counted twice.
    add column retrying       boolean not null default false;
create index dead_letter_correlation on alerting.dead_letter (correlation_id);
create index dead_letter_open_cause on alerting.dead_letter (cause, died_at, id) where state = 'open';

create table alerting.retry_policy (
    cause         text primary key,
    after_seconds bigint not null check (after_seconds between 1 and 604800),
    at_most       int not null check (at_most between 1 and 20),
    set_by        text not null,
    set_at        timestamptz not null default clock_timestamp()
);

-- Who did what. Append only.
create table alerting.action (
    id             uuid primary key default uuidv7(),
    at             timestamptz not null default clock_timestamp(),
    action         text not null check (action in ('replay', 'discard', 'put_policy', 'delete_policy')),
    -- The role of the token, or policy.
    role           text not null,
    -- What the caller said about themselves.
    asked_by       text not null,
    dead_letter_id uuid references alerting.dead_letter,
    cause          text not null,
    detail         text not null,
    correlation_id uuid not null
);
create index action_dead_letter on alerting.action (dead_letter_id, id) where dead_letter_id is not null;
