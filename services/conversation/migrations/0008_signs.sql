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
