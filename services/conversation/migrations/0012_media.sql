-- Files that customers sent, one a message and known by it: where each stands. The bytes are in the object store, under the
-- tenant's and the message's id. `conversation.accept_v1` writes the row.
create table conversation.media (
    item_id         uuid primary key,
    tenant_id       uuid not null,
    conversation_id uuid not null,
    channel_id      uuid not null,
    -- The provider's id of the message, and what it says about the file: {source: message | id | url, id, url, mime_type, …}.
    provider_id     text not null,
    named           jsonb not null,
    kind            text not null,
    state           text not null default 'waiting' check (state in ('waiting', 'stored', 'failed', 'expired')),
    -- Raised by every claim: who claimed with an older number settles nothing.
    attempts        int not null default 0,
    due_at          timestamptz not null default clock_timestamp(),
    -- In plain words: why it is not there (yet), or why a voice note has no transcript.
    cause           text,
    content_type    text,
    bytes           bigint,
    sha256          text,
    stored_at       timestamptz,
    keep_until      timestamptz,
    created_at      timestamptz not null default clock_timestamp()
) with (fillfactor = 85);
create index media_due on conversation.media (due_at) where state = 'waiting';
create index media_kept on conversation.media (keep_until) where state = 'stored';
create index media_conversation on conversation.media (conversation_id, created_at);

-- Files that are due, each claimed for `lease_ms`: whoever does not settle it by then has lost it to the next one.
create function conversation.claim_media(most int, lease_ms bigint) returns setof conversation.media
language sql volatile as $$
    update conversation.media m
    set attempts = m.attempts + 1, due_at = clock_timestamp() + lease_ms * interval '1 millisecond'
    where m.item_id in (
        select d.item_id from conversation.media d where d.state = 'waiting' and d.due_at <= clock_timestamp()
        order by d.due_at limit most for update skip locked)
    returning m.*
$$;

-- What came of a claim. outcome: {state, wait_ms, cause, content_type, bytes, sha256, keep_ms, transcript, mark}.
-- A transcript becomes the words of its message. Answers with the conversation when it may be waiting for this; nothing when
-- the claim was lost.
create function conversation.settle_media(item_id uuid, attempt int, outcome jsonb)
returns table (conversation_id uuid, tenant_id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    m conversation.media;
    talks_to text;
begin
    -- The key first, as every turn does.
    perform from conversation.work w join conversation.media f on w.key = f.conversation_id
    where f.item_id = settle_media.item_id for update of w;
    update conversation.media f
    set state = outcome ->> 'state', cause = outcome ->> 'cause', content_type = outcome ->> 'content_type',
        bytes = (outcome ->> 'bytes')::bigint, sha256 = outcome ->> 'sha256',
        stored_at = case when outcome ->> 'state' = 'stored' then clock_timestamp() end,
        keep_until = clock_timestamp() + (outcome ->> 'keep_ms')::bigint * interval '1 millisecond',
        due_at = clock_timestamp() + coalesce((outcome ->> 'wait_ms')::bigint, 0) * interval '1 millisecond'
    where f.item_id = settle_media.item_id and f.attempts = attempt and f.state = 'waiting'
    returning f.* into m;
    if not found then return; end if;

    if outcome ->> 'transcript' is not null then
        update conversation.item i
        set body = i.body || jsonb_build_object('text', outcome ->> 'transcript', 'transcript', true),
            mark = coalesce(outcome ->> 'mark', i.mark)
        where i.id = m.item_id;
        if outcome ->> 'mark' = 'opt_out' then
            -- A spoken STOP counts as much as a written one, and as soon.
            select v.to_address into talks_to from conversation.conversation v where v.id = m.conversation_id;
            perform delivery.opt_out_v1(m.tenant_id, m.channel_id, array[talks_to], 'customer');
        end if;
    end if;
    if m.kind = 'voice' and m.state <> 'waiting' then
        update conversation.work w set due_at = '-infinity' where w.key = m.conversation_id and w.owner is null;
        return query select m.conversation_id, m.tenant_id;
    end if;
end $$;
