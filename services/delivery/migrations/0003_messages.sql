-- What is to be said, what was tried, what came back.

-- The forms of what is said.
--
-- body: {kind, …, reply_to?, fallback?}; `text` is what the customer reads, in every kind that has words.
--   text      {text}
--   template  {part, language? | name, language | content_sid, variables: [..] | {..}, header?, buttons?: [payload, ..], text?}
--             part: the channel says which template plays it; its variables go by name
--   buttons   {text, buttons: [{id, title}], header?, footer?, self_contained?}
--   list      {text, button, sections: [{title?, rows: [{id, title, description?}]}], header?, footer?, self_contained?}
--             self_contained: the text says how to answer in words, so as plain text it goes without numbered lines
--   image, document, audio, video   {link, text? (not audio), file_name?, mime_type?}
--   location  {latitude, longitude, name?, address?}
-- reply_to: the provider's id of the message this one answers. fallback: a template to go as where only one may.

-- Absent, null, or a text.
create function delivery.is_optional_text(v jsonb) returns boolean
language sql immutable as $$ select coalesce(jsonb_typeof(v), 'null') in ('null', 'string') $$;

-- A text that says something.
create function delivery.is_filled(v jsonb) returns boolean
language sql immutable as $$ select coalesce(jsonb_typeof(v) = 'string' and v <> '""', false) $$;

create function delivery.is_media(body jsonb) returns boolean
language sql immutable as $$
    select delivery.is_filled(body -> 'link') and body ->> 'link' ~ '^https?://.'
       and delivery.is_optional_text(body -> 'text') and delivery.is_optional_text(body -> 'file_name')
       and delivery.is_optional_text(body -> 'mime_type')
$$;

-- Every one of an array's members has the fields, and there is one at least.
create function delivery.are_answers(v jsonb) returns boolean
language sql immutable as $$
    select case when jsonb_typeof(v) = 'array' then
        (select coalesce(bool_and(delivery.is_filled(a -> 'id') and delivery.is_filled(a -> 'title')), false)
         from jsonb_array_elements(v) a)
        else false end
$$;

create function delivery.is_template(body jsonb) returns boolean
language sql immutable as $$
    select (delivery.is_filled(body -> 'part')
            or delivery.is_filled(body -> 'name') and delivery.is_filled(body -> 'language')
            or delivery.is_filled(body -> 'content_sid'))
       and delivery.is_optional_text(body -> 'text') and delivery.is_optional_text(body -> 'header')
       -- A part's variables are named: which place each has is the channel's knowledge.
       and (body ->> 'part' is null or coalesce(jsonb_typeof(body -> 'variables'), 'object') = 'object'
            or body -> 'variables' = '[]')
       and case coalesce(jsonb_typeof(body -> 'variables'), 'absent')
           when 'absent' then true
           when 'array' then not exists (select from jsonb_array_elements(body -> 'variables') v where jsonb_typeof(v) <> 'string')
           when 'object' then not exists (select from jsonb_each(body -> 'variables') v where jsonb_typeof(v.value) <> 'string')
           else false end
       and case coalesce(jsonb_typeof(body -> 'buttons'), 'absent')
           when 'absent' then true
           when 'array' then not exists (select from jsonb_array_elements(body -> 'buttons') v where jsonb_typeof(v) <> 'string')
           else false end
$$;

create function delivery.are_sections(v jsonb) returns boolean
language sql immutable as $$
    select case when jsonb_typeof(v) = 'array' then
        (select coalesce(bool_and(delivery.are_answers(s -> 'rows')), false) from jsonb_array_elements(v) s)
        else false end
$$;

create function delivery.is_location(body jsonb) returns boolean
language sql immutable as $$
    select case when jsonb_typeof(body -> 'latitude') = 'number' and jsonb_typeof(body -> 'longitude') = 'number'
        then (body ->> 'latitude')::numeric between -90 and 90 and (body ->> 'longitude')::numeric between -180 and 180
            and delivery.is_optional_text(body -> 'name') and delivery.is_optional_text(body -> 'address') end
$$;

-- Branch by branch, so that a text is not asked what only a list has to answer: it is asked of every message.
create function delivery.is_content(body jsonb) returns boolean
language plpgsql immutable as $$
declare fits boolean;
begin
    case body ->> 'kind'
    when 'text' then fits := delivery.is_filled(body -> 'text');
    when 'template' then fits := delivery.is_template(body);
    when 'buttons' then fits := delivery.is_filled(body -> 'text') and delivery.are_answers(body -> 'buttons');
    when 'list' then fits := delivery.is_filled(body -> 'text') and delivery.is_filled(body -> 'button')
                             and delivery.are_sections(body -> 'sections');
    when 'image', 'document', 'video' then fits := delivery.is_media(body);
    -- It has no caption anywhere.
    when 'audio' then fits := delivery.is_media(body) and body ->> 'text' is null;
    when 'location' then fits := delivery.is_location(body);
    else return false;
    end case;
    return coalesce(fits, false) and delivery.is_optional_text(body -> 'reply_to')
        and (coalesce(jsonb_typeof(body -> 'fallback'), 'null') = 'null' or delivery.is_template(body -> 'fallback'));
