-- The steps of an owner: heads, intend, settle. One statement each for the caller.

-- Heads of lines that may be sent now, of the channels this instance owns, best lane first, oldest first.
-- A head is the first undone message of its line; a closed door lets one through when its probe is due.
create function delivery.heads(me uuid, channels uuid[], wanted int[])
returns table (id uuid, tenant_id uuid, channel_id uuid, conversation_id uuid, line_id uuid, class text, profile text,
               to_address text, body jsonb, on_unknown text, not_after timestamptz, attempts int, first_failed_at timestamptz,
               correlation_id uuid, created_at timestamptz, opted_out boolean, now timestamptz)
language sql volatile as $$
    select m.id, m.tenant_id, m.channel_id, m.conversation_id, m.line_id, m.class, m.profile, m.to_address, m.body,
           m.on_unknown, m.not_after, m.attempts, m.first_failed_at, m.correlation_id, m.created_at,
           exists (select from delivery.opt_out o
                   where o.channel_id = m.channel_id and o.address = m.to_address and o.ended_at is null),
           clock_timestamp()
    from unnest(channels, wanted) k (channel_id, wanted)
    join delivery.work w on w.key = k.channel_id and w.owner = me
    cross join lateral (
        select m.* from delivery.message m
        where m.channel_id = k.channel_id and m.state = 'queued' and m.due_at <= clock_timestamp()
          and not exists (select from delivery.message e
                          where e.line_id = m.line_id and e.seq < m.seq and e.state in ('queued', 'intended'))
        order by m.lane, m.id limit k.wanted
    ) m
    order by m.lane, m.id
$$;

-- Commits intents and the buckets they draw on, before any call. Returns the messages that may be called now: those
-- still queued in channels still mine at the given epoch.
create function delivery.intend(me uuid, messages uuid[], channels uuid[], epochs bigint[], levels float8[],
                                ats timestamptz[])
returns table (id uuid, n int)
language plpgsql volatile as $$
#variable_conflict use_column
declare held uuid[];
begin
    -- A share lock: intents and settlements of one owner go side by side, a change of owner waits for both.
    held := array (select w.key from delivery.work w
                   join unnest(channels, epochs) as c (key, epoch) on c.key = w.key
                   where w.owner = me and w.epoch = c.epoch order by w.key for share of w);
    update delivery.bucket b set tokens = c.level, at = c.at
    from unnest(channels, levels, ats) as c (key, level, at)
    where b.channel_id = c.key and c.key = any (held);
    return query
    update delivery.message m
    set state = 'intended', attempts = m.attempts + 1, intended_at = clock_timestamp()
    where m.id = any (messages) and m.state = 'queued' and m.channel_id = any (held)
    returning m.id, m.attempts;
end $$;

