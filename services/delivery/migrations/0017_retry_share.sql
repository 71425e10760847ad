-- Repetitions that are held back, since a fifth of their channel's calls were repetitions already
-- (services/delivery/src/domain/retry_share.rs). No try is counted.

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
