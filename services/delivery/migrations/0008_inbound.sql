-- When customers last wrote, and signs to them that are no messages.

-- The last message of a customer, per channel and address: what WhatsApp's 24-hour window is counted from. Kept only for
-- providers that have the window.
create table delivery.inbound (
    channel_id uuid not null,
    address    text not null,
    at         timestamptz not null,
    primary key (channel_id, address)
) with (fillfactor = 60);

-- seen: array of {channel_id, address, at}. Told in the transaction that accepts the messages, so that no answer can be
-- refused for a window that the customer has just opened.
create function delivery.note_inbound_v1(seen jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    insert into delivery.inbound as i (channel_id, address, at)
    select s.channel_id, s.address, max(least(s.at, clock_timestamp()))
    from jsonb_to_recordset(seen) as s (channel_id uuid, address text, at timestamptz)
    join delivery.channel c on c.id = s.channel_id and c.provider <> 'evolution'
    where s.address is not null and s.at is not null
    group by 1, 2 order by 1, 2
    on conflict (channel_id, address) do update set at = excluded.at where excluded.at > i.at
$$;

-- Read marks and "typing": worth having at once or not at all, so nothing keeps them.
create unlogged table delivery.signal (
    id          bigint generated always as identity primary key,
    channel_id  uuid not null,
    kind        text not null check (kind in ('read', 'typing')),
    to_address  text not null,
    provider_id text not null,
    at          timestamptz not null default clock_timestamp()
);

-- signals: array of {channel_id, kind: read|typing, to, provider_id: the customer's message it is about}
create function delivery.signal_v1(signals jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    insert into delivery.signal (channel_id, kind, to_address, provider_id)
    select c.id, s.kind, s."to", s.provider_id
    from jsonb_to_recordset(signals) as s (channel_id uuid, kind text, "to" text, provider_id text)
    join delivery.channel c on c.id = s.channel_id
    where s.kind in ('read', 'typing') and s."to" is not null and s.provider_id is not null
$$;

revoke execute on function delivery.note_inbound_v1(jsonb), delivery.signal_v1(jsonb) from public;
grant execute on function delivery.note_inbound_v1(jsonb), delivery.signal_v1(jsonb) to conversation_app;
