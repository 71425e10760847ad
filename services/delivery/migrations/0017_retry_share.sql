-- Repetitions that are held back, since a fifth of their channel's calls were repetitions already
-- (services/delivery/src/domain/repetitions.rs). No try is counted. Each is written when it gets its turn and when it is called
-- up before that, however many are held.

-- Until when the next call of this message was held back beyond `retry_at`, for its timeline.
alter table delivery.attempt add held_until timestamptz;

create function delivery.hold_repetitions(messages uuid[], untils timestamptz[], reason jsonb) returns void
language sql volatile as $$
    with locked as (
        select m.id from delivery.message m where m.id = any (messages) and m.state = 'queued' order by m.id for update
    ), held as (
        update delivery.message m
        set due_at = h.until, reason = hold_repetitions.reason
        from unnest(messages, untils) as h (id, until), locked l
        where m.id = h.id and l.id = h.id
        returning m.id, m.attempts, m.due_at
    )
    update delivery.attempt a set held_until = h.due_at from held h where a.message_id = h.id and a.n = h.attempts
$$;

-- Answers with those that were still held: nobody has cancelled them, and nothing else keeps them.
create function delivery.call_up_repetitions(messages uuid[]) returns setof uuid
language sql volatile as $$
    with locked as (
        select m.id from delivery.message m
        where m.id = any (messages) and m.state = 'queued' and m.reason ->> 'cause' = 'retry_share' order by m.id for update
    ), called as (
        update delivery.message m set due_at = clock_timestamp() from locked l where m.id = l.id
        returning m.id, m.attempts, m.due_at
    ), told as (
        update delivery.attempt a set held_until = c.due_at from called c where a.message_id = c.id and a.n = c.attempts
    )
    select c.id from called c
$$;

-- Who is held, in the order of their turns.
create function delivery.held_repetitions(channels uuid[]) returns table (channel_id uuid, id uuid, lane smallint)
language sql volatile as $$
    select m.channel_id, m.id, m.lane
    from unnest(channels) c (id)
    cross join lateral (select m.* from delivery.message m
                        where m.channel_id = c.id and m.state in ('queued', 'intended')
                        order by m.lane, m.id) m
    where m.state = 'queued' and m.reason ->> 'cause' = 'retry_share'
    order by m.due_at, m.id
$$;
