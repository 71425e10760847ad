-- Receipts and echoes: the provider's side of the story.

-- receipts: array of {channel_id, provider_id, status: sent|delivered|read|failed, at?, error_code?, client_ref?}
-- Up the ladder, never down: read > delivered > failed > sent. `parked`: a message we do not know (yet).
create function delivery.record_receipts_v1(receipts jsonb) returns table (ord int, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    with given as (
        select e.ord::int as ord, (e.v ->> 'channel_id')::uuid as channel_id, e.v ->> 'provider_id' as provider_id,
               case e.v ->> 'status' when 'sent' then 1 when 'failed' then 2 when 'delivered' then 3 when 'read' then 4 end as rank,
               coalesce((e.v ->> 'at')::timestamptz, clock_timestamp()) as at, e.v ->> 'error_code' as error_code,
               -- Our own id, echoed by providers that can: it settles an unknown without a resend.
               case when e.v ->> 'client_ref' ~ '^fd:[0-9a-f-]{36}$' then substr(e.v ->> 'client_ref', 4)::uuid end as ours
        from jsonb_array_elements(receipts) with ordinality e (v, ord)
    ), folded as (
        select g.channel_id, g.provider_id, max(g.rank) as rank, min(g.at) filter (where g.rank = 1) as sent_at,
               min(g.at) filter (where g.rank = 2) as failed_at, min(g.at) filter (where g.rank = 3) as delivered_at,
               min(g.at) filter (where g.rank = 4) as read_at, max(g.error_code) as error_code, (array_agg(g.ours))[1] as ours
        from given g where exists (select from delivery.channel c where c.id = g.channel_id)
        group by 1, 2
    ), raised as (
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
        returning r.channel_id, r.provider_id, r.message_id, r.rank, r.error_code
    ), settled as (
        -- An answer that was lost is found; a send that failed later is told apart, and found again if it arrives after all.
        update delivery.message m
        set state = case when r.rank = 2 then 'failed' else 'sent' end, provider_id = r.provider_id,
            settled_at = clock_timestamp(),
            reason = case when r.rank = 2 then jsonb_build_object('cause', 'the provider took it and failed to deliver it'
                          || coalesce(' (code ' || r.error_code || ')', ''),
                          'owner', 'tenant', 'next_step', 'reach the customer another way') end
        from raised r
        where m.id = r.message_id
          and (m.state = 'unknown' or (m.state = 'sent' and r.rank = 2) or (m.state = 'failed' and r.rank > 2))
    )
    select g.ord,
           case when r.provider_id is not null and r.message_id is not null then 'raised'
                when r.provider_id is not null then 'parked' else 'known' end
    from given g left join raised r on r.channel_id = g.channel_id and r.provider_id = g.provider_id
    order by 1;
end $$;

-- A message of this account appeared at the provider. True: it is one of ours. An echo of a send whose outcome is
-- unknown settles it: same recipient, same text, no other claim on the id.
create function delivery.record_echo_v1(channel_id uuid, provider_id text, recipients text[], text_sha256 text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare ours uuid;
begin
    select r.message_id into ours from delivery.receipt r
    where r.channel_id = record_echo_v1.channel_id and r.provider_id = record_echo_v1.provider_id and r.message_id is not null;
    if ours is not null then return true; end if;

    -- In flight right now: its settle will bring the id. Unknown: this is the answer that was lost.
    select m.id into ours from delivery.message m
    where m.channel_id = record_echo_v1.channel_id and m.state in ('intended', 'unknown')
      and m.to_address = any (recipients) and m.intended_at > clock_timestamp() - interval '1 hour'
      and encode(sha256(convert_to(m.body ->> 'text', 'UTF8')), 'hex') = text_sha256
      and m.provider_id is null
    order by m.state = 'unknown', m.intended_at limit 1 for update;
    if ours is null then return false; end if;

    insert into delivery.receipt as r (channel_id, provider_id, message_id, rank, sent_at)
    values (record_echo_v1.channel_id, record_echo_v1.provider_id, ours, 1, clock_timestamp())
    on conflict on constraint receipt_pkey do update set message_id = coalesce(r.message_id, excluded.message_id);
    update delivery.message m
    set state = 'sent', provider_id = record_echo_v1.provider_id, settled_at = clock_timestamp(), reason = null
    where m.id = ours and m.state = 'unknown';
    update delivery.attempt a set outcome = 'accepted', provider_id = record_echo_v1.provider_id
    where a.message_id = ours and a.outcome = 'unknown';
    return true;
end $$;

revoke execute on function delivery.record_receipts_v1(jsonb), delivery.record_echo_v1(uuid, text, text[], text) from public;
grant execute on function delivery.record_receipts_v1(jsonb), delivery.record_echo_v1(uuid, text, text[], text) to ingest_app;
