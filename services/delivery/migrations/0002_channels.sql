-- Channels as the sender needs them. The rows come from conversation through put_channel_v1.

create table delivery.channel (
    id                uuid primary key,
    tenant_id         uuid not null,
    slug              text not null,
    provider          text not null,
    account           jsonb not null,
    own_address       text,
    secrets           jsonb not null,
    -- Which template plays which part (services/delivery/src/domain/templates/book.rs).
    templates         jsonb not null default '{}',
    tokens_per_second double precision not null check (tokens_per_second > 0),
    bucket_capacity   double precision not null check (bucket_capacity >= 1),
    -- Switched off by an operator: its owner pauses it.
    disabled          boolean not null default false,
    -- When nothing but what somebody waits for may be sent: {from, until, time_zone}, local times. Null: never.
    quiet_hours       jsonb,
    -- Since when its number is new. Null: it is not, or nobody has to be careful.
    new_since         date,
    -- How often a canary is sent while nothing comes through, in seconds. 0: never. Null: as the service is set.
    canary_every      double precision,
    -- Open, or why nothing can be sent right now: services/delivery/src/domain/door.rs. Written by the owner only.
    door              jsonb not null default '{"open": {"stumbles": 0}}',
    changed_at        timestamptz not null default clock_timestamp()
);

-- The token bucket commits with the intents that draw on it, so a change of owner cannot burst.
create table delivery.bucket (
    channel_id uuid primary key references delivery.channel on delete cascade,
    tokens     double precision not null,
    at         timestamptz not null
) with (fillfactor = 50);

-- Which process an operator wants a channel to have, for a while. Ended processes have no wishes.
create table delivery.wish (
    channel_id  uuid primary key references delivery.channel on delete cascade,
    instance_id uuid not null,
    until       timestamptz not null
);

-- Consent, per address and channel. The newest row decides.
create table delivery.opt_out (
    tenant_id  uuid not null,
    channel_id uuid not null,
    address    text not null,
    source     text not null,
    at         timestamptz not null default clock_timestamp(),
    ended_at   timestamptz,
    primary key (channel_id, address)
);

