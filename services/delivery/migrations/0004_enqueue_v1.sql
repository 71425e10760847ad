-- The door into the lines: any program with the right may append, inside its own transaction.
--
-- messages: array of {id?, tenant_id, channel_id, conversation_id, to, lane, class, profile, body, not_before?, not_after?,
--           correlation_id, cause, dedupe_key?, on_unknown?, replay_of?}
-- Answers one row per message: `queued`, `duplicate` (same tenant and dedupe_key, or same id, were there before: the
-- first one's id) or `unknown_channel`. Who publishes no wake-up after the commit passes notify => true, and
-- delivery hears it at the commit.

create function delivery.lane_number(lane text) returns smallint
language sql immutable as $$ select case lane when 'high' then 0 when 'normal' then 1 when 'bulk' then 2 end::smallint $$;

create function delivery.line_id(channel_id uuid, conversation_id uuid, lane smallint) returns uuid
language sql immutable as $$ select md5(channel_id::text || ' ' || conversation_id::text || ' ' || lane::text)::uuid $$;

create function delivery.enqueue_v1(messages jsonb, notify boolean)
returns table (ord int, message_id uuid, channel_id uuid, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    -- By place in `messages`; no line where the channel is not known.
    ids uuid[];
    lines uuid[];
    -- The number after a line's last one.
    ends jsonb;
    queued uuid[];
begin
    select array_agg(coalesce((e.v ->> 'id')::uuid, uuidv7()) order by e.ord),
           -- What lacks a word that makes its line is refused below, by the column that lacks it.
           array_agg(coalesce(delivery.line_id(c.id, (e.v ->> 'conversation_id')::uuid, delivery.lane_number(e.v ->> 'lane')),
                              c.id) order by e.ord)
    into ids, lines
    from jsonb_array_elements(messages) with ordinality e (v, ord)
    left join delivery.channel c on c.id = (e.v ->> 'channel_id')::uuid and c.tenant_id = (e.v ->> 'tenant_id')::uuid;

    -- The next numbers, and the lines' locks. Numbers may have gaps (a duplicate takes one); order is what they are for.
    with moved as (
        insert into delivery.tail as t (key, next_seq)
        select l.line, 1 + count(*) from unnest(lines) l (line) where l.line is not null group by 1 order by 1
        on conflict (key) do update
        set next_seq = t.next_seq + excluded.next_seq - 1, appended_at = clock_timestamp()
        returning t.key, t.next_seq
    )
    select jsonb_object_agg(m.key, m.next_seq) into ends from moved m;

    -- Rows go in by key: two batches that share keys in different lines wait for each other in one order only.
    with put as (
        insert into delivery.message (id, tenant_id, channel_id, line_id, seq, conversation_id, lane, class, profile, to_address,
                                      body, on_unknown, not_after, dedupe_key, replay_of, cause, correlation_id, due_at)
        select ids[e.ord], (e.v ->> 'tenant_id')::uuid, (e.v ->> 'channel_id')::uuid, lines[e.ord],
               (ends ->> lines[e.ord]::text)::bigint - row_number() over (partition by lines[e.ord] order by e.ord desc),
               (e.v ->> 'conversation_id')::uuid, delivery.lane_number(e.v ->> 'lane'), e.v ->> 'class', e.v ->> 'profile',
               e.v ->> 'to', e.v -> 'body', coalesce(e.v ->> 'on_unknown', 'leave'), (e.v ->> 'not_after')::timestamptz,
               e.v ->> 'dedupe_key', (e.v ->> 'replay_of')::uuid, e.v ->> 'cause', (e.v ->> 'correlation_id')::uuid,
               coalesce((e.v ->> 'not_before')::timestamptz, '-infinity')
        from jsonb_array_elements(messages) with ordinality e (v, ord)
        where lines[e.ord] is not null
        order by e.v ->> 'dedupe_key', ids[e.ord]
        on conflict do nothing
        returning id
    )
    select array_agg(p.id) into queued from put p;

    if notify and ends is not null then
        -- One notice: it names the channel if there is only one.
        perform pg_notify('delivery_enqueued',
                          (select case when count(distinct e.v ->> 'channel_id') = 1 then min(e.v ->> 'channel_id') else '' end
                           from jsonb_array_elements(messages) with ordinality e (v, ord) where lines[e.ord] is not null));
    end if;

    return query
    select e.ord::int, coalesce(m.id, new.id),
           case when lines[e.ord] is not null then coalesce(m.channel_id, (e.v ->> 'channel_id')::uuid) end,
           case when lines[e.ord] is null then 'unknown_channel' when new.id is null then 'duplicate' else 'queued' end
    from jsonb_array_elements(messages) with ordinality e (v, ord)
    -- An id that is given twice is new in its first place.
    cross join lateral (select case when array_position(ids, ids[e.ord]) = e.ord and ids[e.ord] = any (queued)
                                    then ids[e.ord] end as id) new
    left join lateral (
        -- One look-up by each key: both in one condition made a generic plan read the whole queue.
        select x.id, x.channel_id from delivery.message x where new.id is null and x.id = ids[e.ord]
        union all
        select x.id, x.channel_id from delivery.message x
        where new.id is null and x.tenant_id = (e.v ->> 'tenant_id')::uuid and x.dedupe_key = e.v ->> 'dedupe_key'
        limit 1) m on lines[e.ord] is not null
    order by 1;
end $$;

-- Takes back what is still queued. Returns how many.
create function delivery.cancel_v1(dedupe_keys text[], tenant_id uuid, reason text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare n int;
begin
    update delivery.message m
    set state = 'cancelled', settled_at = clock_timestamp(),
        reason = jsonb_build_object('cause', cancel_v1.reason, 'owner', 'nobody', 'next_step', 'nothing to do')
    where m.tenant_id = cancel_v1.tenant_id and m.dedupe_key = any (dedupe_keys) and m.state = 'queued';
    get diagnostics n = row_count;
    return n;
end $$;

revoke execute on function delivery.enqueue_v1(jsonb, boolean), delivery.cancel_v1(text[], uuid, text) from public;
grant execute on function delivery.enqueue_v1(jsonb, boolean) to conversation_app, scheduler_app;
grant execute on function delivery.cancel_v1(text[], uuid, text) to scheduler_app;
