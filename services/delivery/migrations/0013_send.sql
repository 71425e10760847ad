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

-- For other programs, in a transaction of their own: says something to a number. One call; delivery hears of it at the commit.
--
-- message: {channel, phone, text | body, lane?, class?, profile?, not_before?, not_after?, on_unknown?, key?, fallback?}
--   channel: its id or its slug. phone: with its country code, +447700900123. body: as in 0003_messages.sql.
--   Without more it is a notice in the lane normal, tried again like a conversation, of no use after a day. key: whoever asks again
--   with the same key within 30 days gets the same message, and an error if the rest differs.
-- Answers with the id by which the message can be asked for (msg_…). What is wrong is an error (22023) that names the field and never repeats what was given.
create function delivery.send_v1(message jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    known constant text[] := '{channel, phone, text, body, lane, class, profile, not_before, not_after, on_unknown, key, fallback}';
    strange text;
    c delivery.channel;
    phone text := send_v1.message ->> 'phone';
    body jsonb := coalesce(nullif(send_v1.message -> 'body', 'null'),
                           jsonb_build_object('kind', 'text', 'text', send_v1.message -> 'text'));
    begins timestamptz;
    ends timestamptz;
    sent record;
begin
    if jsonb_typeof(message) is distinct from 'object' then
        raise exception 'message is no object' using errcode = '22023', hint = 'give {"channel": …, "phone": …, "text": …}';
    end if;
    select k into strange from jsonb_object_keys(message) k where k <> all (known) order by k limit 1;
    if strange is not null then
        raise exception 'message has a field that is not known: %', left(strange, 40)
            using errcode = '22023', hint = 'known are ' || array_to_string(known, ', ');
    end if;
    select x.* into c from delivery.channel x where message ->> 'channel' in (x.slug, 'chn_' || replace(x.id::text, '-', ''), x.id::text);
    if not found then
        raise exception 'channel is missing or not known' using errcode = '22023', hint = 'give the id or the slug of a channel';
    end if;
    if phone is null or phone !~ '^\+[1-9][0-9]{6,14}$' then
        raise exception 'phone is missing or no number' using errcode = '22023',
            hint = 'give it with its country code and without spaces, such as +447700900123';
    end if;
    if message ? 'text' and message ? 'body' then
        raise exception 'text stands beside body' using errcode = '22023', hint = 'give one of them';
    end if;
    if nullif(message -> 'fallback', 'null') is not null then
        body := body || jsonb_build_object('fallback', message -> 'fallback');
    end if;
    if not delivery.is_content(body) then
        raise exception 'text or body is nothing that can be sent' using errcode = '22023',
            hint = 'give "text": "…", or a body whose kind says which fields it must have';
    end if;
    if length(body ->> 'text') > 4096 then
        raise exception 'text has % characters', length(body ->> 'text') using errcode = '22023', hint = 'give at most 4096';
    end if;
    if coalesce(message ->> 'lane', 'normal') not in ('high', 'normal', 'bulk') then
        raise exception 'lane is none of its words' using errcode = '22023', hint = 'use high, normal or bulk';
    end if;
    if coalesce(message ->> 'class', 'notice') not in ('reply', 'confirmation', 'reminder', 'notice') then
        raise exception 'class is none of its words' using errcode = '22023', hint = 'use reply, confirmation, reminder or notice';
    end if;
    if coalesce(message ->> 'profile', 'conversation') not in ('conversation', 'reminder') then
        raise exception 'profile is none of its words' using errcode = '22023', hint = 'use conversation or reminder';
    end if;
    if coalesce(message ->> 'on_unknown', 'leave') not in ('leave', 'resend_once') then
        raise exception 'on_unknown is none of its words' using errcode = '22023', hint = 'use leave or resend_once';
    end if;
    begin
        begins := (message ->> 'not_before')::timestamptz;
        ends := (message ->> 'not_after')::timestamptz;
    exception when data_exception then
        raise exception 'not_before or not_after is no time' using errcode = '22023', hint = 'write it as 2030-03-04T10:00:00Z';
    end;
    ends := coalesce(ends, greatest(begins, clock_timestamp()) + interval '1 day');
    if ends <= greatest(begins, clock_timestamp()) then
        raise exception 'not_after is not after the time it may go' using errcode = '22023', hint = 'give a later time, or none';
    end if;
    if begins > clock_timestamp() + interval '366 days' then
        raise exception 'not_before is more than a year ahead' using errcode = '22023', hint = 'send it nearer to its time';
    end if;

    select s.* into sent from delivery.send(
        jsonb_build_object('id', uuidv7(), 'tenant_id', c.tenant_id, 'channel_id', c.id,
                           'lane', coalesce(message ->> 'lane', 'normal'), 'class', coalesce(message ->> 'class', 'notice'),
                           'profile', coalesce(message ->> 'profile', 'conversation'), 'body', body,
                           'on_unknown', coalesce(message ->> 'on_unknown', 'leave'), 'not_before', begins, 'not_after', ends,
                           'correlation_id', uuidv7(), 'cause', 'sql:' || session_user),
        phone, case when c.provider = 'twilio' then 'whatsapp:' || phone else ltrim(phone, '+') end, message ->> 'key',
        message - 'key') s;
    if sent.outcome = 'other_request' then
        raise exception 'key was used for another message, msg_%', replace(sent.message_id::text, '-', '')
            using errcode = '22023', hint = 'use a new key for a new message, or repeat the call exactly as it was';
    end if;
    return 'msg_' || replace(sent.message_id::text, '-', '');
end $$;

revoke execute on function delivery.send_v1(jsonb) from public;