end $$;

create table delivery.message (
    id              uuid primary key,
    tenant_id       uuid not null,
    channel_id      uuid not null,
    -- Order holds within a line: one conversation in one lane. Numbers are given under the lock of the line's tail, which
    -- makes them unique.
    line_id         uuid not null,
    seq             bigint not null,
    conversation_id uuid not null,
    -- 0 high (replies, confirmations), 1 normal (reminders), 2 bulk.
    lane            smallint not null,
    -- A word that no sender of this service can read would stop the line, so it is refused where it is said.
    class           text not null check (class in ('reply', 'confirmation', 'reminder', 'notice')),
    profile         text not null,
    to_address      text not null,
    body            jsonb not null,
    on_unknown      text not null default 'leave' check (on_unknown in ('leave', 'resend_once')),
    not_after       timestamptz,
    dedupe_key      text,
    replay_of       uuid,
    cause           text,
    correlation_id  uuid not null,
    created_at      timestamptz not null default clock_timestamp(),
    -- queued and intended are undone; everything else is settled and its place in the line is past.
    state           text not null default 'queued' check (state in ('queued', 'intended', 'sent', 'failed', 'unknown',
                        'expired', 'skipped', 'cancelled', 'dry_run', 'dead')),
    -- Calls of the provider, tries of the profile among them, refusals for a limit in a row, and sends after an unknown.
    attempts        int not null default 0,
    tries           int not null default 0,
    waits           int not null default 0,
    resends         int not null default 0,
    due_at          timestamptz not null default '-infinity',
    intended_at     timestamptz,
    first_failed_at timestamptz,
    settled_at      timestamptz,
    -- An unknown outcome: when it is looked up next at a provider that can be asked, and until when evidence counts.
    lookup_at       timestamptz,
    lookups         int not null default 0,
    reconcile_until timestamptz,
    provider_id     text,
    -- Why it stands where it stands: {cause, owner, next_step, class, code}.
    reason          jsonb,
    -- What an operator made of a dead one: {"replayed_as": id} or {"discarded_because": text}.
    resolution      jsonb,
    -- It goes as its fallback from now on.
    as_template     boolean not null default false,
    -- Under which words the provider shows it, where they are not the body's text.
    shown_sha256    text,
    -- When it was made out what a failure reported by the provider means.
    judged_at       timestamptz
) with (fillfactor = 70);
-- Where a body comes in, and nowhere else: as a constraint it was checked again whenever anything of the row changed, which
-- cost more than the change. Asked inside the function: a trigger's own condition is planned anew for every statement.
create function delivery.refuse_other_content() returns trigger
language plpgsql as $$
begin
    if not delivery.is_content(new.body) then
        raise exception 'body of message % is nothing that can be sent', new.id
        using errcode = 'check_violation', hint = 'kind says which fields it must have; a text is {"kind": "text", "text": "…"}';
    end if;
    return new;
end $$;
create trigger body_is_content before insert or update of body on delivery.message
    for each row execute function delivery.refuse_other_content();

-- Undone, and for later: its sender wished so, a rule holds it until then, or its campaign is paused. The rest is the backlog, a
-- pause between two tries included.
create function delivery.is_later(attempts int, due_at timestamptz, reason jsonb) returns boolean
language sql stable as $$
    select due_at > statement_timestamp()
       and (attempts = 0 or reason ->> 'cause' in ('campaign_paused', 'quiet_hours', 'warm_up')) is true
$$;

create index message_undone on delivery.message (channel_id, lane, id) where state in ('queued', 'intended');
create index message_line_undone on delivery.message (channel_id, line_id, seq) where state in ('queued', 'intended');
create index message_intended on delivery.message (channel_id) where state = 'intended';
create index message_unknown on delivery.message (channel_id, lookup_at) where state = 'unknown';
create index message_line_unknown on delivery.message (line_id) where state = 'unknown';
-- Called more often than answered: what an echo may belong to.
create index message_unanswered on delivery.message (channel_id, to_address)
    where attempts > 1 or (attempts = 1 and state not in ('sent', 'failed'));
