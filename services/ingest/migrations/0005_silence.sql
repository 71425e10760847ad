-- What usually comes through a channel, and how long nothing has: delivery judges whether a silence fits.

alter table ingest.traffic
    -- When a customer wrote last, and when a provider last told what became of a message.
    add column last_inbound_at timestamptz,
    add column last_receipt_at timestamptz;

-- Which five minutes of each hour brought a customer's message: a bit for each, so that several processes note the same thing
-- without counting it twice. Written every few seconds where something is new, never per request; kept for five weeks.
create table ingest.traffic_hour (
    channel_id uuid not null,
    hour       timestamptz not null,
    slots      int not null,
    primary key (channel_id, hour)
) with (fillfactor = 70);

alter table ingest.repair
    drop constraint repair_cause_check,
    add constraint repair_cause_check check (cause in ('outage', 'reconnect', 'silence', 'operator')),
    -- Messages in the list that nobody here had known: no webhook brought them. And when the newest of them was written.
    add column missed bigint not null default 0,
    add column missed_at timestamptz;
create index repair_missed on ingest.repair (channel_id) where cause in ('outage', 'silence');

-- What is known of each channel's traffic. missed: what looks through the provider's list because of a silence have found that was
-- written after a customer's message last came by itself, and not while nobody was there to take it; and when the newest was.
create function ingest.heard_v1(channels uuid[])
returns table (channel_id uuid, heard_at timestamptz, inbound_at timestamptz, receipt_at timestamptz, missed bigint, missed_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select c.id, t.last_event_at, t.last_inbound_at, t.last_receipt_at, coalesce(r.missed, 0), r.at
    from ingest.channel c
    left join ingest.traffic t on t.channel_id = c.id
    left join lateral (select sum(x.missed)::bigint as missed, max(x.missed_at) as at from ingest.repair x
                       where x.channel_id = c.id and x.cause = 'silence' and x.missed > 0
                         and x.missed_at > coalesce(t.last_inbound_at, '-infinity')
                         and not exists (select from ingest.repair o where o.channel_id = c.id and o.cause = 'outage'
                                         and x.missed_at between o.from_at and o.until_at)) r on true
    where c.id = any (channels)
$$;

-- How many five minutes of each hour were busy, oldest first. Hours without any are left out.
create function ingest.busy_hours_v1(channel_id uuid, since timestamptz) returns table (hour timestamptz, busy int)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select h.hour, bit_count(h.slots::bit(12))::int from ingest.traffic_hour h
    where h.channel_id = busy_hours_v1.channel_id and h.hour >= since order by h.hour
$$;

-- Has the silent time since then looked through, if the provider keeps a list. The last seconds are left out: what was written
-- in them may be on its way.
create function ingest.repair_silence_v1(channel_id uuid, since timestamptz) returns boolean
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    with queued as (
        select ingest.queue_repair(c.id, 'silence', greatest(since - interval '2 minutes', clock_timestamp() - interval '7 days'),
                                   clock_timestamp() - interval '30 seconds')
        from ingest.channel c
        where c.id = repair_silence_v1.channel_id and c.provider in ('evolution', 'twilio')
          and since < clock_timestamp() - interval '30 seconds')
    select exists (select from queued)
$$;

revoke execute on function ingest.heard_v1(uuid[]), ingest.busy_hours_v1(uuid, timestamptz),
    ingest.repair_silence_v1(uuid, timestamptz) from public;
grant execute on function ingest.heard_v1(uuid[]), ingest.busy_hours_v1(uuid, timestamptz),
    ingest.repair_silence_v1(uuid, timestamptz) to delivery_app;
