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
language sql immutable as $$ select md5(channel_id || ' ' || conversation_id || ' ' || lane)::uuid $$;

create function delivery.enqueue_v1(messages jsonb, notify boolean)
returns table (ord int, message_id uuid, channel_id uuid, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare batch delivery.message[];
begin
    select array_agg(row (
               coalesce((e.v ->> 'id')::uuid, uuidv7()), (e.v ->> 'tenant_id')::uuid, c.id,
               delivery.line_id(c.id, (e.v ->> 'conversation_id')::uuid, delivery.lane_number(e.v ->> 'lane')),
               e.ord, (e.v ->> 'conversation_id')::uuid, delivery.lane_number(e.v ->> 'lane'), e.v ->> 'class',
               e.v ->> 'profile', e.v ->> 'to', e.v -> 'body', coalesce(e.v ->> 'on_unknown', 'leave'),
               (e.v ->> 'not_after')::timestamptz, e.v ->> 'dedupe_key', (e.v ->> 'replay_of')::uuid, e.v ->> 'cause',
               (e.v ->> 'correlation_id')::uuid, clock_timestamp(), 'queued', 0, 0, 0, 0,
               coalesce((e.v ->> 'not_before')::timestamptz, '-infinity'), null, null, null, null, 0, null, null,
               null, null, false, null, null)::delivery.message
               order by e.ord)
    into batch
    from jsonb_array_elements(messages) with ordinality e (v, ord)
    join delivery.channel c on c.id = (e.v ->> 'channel_id')::uuid and c.tenant_id = (e.v ->> 'tenant_id')::uuid;

    if batch is not null then
        insert into delivery.tail (key) select distinct b.line_id from unnest(batch) b
        where not exists (select from delivery.tail t where t.key = b.line_id) order by 1
        on conflict do nothing;
        perform from delivery.tail t
        where t.key in (select b.line_id from unnest(batch) b) order by t.key for update;

        -- Numbers may have gaps (a duplicate takes one); order is what they are for. Rows go in by key: two batches that
        -- share keys in different lines wait for each other in one order only.
        insert into delivery.message (id, tenant_id, channel_id, line_id, seq, conversation_id, lane, class, profile, to_address,
                                      body, on_unknown, not_after, dedupe_key, replay_of, cause, correlation_id,
                                      created_at, due_at)
        select b.id, b.tenant_id, b.channel_id, b.line_id,
               t.next_seq + row_number() over (partition by b.line_id order by b.seq) - 1,
               b.conversation_id, b.lane, b.class, b.profile, b.to_address, b.body, b.on_unknown, b.not_after, b.dedupe_key,
               b.replay_of, b.cause, b.correlation_id, b.created_at, b.due_at
        from unnest(batch) b join delivery.tail t on t.key = b.line_id
        order by b.dedupe_key, b.id
        on conflict do nothing;

        update delivery.tail t set next_seq = t.next_seq + n.many, appended_at = clock_timestamp()
        from (select b.line_id, count(*) as many from unnest(batch) b group by 1) n where t.key = n.line_id;

        if notify then
            -- One notice: it names the channel if there is only one.
            perform pg_notify('delivery_enqueued',
                              (select case when count(distinct b.channel_id) = 1 then min(b.channel_id::text) else '' end
                               from unnest(batch) b));
        end if;
    end if;

    return query
    select b.seq::int, m.id, m.channel_id,
           case when m.id = b.id and m.created_at = b.created_at then 'queued' else 'duplicate' end
    from unnest(batch) b
    left join lateral (
        -- One look-up by each key: both in one condition made a generic plan read the whole queue.
        select x.id, x.channel_id, x.created_at from delivery.message x where x.id = b.id
        union all
        select x.id, x.channel_id, x.created_at from delivery.message x
        where x.tenant_id = b.tenant_id and x.dedupe_key = b.dedupe_key
        limit 1) m on true
    union all
    select e.ord, null, null, 'unknown_channel'
    from generate_series(1, jsonb_array_length(messages)) e (ord)
    where coalesce(cardinality(batch), 0) < jsonb_array_length(messages)
      and e.ord <> all (array (select b.seq from unnest(batch) b))
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
