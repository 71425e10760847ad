-- Receipts and echoes: the provider's side of the story.

-- receipts: array of {channel_id, provider_id, status: sent|delivered|read|failed, at?, error_code?, client_ref?}
-- Up the ladder, never down: read > delivered > failed > sent. `parked`: a message we do not know (yet). Of a message that
-- was raised, its id and what ties it to the customer's message come with the answer.
create function delivery.record_receipts_v1(receipts jsonb)
returns table (ord int, outcome text, message_id uuid, correlation_id uuid)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    raised jsonb;
    ours uuid[];
begin
    with given as (
        select (e.v ->> 'channel_id')::uuid as channel_id, e.v ->> 'provider_id' as provider_id,
               case e.v ->> 'status' when 'sent' then 1 when 'failed' then 2 when 'delivered' then 3 when 'read' then 4 end as rank,
               coalesce((e.v ->> 'at')::timestamptz, clock_timestamp()) as at, e.v ->> 'error_code' as error_code,
               -- Our own id, echoed by providers that can: it settles an unknown without a resend.
               case when e.v ->> 'client_ref' ~ '^fd:[0-9a-f-]{36}$' then substr(e.v ->> 'client_ref', 4) end as ours
        from jsonb_array_elements(receipts) e (v)
    ), folded as (
        select g.channel_id, g.provider_id, max(g.rank) as rank, min(g.at) filter (where g.rank = 1) as sent_at,
               min(g.at) filter (where g.rank = 2) as failed_at, min(g.at) filter (where g.rank = 3) as delivered_at,
               min(g.at) filter (where g.rank = 4) as read_at, max(g.error_code) as error_code, max(g.ours)::uuid as ours
        from given g where g.rank is not null and exists (select from delivery.channel c where c.id = g.channel_id)
        group by 1, 2
    ), risen as (
        insert into delivery.receipt as r (channel_id, provider_id, message_id, rank, sent_at, delivered_at, read_at, failed_at, error_code)
        select f.channel_id, f.provider_id, f.ours, f.rank, f.sent_at, f.delivered_at, f.read_at, f.failed_at, f.error_code
        from folded f order by 1, 2
        on conflict (channel_id, provider_id) do update
        set rank = greatest(r.rank, excluded.rank), sent_at = coalesce(r.sent_at, excluded.sent_at),
            delivered_at = coalesce(r.delivered_at, excluded.delivered_at), read_at = coalesce(r.read_at, excluded.read_at),
            failed_at = coalesce(r.failed_at, excluded.failed_at), error_code = coalesce(r.error_code, excluded.error_code),
            message_id = coalesce(r.message_id, excluded.message_id)
        where excluded.rank > r.rank
           or (excluded.sent_at is not null and r.sent_at is null)
           or (excluded.delivered_at is not null and r.delivered_at is null)
           or (excluded.failed_at is not null and r.failed_at is null)
           or (excluded.message_id is not null and r.message_id is null)
        returning r.channel_id, r.provider_id, r.message_id
    )
    -- Looked up by name below: joined, a batch would take its number squared.
    select coalesce(jsonb_object_agg(r.channel_id || ' ' || r.provider_id, r.message_id), '{}'),
           coalesce(array_agg(r.message_id order by r.message_id) filter (where r.message_id is not null), '{}')
    into raised, ours from risen r;

    -- An answer that was lost is found; a send that failed later is told apart, and found again if it arrives after all. Of
    -- nearly all there is nothing new to believe: they were sent, or their call is under way and its settlement looks here. The
    -- others are waited for first: whoever declares one unknown meanwhile cannot see this receipt yet.
    perform from delivery.message m where m.id = any (ours) and m.state <> 'sent' order by m.id for update;
    if receipts @? '$[*] ? (@.status == "failed")'
       or exists (select from delivery.message m where m.id = any (ours) and m.state not in ('sent', 'intended')) then
        perform from delivery.message m where m.id = any (ours) order by m.id for update;
        perform delivery.believe(ours);
    end if;

    return query
    select r.ord::int,
           case when not r.risen then 'known' when r.message_id is null then 'parked' else 'raised' end,
           r.message_id, m.correlation_id
    from (select e.ord, coalesce(raised ? n.name, false) as risen, (raised ->> n.name)::uuid as message_id
          from jsonb_array_elements(receipts) with ordinality e (v, ord)
          cross join lateral (select (e.v ->> 'channel_id')::uuid || ' ' || (e.v ->> 'provider_id') as name) n) r
    left join delivery.message m on m.id = r.message_id
    order by 1;
end $$;

-- A message of this account appeared at the provider. True: it is one of ours. Same recipient, same text, and called more
-- often than answered: this is the answer that was lost, or the one that is just arriving.
-- A canary's echo (0009) is ours as well: otherwise it would look like somebody of the staff writing to themselves. Looked for
-- only where no message of ours was found.
create function delivery.record_echo_v1(channel_id uuid, provider_id text, recipients text[], text_sha256 text) returns boolean
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

revoke execute on function delivery.record_receipts_v1(jsonb), delivery.record_echo_v1(uuid, text, text[], text) from public;
grant execute on function delivery.record_receipts_v1(jsonb), delivery.record_echo_v1(uuid, text, text[], text) to ingest_app;
