-- A dead message goes to the end of its line again, as a new one: with a fresh time to live, or with what is left of the old one.
-- Asked again: the same new one. Nothing: there is no such dead message, or it was discarded.
create function delivery.replay_message(message_id uuid, keep_expiry boolean) returns table (new_id uuid, channel_id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    dead delivery.message;
    made record;
begin
    select m.* into dead from delivery.message m where m.id = message_id and m.state in ('dead', 'failed') for update;
    if not found or dead.resolution ? 'discarded_because' then return; end if;
    select e.message_id, e.channel_id into made from delivery.enqueue_v1(jsonb_build_array(jsonb_build_object(
        'tenant_id', dead.tenant_id, 'channel_id', dead.channel_id, 'conversation_id', dead.conversation_id,
        'to', dead.to_address, 'lane', (array['high', 'normal', 'bulk'])[dead.lane + 1], 'class', dead.class,
        'profile', dead.profile, 'body', dead.body, 'on_unknown', dead.on_unknown,
        'not_after', case when keep_expiry then dead.not_after else clock_timestamp() + (dead.not_after - dead.created_at) end,
        'correlation_id', dead.correlation_id, 'cause', dead.cause, 'replay_of', dead.id, 'dedupe_key', 'replay:' || dead.id)),
        false) e;
    update delivery.message m set resolution = jsonb_build_object('replayed_as', made.message_id) where m.id = dead.id;
    return query select made.message_id, made.channel_id;
end $$;
