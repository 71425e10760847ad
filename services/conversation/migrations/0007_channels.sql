-- A channel whole: where it is at its provider, where its secrets are kept, its rates, and who may change it.

alter table conversation.channel
    -- What a provider's account consists of (libs/bootstrap/src/channel.rs).
    add column account jsonb not null default '{}',
    -- Name -> reference ("env:NAME", "file:/path"). Never a value.
    add column secrets jsonb not null default '{}',
    add column preset text,
    add column tokens_per_second double precision not null default 1.0,
    add column bucket_capacity int not null default 5,
    -- Which template plays which part, the quiet hours ({from, until, time_zone}) and since when the number is new.
    add column templates jsonb not null default '{}',
    add column quiet_hours jsonb,
    add column new_since date,
    -- Seconds; null: as delivery does.
    add column canary_every double precision,
    -- What the file declares is changed in the file: it is applied again at every start.
    add column managed_by text not null default 'operators' check (managed_by in ('file', 'operators')),
    add column disabled_at timestamptz;

-- For its channels that have none of their own: {from, until}, in its time zone.
alter table conversation.tenant add column quiet_hours jsonb;

-- Who changed what. Append only; holds names of fields, no values.
create table conversation.channel_change (
    id             bigint generated always as identity primary key,
    channel_id     uuid not null references conversation.channel,
    what           text not null check (what in ('created', 'updated', 'disabled', 'enabled', 'rotated', 'retired')),
    by_role        text not null,
    fields         text[] not null,
    correlation_id uuid not null,
    at             timestamptz not null default clock_timestamp()
);
create index channel_change_channel on conversation.channel_change (channel_id, id);
