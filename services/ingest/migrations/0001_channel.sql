-- The channels whose webhooks are let in. The conversation service owns them; this is the part that the door needs.

create sequence ingest.channel_version;

create table ingest.channel (
    id          uuid primary key,
    tenant_id   uuid not null,
    -- The name in the webhook's address.
    slug        text not null unique,
    provider    text not null check (provider in ('evolution', 'meta', 'twilio')),
    -- evolution {instance}, meta {phone_number_id, waba_id}, twilio {account_sid, from}; other members are the sender's.
    account     jsonb not null,
    -- Our own number or address at the provider.
    own_address text,
    -- Name -> reference ("env:NAME", "file:/path"). Never a value.
    secrets     jsonb not null,
    -- Grows with every change of any row, so that one sum tells whether anything changed.
    version     bigint not null default nextval('ingest.channel_version'),
    changed_at  timestamptz not null default clock_timestamp()
);

-- A number belongs to one channel, else its messages would go to either.
create unique index channel_meta_number on ingest.channel ((account ->> 'phone_number_id')) where provider = 'meta';

-- channel: {id, tenant_id, slug, provider, account, own_address?, secrets, …}. Idempotent: the same again changes nothing.
create function ingest.put_channel_v1(channel jsonb) returns void
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
    insert into ingest.channel as c (id, tenant_id, slug, provider, account, own_address, secrets)
    values ((channel ->> 'id')::uuid, (channel ->> 'tenant_id')::uuid, channel ->> 'slug', channel ->> 'provider',
            coalesce(channel -> 'account', '{}'), channel ->> 'own_address', coalesce(channel -> 'secrets', '{}'))
    on conflict (id) do update
    set tenant_id = excluded.tenant_id, slug = excluded.slug, provider = excluded.provider, account = excluded.account,
        own_address = excluded.own_address, secrets = excluded.secrets,
        version = nextval('ingest.channel_version'), changed_at = clock_timestamp()
    where (c.tenant_id, c.slug, c.provider, c.account, c.own_address, c.secrets)
          is distinct from (excluded.tenant_id, excluded.slug, excluded.provider, excluded.account, excluded.own_address,
                            excluded.secrets);
end $$;

revoke execute on function ingest.put_channel_v1(jsonb) from public;
grant usage on schema ingest to conversation_app;
grant execute on function ingest.put_channel_v1(jsonb) to conversation_app;