-- Writes what came of calls and of decisions not to call.
--
-- settlements: array of {id, n (attempt number, or null when nothing was called), state, due_at?, outcome?, class?, code?,
--   provider_id?, reason?, started_at?}
-- A settlement for an attempt that a new owner has meanwhile declared unknown can only raise it: what was sent is sent.
create function delivery.settle(settlements jsonb) returns table (id uuid, state text)
language plpgsql volatile as $$
#variable_conflict use_column
declare batch jsonb := settlements;
begin
    -- The ladder's row first, in order, whoever comes first: settle or receipt.
    insert into delivery.receipt as r (channel_id, provider_id, message_id, rank, sent_at)
    select m.channel_id, s.provider_id, s.id, 1, clock_timestamp()
    from jsonb_to_recordset(batch) as s (id uuid, provider_id text, state text)
    join delivery.message m on m.id = s.id
    where s.provider_id is not null and s.state = 'sent'
    order by 1, 2
    on conflict (channel_id, provider_id) do update
    set message_id = excluded.message_id, rank = greatest(r.rank, 1), sent_at = coalesce(r.sent_at, excluded.sent_at);

    insert into delivery.attempt as a (message_id, n, tenant_id, started_at, outcome, class, code, cause, provider_id)
    select s.id, s.n, m.tenant_id, coalesce(s.started_at, m.intended_at), s.outcome, s.class, s.code, s.reason ->> 'cause', s.provider_id
    from jsonb_to_recordset(batch) as s (id uuid, n int, outcome text, class text, code text, provider_id text, reason jsonb,
                                         started_at timestamptz)
    join delivery.message m on m.id = s.id
    where s.n is not null
    order by 1, 2
    on conflict (message_id, n) do update
    set outcome = excluded.outcome, class = excluded.class, code = excluded.code, cause = excluded.cause,
        provider_id = excluded.provider_id, ended_at = excluded.ended_at
    where a.outcome = 'unknown';

    return query
    update delivery.message m
    set state = s.state,
        due_at = coalesce(s.due_at, m.due_at),
        reconcile_at = case when s.state = 'unknown' then clock_timestamp() + interval '5 seconds' end,
        settled_at = case when s.state in ('queued', 'intended') then null else clock_timestamp() end,
        -- A door that closed before anything was tried takes the attempt back.
        attempts = m.attempts - case when s.uncounted then 1 else 0 end,
        first_failed_at = case when s.state = 'queued' and not coalesce(s.uncounted, false)
                               then coalesce(m.first_failed_at, clock_timestamp()) else m.first_failed_at end,
        provider_id = coalesce(s.provider_id, m.provider_id),
        reason = coalesce(s.reason, case when s.state = 'sent' then null else m.reason end)
    from jsonb_to_recordset(batch) as s (id uuid, n int, state text, due_at timestamptz, provider_id text, reason jsonb,
                                         uncounted boolean)
    where m.id = s.id
      and case when s.n is null then m.state = 'queued'
               else (m.state = 'intended' and m.attempts = s.n) or (m.state = 'unknown' and s.state = 'sent') end
    returning m.id, m.state;
end $$;

-- A new owner begins here: whatever was intended under an earlier one may have been sent, nobody knows. The start of a
-- channel ends with this; what a single message does to a process is counted in the message's own row.
create function delivery.adopt(me uuid, channels uuid[]) returns table (id uuid, n int)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    perform from delivery.work w where w.key = any (channels) and w.owner = me order by w.key for update;
    update delivery.work w set starts = 0, alone = false where w.key = any (channels) and w.owner = me;
    return query
    with lost as (
        update delivery.message m
        set state = case when m.on_unknown = 'resend_once' and m.attempts < 2 then 'queued' else 'unknown' end,
            due_at = clock_timestamp() + interval '15 seconds', reconcile_at = clock_timestamp() + interval '5 seconds',
            settled_at = clock_timestamp(),
            reason = jsonb_build_object('cause', 'the sender died between the call and its answer',
                'owner', 'Frontdesk', 'next_step', 'wait for a receipt; ask the customer if none comes', 'class', 'ambiguous')
        from delivery.work w
        where w.key = m.channel_id and w.owner = me and m.channel_id = any (channels) and m.state = 'intended'
        returning m.id, m.attempts, m.tenant_id, m.intended_at
    ), noted as (
        insert into delivery.attempt (message_id, n, tenant_id, started_at, outcome, class, cause)
        select l.id, l.attempts, l.tenant_id, l.intended_at, 'unknown', 'ambiguous', 'the sender died between the call and its answer'
        from lost l on conflict do nothing
    )
    select l.id, l.attempts from lost l;
end $$;

-- Unknown outcomes whose next look-up is due, each look-up later than the one before: 5 s, 15 s, 60 s, then no more.
create function delivery.lookups_due(me uuid, most int)
returns table (id uuid, channel_id uuid, to_address text, body jsonb, intended_at timestamptz, attempts int)
language sql volatile as $$
    update delivery.message m
    set lookups = m.lookups + 1,
        reconcile_at = case m.lookups when 0 then clock_timestamp() + interval '15 seconds'
                                      when 1 then clock_timestamp() + interval '60 seconds' end
    from (select m.id from delivery.message m join delivery.work w on w.key = m.channel_id and w.owner = me
          where m.state = 'unknown' and m.reconcile_at <= clock_timestamp()
          order by m.reconcile_at limit most for update of m skip locked) d
    where m.id = d.id
    returning m.id, m.channel_id, m.to_address, m.body, m.intended_at, m.attempts
$$;
