-- How somebody is written to of whom a booking names only the number (E.164, folded): the channel, the conversation they have
-- there or will have, who they are, and the address in the form of the channel's provider.
--
-- channel: id or slug; '' where the tenant has one channel that is on. No row: there is no such channel, or it is not clear which.
create function conversation.reach_v1(tenant_id uuid, channel text, phone text)
returns table (channel_id uuid, conversation_id uuid, contact_id uuid, to_address text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select h.id, coalesce(v.id, conversation.named_id(h.id || ' ' || c.id)), c.id,
           coalesce(v.to_address, case h.provider when 'twilio' then 'whatsapp:' || reach_v1.phone else ltrim(reach_v1.phone, '+') end)
    from conversation.channel h
    cross join lateral (select coalesce(
        (select a.contact_id from conversation.contact_alias a
         where a.tenant_id = reach_v1.tenant_id and a.kind = 'phone' and a.value = reach_v1.phone),
        conversation.named_id(reach_v1.tenant_id || ' phone:' || reach_v1.phone)) as id) c
    left join conversation.conversation v on v.channel_id = h.id and v.contact_id = c.id
    where h.tenant_id = reach_v1.tenant_id and h.disabled_at is null
      and case when reach_v1.channel = ''
          then (select count(*) from conversation.channel o
                where o.tenant_id = reach_v1.tenant_id and o.disabled_at is null) = 1
          else reach_v1.channel in (h.id::text, h.slug) end
$$;

revoke execute on function conversation.reach_v1(uuid, text, text) from public;
grant usage on schema conversation to scheduler_app;
grant execute on function conversation.reach_v1(uuid, text, text) to scheduler_app;
