-- A sign that somebody is there: read mark and "typing" for the newest message of a conversation. Delivery keeps it for seconds.
-- Meta shows a message as read with "typing"; where the provider has neither, nothing is called.
create function conversation.sign(key uuid) returns void
language plpgsql volatile as $$
declare signs jsonb;
begin
    select jsonb_agg(jsonb_build_object(
               'channel_id', v.channel_id, 'kind', k.kind, 'to', v.to_address, 'provider_id', i.provider_id))
    into signs
    from conversation.conversation v
    join conversation.channel c on c.id = v.channel_id
    cross join lateral (select i.provider_id from conversation.item i
                        where i.conversation_id = v.id and i.kind = 'message' order by i.seq desc limit 1) i
    cross join lateral unnest(case c.provider when 'meta' then array['typing'] when 'evolution' then array['read', 'typing']
                              else array[]::text[] end) k (kind)
    where v.id = sign.key;
    if signs is not null then perform delivery.signal_v1(signs); end if;
end $$;

-- When this customer was last asked for a moment.
alter table conversation.conversation add column acknowledged_at timestamptz;

-- "One moment", while a turn is being thought about: queued before its answer or not at all, once per turn and once in ten minutes.
-- The turn's commit waits for this one, or was first: then the cursor has moved beyond the turn's first item, `head`.
create function conversation.acknowledge(me uuid, key uuid, epoch bigint, head bigint, message jsonb) returns boolean
language plpgsql volatile as $$
begin
    if not exists (select from conversation.fence(array[key], array[epoch], me)) then return false; end if;
    update conversation.conversation v set acknowledged_at = clock_timestamp()
    from conversation.work w
    where v.id = acknowledge.key and w.key = v.id and w.done_seq < acknowledge.head and v.owned_by <> 'human'
      and (v.acknowledged_at is null or v.acknowledged_at < clock_timestamp() - interval '10 minutes');
    if not found then return false; end if;
    insert into conversation.said (id, conversation_id, tenant_id, author, text)
    values ((message ->> 'id')::uuid, acknowledge.key, (message ->> 'tenant_id')::uuid, 'moment', message -> 'body' ->> 'text');
    perform delivery.enqueue_v1(jsonb_build_array(message), true);
    return true;
end $$;