-- channel: {id, tenant_id, slug, provider, account, own_address?, secrets, templates?, tokens_per_second, bucket_capacity,
-- disabled?, quiet_hours?, new_since?, canary_every?}. Idempotent. Templates, quiet hours, new_since and canary_every that are not
-- given stay. A channel that is switched off is paused by its owner, one that is switched on again resumes.
create function delivery.put_channel_v1(channel jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    was boolean;
    wanted boolean := coalesce((channel ->> 'disabled')::boolean, false);
begin
    select c.disabled into was from delivery.channel c where c.id = (channel ->> 'id')::uuid for update;
    insert into delivery.channel as c (id, tenant_id, slug, provider, account, own_address, secrets, templates,
                                       tokens_per_second, bucket_capacity, disabled, quiet_hours, new_since, canary_every)
    values ((channel ->> 'id')::uuid, (channel ->> 'tenant_id')::uuid, channel ->> 'slug', channel ->> 'provider',
            coalesce(channel -> 'account', '{}'), channel ->> 'own_address', coalesce(channel -> 'secrets', '{}'),
            coalesce(channel -> 'templates', '{}'), coalesce((channel ->> 'tokens_per_second')::float8, 1.0), coalesce((channel ->> 'bucket_capacity')::float8, 5),
            wanted, nullif(channel -> 'quiet_hours', 'null'), (channel ->> 'new_since')::date,
            (channel ->> 'canary_every')::float8)
    on conflict (id) do update
    set slug = excluded.slug, provider = excluded.provider, account = excluded.account, own_address = excluded.own_address,
        secrets = excluded.secrets, tokens_per_second = excluded.tokens_per_second,
        templates = case when channel ? 'templates' then excluded.templates else c.templates end,
        quiet_hours = case when channel ? 'quiet_hours' then excluded.quiet_hours else c.quiet_hours end,
        new_since = case when channel ? 'new_since' then excluded.new_since else c.new_since end,
        canary_every = case when channel ? 'canary_every' then excluded.canary_every else c.canary_every end,
        bucket_capacity = excluded.bucket_capacity, disabled = excluded.disabled, changed_at = clock_timestamp()
    where (c.slug, c.provider, c.account, c.own_address, c.secrets, c.tokens_per_second, c.bucket_capacity, c.disabled,
           c.templates, c.quiet_hours, c.new_since, c.canary_every)
          is distinct from (excluded.slug, excluded.provider, excluded.account, excluded.own_address, excluded.secrets,
                            excluded.tokens_per_second, excluded.bucket_capacity, excluded.disabled,
                            case when channel ? 'templates' then excluded.templates else c.templates end,
                            case when channel ? 'quiet_hours' then excluded.quiet_hours else c.quiet_hours end,
                            case when channel ? 'new_since' then excluded.new_since else c.new_since end,
                            case when channel ? 'canary_every' then excluded.canary_every else c.canary_every end);
    insert into delivery.bucket (channel_id, tokens, at)
    select c.id, c.bucket_capacity, clock_timestamp() from delivery.channel c where c.id = (channel ->> 'id')::uuid
    on conflict do nothing;
    insert into delivery.work (key, tenant_id) values ((channel ->> 'id')::uuid, (channel ->> 'tenant_id')::uuid)
    on conflict do nothing;
    insert into delivery.hearing (channel_id) values ((channel ->> 'id')::uuid) on conflict do nothing;
    if coalesce(was, false) <> wanted then
        insert into delivery.channel_event (channel_id, state)
        values ((channel ->> 'id')::uuid, case when wanted then 'pause' else 'resume' end);
    end if;
end $$;

-- From now on nothing but a direct answer to their own request goes to these addresses. Returns how many are new.
create function delivery.opt_out_v1(tenant_id uuid, channel_id uuid, addresses text[], source text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare n int;
begin
    insert into delivery.opt_out as o (tenant_id, channel_id, address, source)
    select opt_out_v1.tenant_id, opt_out_v1.channel_id, a, opt_out_v1.source from unnest(addresses) a order by a
    on conflict on constraint opt_out_pkey do update
    set source = excluded.source, at = excluded.at, ended_at = null where o.ended_at is not null;
    get diagnostics n = row_count;
    return n;
end $$;

-- What the provider said about a channel's connection, and what operators want of it. The channel's owner reads these and
-- moves the door by the rules of services/delivery/src/domain/door.rs.
create table delivery.channel_event (
    id         bigint generated always as identity primary key,
    channel_id uuid not null,
    state      text not null,
    code       int,
    at         timestamptz not null default clock_timestamp(),
    handled_at timestamptz
);
create index channel_event_open on delivery.channel_event (channel_id, id) where handled_at is null;

-- events: array of {channel_id, state: open|connecting|closed|refused, code?}; pause|resume|probe are written by the gRPC
-- door of this service.
create function delivery.record_channel_events_v1(events jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    insert into delivery.channel_event (channel_id, state, code)
    select c.id, e.v ->> 'state', (e.v ->> 'code')::int
    from jsonb_array_elements(events) with ordinality e (v, ord)
    join delivery.channel c on c.id = (e.v ->> 'channel_id')::uuid
    order by e.ord
$$;

revoke execute on function delivery.record_channel_events_v1(jsonb) from public;
grant execute on function delivery.record_channel_events_v1(jsonb) to ingest_app;
revoke execute on function delivery.put_channel_v1(jsonb), delivery.opt_out_v1(uuid, uuid, text[], text) from public;
grant usage on schema delivery to conversation_app, scheduler_app, ingest_app;
grant execute on function delivery.put_channel_v1(jsonb), delivery.opt_out_v1(uuid, uuid, text[], text) to conversation_app;
