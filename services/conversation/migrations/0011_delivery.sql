-- What conversation and delivery tell each other.

-- The conversation a message to this number (E.164, folded) belongs to on a channel, and the address it goes to there. Of
-- somebody who never wrote there is no address, and the conversation's id is the one accept_v1 gives when they do.
create function conversation.whom_v1(tenant_id uuid, channel_id uuid, phone text)
returns table (conversation_id uuid, to_address text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(v.id, conversation.named_id(whom_v1.channel_id || ' ' || c.id)), v.to_address
    from (select coalesce(
              (select a.contact_id from conversation.contact_alias a
               where a.tenant_id = whom_v1.tenant_id and a.kind = 'phone' and a.value = whom_v1.phone),
              conversation.named_id(whom_v1.tenant_id || ' phone:' || whom_v1.phone)) as id) c
    left join conversation.conversation v on v.channel_id = whom_v1.channel_id and v.contact_id = c.id
$$;

revoke execute on function conversation.whom_v1(uuid, uuid, text) from public;
grant usage on schema conversation to delivery_app;
grant execute on function conversation.whom_v1(uuid, uuid, text) to delivery_app;

-- Delivery is told when a person takes a conversation over, in the transaction that says so: what the machine had answered
-- and could not send yet (a closed door, a retry, the pace) must not be said over the person's head. The turn that hands the
-- conversation over queues its own words after this.
create function conversation.note_takeover() returns trigger
language plpgsql volatile as $$
begin
    -- Conversation may be migrated before delivery; nothing can wait there then.
    if to_regprocedure('delivery.hush_v1(uuid,uuid)') is not null then
        perform delivery.hush_v1(new.tenant_id, new.id);
    end if;
    return null;
end $$;

create trigger note_takeover after update of owned_by on conversation.conversation
    for each row when (new.owned_by = 'human' and old.owned_by <> 'human') execute function conversation.note_takeover();
