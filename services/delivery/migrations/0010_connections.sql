-- What setting a channel up needs of the sender: its own number, whether it is switched off, how many messages wait, and
-- messages that go round in order to prove the chain.

alter table delivery.channel
    add column own_address text,
    add column disabled boolean not null default false;

-- channel: {id, tenant_id, slug, provider, account, own_address?, secrets, tokens_per_second, bucket_capacity, disabled?}.
-- Idempotent. A channel that is switched off is paused by its owner, one that is switched on again resumes.
create or replace function delivery.put_channel_v1(channel jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    was boolean;
    wanted boolean := coalesce((channel ->> 'disabled')::boolean, false);
begin
    select c.disabled into was from delivery.channel c where c.id = (channel ->> 'id')::uuid for update;
    insert into delivery.channel as c (id, tenant_id, slug, provider, account, own_address, secrets, tokens_per_second,
                                       bucket_capacity, disabled)
    values ((channel ->> 'id')::uuid, (channel ->> 'tenant_id')::uuid, channel ->> 'slug', channel ->> 'provider',
            coalesce(channel -> 'account', '{}'), channel ->> 'own_address', coalesce(channel -> 'secrets', '{}'),
            coalesce((channel ->> 'tokens_per_second')::float8, 1.0), coalesce((channel ->> 'bucket_capacity')::float8, 5),
            wanted)
    on conflict (id) do update
    set slug = excluded.slug, provider = excluded.provider, account = excluded.account, own_address = excluded.own_address,
        secrets = excluded.secrets, tokens_per_second = excluded.tokens_per_second,
        bucket_capacity = excluded.bucket_capacity, disabled = excluded.disabled, changed_at = clock_timestamp()
    where (c.slug, c.provider, c.account, c.own_address, c.secrets, c.tokens_per_second, c.bucket_capacity, c.disabled)
          is distinct from (excluded.slug, excluded.provider, excluded.account, excluded.own_address, excluded.secrets,
                            excluded.tokens_per_second, excluded.bucket_capacity, excluded.disabled);
    insert into delivery.bucket (channel_id, tokens, at)
    select c.id, c.bucket_capacity, clock_timestamp() from delivery.channel c where c.id = (channel ->> 'id')::uuid
    on conflict do nothing;
    insert into delivery.work (key, tenant_id) values ((channel ->> 'id')::uuid, (channel ->> 'tenant_id')::uuid)
    on conflict do nothing;
    if coalesce(was, false) <> wanted then
        insert into delivery.channel_event (channel_id, state)
        values ((channel ->> 'id')::uuid, case when wanted then 'pause' else 'resume' end);
    end if;
end $$;

-- How many messages of a channel are not settled yet: they would wait for ever behind a channel that is switched off.
create function delivery.waiting_v1(channel_id uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select (select count(*) from delivery.message m
            where m.channel_id = waiting_v1.channel_id and m.state in ('queued', 'intended'))
         + (select count(*) from delivery.message m where m.channel_id = waiting_v1.channel_id and m.state = 'unknown')
$$;
revoke execute on function delivery.waiting_v1(uuid) from public;
grant execute on function delivery.waiting_v1(uuid) to conversation_app;

-- Messages that go round to prove a channel. They are no messages of anybody: no line, no attempt, no conversation.
create table delivery.canary (
    id          uuid primary key,
    channel_id  uuid not null references delivery.channel on delete cascade,
    text_sha256 text not null,
    provider_id text,
    sent_at     timestamptz not null default clock_timestamp(),
    echoed_at   timestamptz
);
create index canary_sent on delivery.canary (sent_at);

-- As before (0006), and a canary's echo is ours as well: otherwise it would look like somebody of the staff writing to
-- themselves. Looked for only where no message of ours was found.
create or replace function delivery.record_echo_v1(channel_id uuid, provider_id text, recipients text[], text_sha256 text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare ours uuid;
begin
    select r.message_id into ours from delivery.receipt r
    where r.channel_id = record_echo_v1.channel_id and r.provider_id = record_echo_v1.provider_id and r.message_id is not null;
    if ours is not null then return true; end if;

    select m.id into ours from delivery.message m
    where m.channel_id = record_echo_v1.channel_id and m.to_address = any (recipients)
      and (m.attempts > 1 or (m.attempts = 1 and m.state not in ('sent', 'failed')))
      and m.intended_at > clock_timestamp() - interval '1 hour'
      and coalesce(m.shown_sha256, encode(sha256(convert_to(m.body ->> 'text', 'UTF8')), 'hex')) = text_sha256
      -- Each call can have been one message at most.
      and m.attempts > (select count(*) from delivery.receipt r where r.message_id = m.id)
    order by case m.state when 'intended' then 0 when 'unknown' then 1 when 'sent' then 3 else 2 end, m.intended_at
    limit 1;
    if ours is null then
        update delivery.canary y
        set echoed_at = coalesce(y.echoed_at, clock_timestamp()), provider_id = coalesce(y.provider_id, record_echo_v1.provider_id)
        where y.channel_id = record_echo_v1.channel_id and y.text_sha256 = record_echo_v1.text_sha256;
        return found;
    end if;

    insert into delivery.receipt as r (channel_id, provider_id, message_id, rank, sent_at)
    values (record_echo_v1.channel_id, record_echo_v1.provider_id, ours, 1, clock_timestamp())
    on conflict on constraint receipt_pkey do update
    set message_id = coalesce(r.message_id, excluded.message_id), rank = greatest(r.rank, 1)
    returning r.message_id into ours;
    -- One that is under way now ends with its settlement, which finds the ladder's row.
    perform from delivery.message m where m.id = ours for update;
    perform delivery.believe(array[ours]);
    return true;
end $$;
