-- What operators do to a conversation. Each locks the key first: a running turn commits before it or is discarded by it.

-- Changes who answers. False: there is no such conversation, or it stands so already.
create function conversation.set_owner(key uuid, to_owner text, cause text) returns boolean
language plpgsql volatile as $$
declare was text;
begin
    perform from conversation.work w where w.key = set_owner.key for update;
    select v.owned_by into was from conversation.conversation v where v.id = set_owner.key;
    if was is null or was = to_owner then return false; end if;
    update conversation.conversation v set owned_by = to_owner, asked = null where v.id = set_owner.key;
    update conversation.work w set due_at = '-infinity' where w.key = set_owner.key;
    insert into conversation.transition (conversation_id, tenant_id, entity, entity_id, from_state, to_state, cause)
    select v.id, v.tenant_id, 'conversation', v.id, was, to_owner, set_owner.cause
    from conversation.conversation v where v.id = set_owner.key;
    return true;
end $$;

-- A dead item goes to the end of its conversation again, as a new one. Asked again: the same new one.
create function conversation.replay_item(item_id uuid) returns table (new_id uuid, conversation_id uuid, tenant_id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    dead conversation.item;
    fresh uuid;
begin
    select i.* into dead from conversation.item i where i.id = item_id and i.state = 'dead' for update;
    if not found then return; end if;
    if dead.resolution ? 'discarded_because' then return; end if;
    fresh := (dead.resolution ->> 'replayed_as')::uuid;
    if fresh is null then
        fresh := uuidv7();
        with number as (
            update conversation.tail t set next_seq = t.next_seq + 1, appended_at = clock_timestamp()
            where t.key = dead.conversation_id returning t.next_seq - 1 as seq
        )
        insert into conversation.item (id, conversation_id, seq, tenant_id, channel_id, kind, provider_id, body, mark, sent_at,
                                       correlation_id)
        select fresh, dead.conversation_id, n.seq, dead.tenant_id, dead.channel_id, dead.kind, 'replay:' || dead.id, dead.body,
               dead.mark, dead.sent_at, dead.correlation_id
        from number n;
        update conversation.item i set resolution = jsonb_build_object('replayed_as', fresh) where i.id = dead.id;
    end if;
    return query select fresh, dead.conversation_id, dead.tenant_id;
end $$;
