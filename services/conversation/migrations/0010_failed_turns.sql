-- Turns that failed: what a timeline tells between a customer's message and its answer.

create table conversation.failed_turn (
    conversation_id uuid not null,
    -- The items it was about.
    from_seq        bigint not null,
    upto_seq        bigint not null,
    started_at      timestamptz not null,
    ended_at        timestamptz not null default clock_timestamp(),
    -- In words, without customers' data.
    cause           text not null,
    -- Tried again from then on.
    due_at          timestamptz not null,
    primary key (conversation_id, started_at)
);

-- A turn failed and is tried again at `wait_ms` from now. False: another owner has the key.
create function conversation.fail_turn(key uuid, epoch bigint, me uuid, wait_ms bigint, error jsonb, started_at timestamptz)
returns boolean
language plpgsql volatile as $$
declare
    mine uuid;
    due timestamptz := clock_timestamp() + wait_ms * interval '1 millisecond';
begin
    select f into mine from conversation.fence(array[key], array[epoch], me) f;
    if mine is null then return false; end if;
    with tried as (
        update conversation.item i set attempts = i.attempts + 1, error = fail_turn.error
        where i.conversation_id = mine and i.state = 'undone'
        returning i.seq
    )
    insert into conversation.failed_turn (conversation_id, from_seq, upto_seq, started_at, cause, due_at)
    select mine, min(t.seq), max(t.seq), fail_turn.started_at, coalesce(fail_turn.error ->> 'cause', ''), due
    from tried t having count(*) > 0
    on conflict do nothing;
    update conversation.work w set owner = null, starts = 0, alone = false, due_at = due where w.key = mine;
    return true;
end $$;