create index message_dead on delivery.message (settled_at, id) where state in ('dead', 'failed') and resolution is null;
-- Taken by the provider and reported as failed later; nobody has judged that yet.
create index message_failed on delivery.message (channel_id) where state = 'failed' and judged_at is null;
create index message_conversation on delivery.message (tenant_id, conversation_id, id);
create unique index message_dedupe on delivery.message (tenant_id, dedupe_key) where dedupe_key is not null;

-- One call of the provider, written when its outcome is known. The intent before it is in the message's own row.
create table delivery.attempt (
    -- No foreign key: whoever writes this row holds the message's lock, and asking again cost a third of a settlement.
    message_id  uuid not null,
    n           int not null,
    tenant_id   uuid not null,
    started_at  timestamptz not null,
    ended_at    timestamptz not null default clock_timestamp(),
    outcome     text not null check (outcome in ('accepted', 'refused', 'not_sent', 'unknown')),
    class       text,
    code        text,
    cause       text,
    provider_id text,
    -- When it was to be tried again, if it was.
    retry_at    timestamptz,
    -- Its call had no whole answer: when it became known what had come of it.
    known_at    timestamptz,
    primary key (message_id, n)
);

-- When a message was put off although its turn had come, or was not to leave before a time: `message.due_at` forgets that with the
-- next change. For timelines; nothing on the way of a message that is not put off writes here.
create table delivery.hold (
    message_id uuid not null references delivery.message on delete cascade,
    since      timestamptz not null,
    until      timestamptz not null,
    -- not_before, or the word for the rule, and the same in words.
    cause      text not null,
    cause_text text not null,
    primary key (message_id, since)
);

-- The ladder of one message at the provider. Settle and receipts both begin by upserting this row: whoever is first,
-- the other one finds it. A receipt for a message we did not send stays here without message_id.
create table delivery.receipt (
    channel_id   uuid not null,
    provider_id  text not null,
    message_id   uuid,
    -- 1 sent, 2 failed, 3 delivered, 4 read: failed is final unless the phone says otherwise.
    rank         smallint not null default 0,
    sent_at      timestamptz,
    delivered_at timestamptz,
    read_at      timestamptz,
    failed_at    timestamptz,
    error_code   text,
    -- A failure that was taken for another try: it says nothing about that try.
    superseded   boolean not null default false,
    primary key (channel_id, provider_id)
) with (fillfactor = 60);
create index receipt_message on delivery.receipt (message_id) where message_id is not null;

-- What the heart asks this schema (libs/work/sql/work.sql). A channel always has work: its owner holds it while idle,
-- since somebody must listen for its wake-ups. So delivery has no sweeper; owners look for channels without an owner.
create function delivery.undone(key uuid, done_seq bigint) returns boolean
language sql immutable as $$ select true $$;

create view delivery.undone_keys as
    select w.key, '-infinity'::timestamptz as oldest_at from delivery.work w;

-- Channels that one instance may take: without a live owner, and not wished for another. Those wished for it come first. With
-- them, how many one instance should hold so that all hold about the same.
create function delivery.unowned(me uuid) returns table (key uuid, fair_share int, wished boolean)
language sql volatile as $$
    select w.key,
           ceil((select count(*) from delivery.work) / greatest(1, (select count(*) from delivery.instance i
                where delivery.is_live(i.id)))::numeric)::int,
           x.instance_id is not null
    from delivery.work w
    left join delivery.wish x on x.channel_id = w.key and x.until > clock_timestamp() and delivery.is_live(x.instance_id)
    where (w.owner is null or not delivery.is_live(w.owner)) and (x.instance_id is null or x.instance_id = me)
    order by 3 desc, w.key
$$;

-- What this instance should hand back: how many channels above its share, while a newcomer has fewer than its own; and which
-- ones an operator wants another instance to have. `kept`: those it was given by an operator.
create function delivery.share_out(me uuid) returns table (surplus int, away uuid[], kept uuid[])
language sql volatile as $$
    with held as (
        select i.id, (select count(*) from delivery.work w where w.owner = i.id) as many
        from delivery.instance i where delivery.is_live(i.id)
    ), share as (
        select (select count(*) from delivery.work) / count(*)::numeric as each from held
    ), wished as (
        select x.channel_id, x.instance_id from delivery.wish x
        where x.until > clock_timestamp() and delivery.is_live(x.instance_id)
    )
    select case when exists (select from held h where h.id <> me and h.many < floor(s.each))
                then greatest(0, (select h.many from held h where h.id = me) - ceil(s.each))::int else 0 end,
           array (select x.channel_id from wished x where x.instance_id <> me),
           array (select x.channel_id from wished x where x.instance_id = me)
    from share s
$$;
