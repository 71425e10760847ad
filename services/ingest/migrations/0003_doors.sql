-- A channel that is switched off lets nobody in; and what the door notes for whoever sets a channel up.

alter table ingest.channel add column disabled boolean not null default false;

-- channel: {id, tenant_id, slug, provider, account, own_address?, secrets, disabled?, …}. Idempotent: the same again changes
-- nothing.
create or replace function ingest.put_channel_v1(channel jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    reference text;
begin
    for reference in select s.value from jsonb_each_text(coalesce(channel -> 'secrets', '{}')) s loop
        if reference !~ '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$' then
            -- The text is not repeated: it may be the secret itself.
            raise exception using errcode = '22023',
                message = 'a secret of a channel is not a reference: write env:NAME or file:/absolute/path';
        end if;
    end loop;
    insert into ingest.channel as c (id, tenant_id, slug, provider, account, own_address, secrets, disabled)
    values ((channel ->> 'id')::uuid, (channel ->> 'tenant_id')::uuid, channel ->> 'slug', channel ->> 'provider',
            coalesce(channel -> 'account', '{}'), channel ->> 'own_address', coalesce(channel -> 'secrets', '{}'),
            coalesce((channel ->> 'disabled')::boolean, false))
    on conflict (id) do update
    set tenant_id = excluded.tenant_id, slug = excluded.slug, provider = excluded.provider, account = excluded.account,
        own_address = excluded.own_address, secrets = excluded.secrets, disabled = excluded.disabled,
        version = nextval('ingest.channel_version'), changed_at = clock_timestamp()
    where (c.tenant_id, c.slug, c.provider, c.account, c.own_address, c.secrets, c.disabled)
          is distinct from (excluded.tenant_id, excluded.slug, excluded.provider, excluded.account, excluded.own_address,
                            excluded.secrets, excluded.disabled);
end $$;

-- When something was last seen at a channel's door: a request that was proven by a secret which is being replaced (its name,
-- or its name and `_previous`), or one that was refused (`refused`). Written every few seconds, never per request.
create table ingest.door_note (
    channel_id uuid not null,
    what       text not null,
    at         timestamptz not null,
    primary key (channel_id, what)
);

-- The minutes in which requests of a channel were refused. Whether they were its provider's is judged by what else came
-- (services/ingest/src/domain/troubles.rs). Written with the notes; kept for eight days.
create table ingest.door_refused (
    channel_id uuid not null,
    minute     timestamptz not null,
    primary key (channel_id, minute)
);

-- What was noted at a channel's door: for those who replace its secrets and those who check it.
create function ingest.door_notes_v1(channel_id uuid) returns table (what text, at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select n.what, n.at from ingest.door_note n where n.channel_id = door_notes_v1.channel_id order by n.what
$$;
revoke execute on function ingest.door_notes_v1(uuid) from public;
grant usage on schema ingest to delivery_app;
grant execute on function ingest.door_notes_v1(uuid) to conversation_app, delivery_app;
