-- Sending for other programs: once per key, into the line of the conversation it belongs to.

-- Keys of requests already granted, kept for 30 days.
create table delivery.idempotency (
    tenant_id   uuid not null,
    key         text not null,
    -- Of the request as it was meant; never its words.
    fingerprint text not null,
    message_id  uuid not null,
    at          timestamptz not null default clock_timestamp(),
    primary key (tenant_id, key)
);
create index idempotency_at on delivery.idempotency (at);

-- The conversation and the address of a number. Asked of conversation, which knows who wrote; while that cannot be asked,
-- the id it would give to somebody who never wrote, so that order holds either way.
create function delivery.whom(tenant_id uuid, channel_id uuid, phone text, address text)
returns table (conversation_id uuid, to_address text)
language plpgsql stable as $$
#variable_conflict use_variable
begin
    if has_schema_privilege('conversation', 'usage') and to_regprocedure('conversation.whom_v1(uuid,uuid,text)') is not null then
        return query select w.conversation_id, coalesce(w.to_address, address)
                     from conversation.whom_v1(tenant_id, channel_id, phone) w;
    else
        return query select md5(channel_id || ' ' || md5(tenant_id || ' phone:' || phone)::uuid)::uuid, address;
    end if;
exception when invalid_schema_name then
    return query select md5(channel_id || ' ' || md5(tenant_id || ' phone:' || phone)::uuid)::uuid, address;
end $$;

-- Queues a message for a number, once per key. message: as enqueue_v1 takes it, but for conversation_id and to.
-- Outcomes: queued | replayed (the key was used for this request: its message) | other_request (the key was used for another).
create function delivery.send(message jsonb, phone text, address text, key text, request jsonb)
returns table (message_id uuid, outcome text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    print text := encode(sha256(convert_to(request::text, 'UTF8')), 'hex');
    tenant uuid := (message ->> 'tenant_id')::uuid;
    known delivery.idempotency;
begin
    if key is not null then
        -- A concurrent request with the same key makes this wait for its commit.
        insert into delivery.idempotency as i (tenant_id, key, fingerprint, message_id)
        values (tenant, send.key, print, (message ->> 'id')::uuid)
        on conflict on constraint idempotency_pkey do update
        set fingerprint = excluded.fingerprint, message_id = excluded.message_id, at = excluded.at
        where i.at < clock_timestamp() - interval '30 days';
        if not found then
            select i.* into known from delivery.idempotency i where i.tenant_id = tenant and i.key = send.key;
            return query select known.message_id, case when known.fingerprint = print then 'replayed' else 'other_request' end;
            return;
        end if;
    end if;
    return query
    select e.message_id, e.outcome
    from delivery.whom(tenant, (message ->> 'channel_id')::uuid, phone, address) w
    cross join lateral delivery.enqueue_v1(jsonb_build_array(
        message || jsonb_build_object('conversation_id', w.conversation_id, 'to', w.to_address)), true) e;
end $$;

-- Takes back what is still queued. Answers with the state it is in then; null: there is no such message.
create function delivery.cancel(message uuid, reason jsonb) returns text
language plpgsql volatile as $$
declare
    was record;
begin
    select m.state, m.channel_id into was from delivery.message m where m.id = cancel.message for update;
    if was.state is distinct from 'queued' then return was.state; end if;
    update delivery.message m set state = 'cancelled', settled_at = clock_timestamp(), reason = cancel.reason
    where m.id = cancel.message;
    -- Somebody may have waited behind it.
    perform pg_notify('delivery_enqueued', was.channel_id::text);
    return 'cancelled';
end $$;
