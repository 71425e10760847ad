-- Delivery counts WhatsApp's 24-hour window from the customer's last message, so it is told of every one, in the
-- transaction that accepts it.

create function conversation.note_inbound() returns trigger
language plpgsql volatile as $$
begin
    -- Conversation may be migrated before delivery; nothing can be sent through such a channel then.
    if to_regprocedure('delivery.note_inbound_v1(jsonb)') is null then
        return null;
    end if;
    perform delivery.note_inbound_v1(jsonb_agg(jsonb_build_object(
        'channel_id', v.channel_id, 'address', v.to_address, 'at', coalesce(a.sent_at, a.received_at))))
    from appended a join conversation.conversation v on v.id = a.conversation_id
    where a.kind = 'message'
    having count(*) > 0;
    return null;
end $$;

create trigger note_inbound after insert on conversation.item
    referencing new table as appended
    for each statement execute function conversation.note_inbound();
