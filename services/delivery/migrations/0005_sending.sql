-- The steps of an owner: heads, intend, settle. One statement each for the caller.

-- Heads of lines whose turn it is, of channels this instance owns: best lane first, oldest first, at most `wanted` a channel.
-- A head is the first undone message of its line.
create function delivery.heads(me uuid, channels uuid[], wanted int[])
returns table (id uuid, tenant_id uuid, channel_id uuid, line_id uuid, class text, profile text, to_address text, body jsonb,
               on_unknown text, not_after timestamptz, attempts int, tries int, waits int, resends int, created_at timestamptz,
               prompted boolean, opted_out_at timestamptz, correlation_id uuid, now timestamptz)
language sql volatile as $$
    select m.id, m.tenant_id, m.channel_id, m.line_id, m.class, m.profile, m.to_address, m.body,
           m.on_unknown, m.not_after, m.attempts, m.tries, m.waits, m.resends, m.created_at, m.cause like 'turn:%',
           (select o.at from delivery.opt_out o
            where o.channel_id = m.channel_id and o.address = m.to_address and o.ended_at is null),
           m.correlation_id, clock_timestamp()
    from unnest(channels, wanted) k (channel_id, wanted)
    join delivery.work w on w.key = k.channel_id and w.owner = me
    cross join lateral (
        select m.* from delivery.message m
        where m.channel_id = k.channel_id and m.state = 'queued' and m.due_at <= clock_timestamp()
          and not exists (select from delivery.message e
                          where e.line_id = m.line_id and e.seq < m.seq and e.state in ('queued', 'intended'))
          -- Behind an unknown: sending on could say things twice or out of order while evidence may still come.
          and not exists (select from delivery.message u
                          where u.line_id = m.line_id and u.seq < m.seq and u.state = 'unknown'
                            and u.reconcile_until > clock_timestamp())
        order by m.lane, m.id limit k.wanted
    ) m
    order by m.lane, m.id
$$;

-- Commits intents and the buckets they draw on, before any call. Answers with the messages that may be called now: those
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

-- Writes what came of calls, and of decisions not to call.
--
-- settlements: array of {id, n (attempt number; null when nothing was called), state, due_at?, outcome?, class?, code?,
--   provider_id?, reason?, tries?, waits?, resends?, reconcile_until?}
-- A settlement for an attempt that a new owner has meanwhile declared unknown can only raise it: what was sent is sent.
create function delivery.settle(settlements jsonb) returns table (id uuid, state text)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    -- The ladder's row first, in order, whoever comes first: settle or receipt.
    insert into delivery.receipt as r (channel_id, provider_id, message_id, rank, sent_at)
    select m.channel_id, s.provider_id, s.id, 1, clock_timestamp()
    from jsonb_to_recordset(settlements) as s (id uuid, provider_id text, state text)
    join delivery.message m on m.id = s.id
    where s.provider_id is not null and s.state = 'sent'
    order by 1, 2
    on conflict (channel_id, provider_id) do update
    set message_id = excluded.message_id, rank = greatest(r.rank, 1), sent_at = coalesce(r.sent_at, excluded.sent_at);

    insert into delivery.attempt as a (message_id, n, tenant_id, started_at, outcome, class, code, cause, provider_id)
    select s.id, s.n, m.tenant_id, m.intended_at, s.outcome, s.class, s.code, s.reason ->> 'cause_text', s.provider_id
    from jsonb_to_recordset(settlements) as s (id uuid, n int, outcome text, class text, code text, provider_id text, reason jsonb)
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
        settled_at = case when s.state = 'queued' then null else clock_timestamp() end,
        tries = coalesce(s.tries, m.tries), waits = coalesce(s.waits, m.waits), resends = coalesce(s.resends, m.resends),
        lookup_at = case when s.state = 'unknown' then clock_timestamp() + interval '2 seconds' end,
        lookups = case when s.state = 'unknown' then 0 else m.lookups end,
        reconcile_until = coalesce(s.reconcile_until, m.reconcile_until),
        first_failed_at = case when s.tries > m.tries then coalesce(m.first_failed_at, clock_timestamp())
                               else m.first_failed_at end,
        provider_id = coalesce(s.provider_id, m.provider_id),
        reason = case when s.state = 'sent' then null else coalesce(s.reason, m.reason) end
    from jsonb_to_recordset(settlements) as s (id uuid, n int, state text, due_at timestamptz, provider_id text, reason jsonb,
                                               tries int, waits int, resends int, reconcile_until timestamptz)
    where m.id = s.id
      and case when s.n is null then m.state = 'queued'
               else m.attempts = s.n and (m.state = 'intended' or (m.state = 'unknown' and s.state in ('sent', 'queued'))) end
    returning m.id, m.state;
end $$;

-- A new owner begins here: whatever was intended under an earlier one may have been sent, nobody knows. The start of a
-- channel ends with this; what a single message does to a process is counted in the message's own row.
create function delivery.adopt(me uuid, channels uuid[], reason jsonb, reconcile_ms bigint) returns table (id uuid, n int)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    perform from delivery.work w where w.key = any (channels) and w.owner = me order by w.key for update;
    update delivery.work w set starts = 0, alone = false where w.key = any (channels) and w.owner = me;
    return query
    with lost as (
        update delivery.message m
        set state = 'unknown', settled_at = clock_timestamp(), lookup_at = clock_timestamp() + interval '2 seconds', lookups = 0,
            reconcile_until = clock_timestamp() + adopt.reconcile_ms * interval '1 millisecond', reason = adopt.reason
        from delivery.work w
        where w.key = m.channel_id and w.owner = me and m.channel_id = any (channels) and m.state = 'intended'
        returning m.id, m.attempts, m.tenant_id, m.intended_at
    ), noted as (
        insert into delivery.attempt (message_id, n, tenant_id, started_at, outcome, class, cause)
        select l.id, l.attempts, l.tenant_id, l.intended_at, 'unknown', 'ambiguous', adopt.reason ->> 'cause_text'
        from lost l on conflict do nothing
    )
    select l.id, l.attempts from lost l;
end $$;

-- Unknown outcomes whose next look-up is due: 2 s after they became unknown, then 8 s, 20 s and 60 s later each.
create function delivery.lookups_due(me uuid, most int)
returns table (id uuid, channel_id uuid, to_address text, body jsonb, intended_at timestamptz, attempts int, tries int,
               resends int, on_unknown text, not_after timestamptz, reconcile_until timestamptz, cause text, taken text[],
               now timestamptz)
language sql volatile as $$
    with due as (
        update delivery.message m
        set lookups = m.lookups + 1,
            lookup_at = case m.lookups when 0 then clock_timestamp() + interval '8 seconds'
                                       when 1 then clock_timestamp() + interval '20 seconds'
                                       when 2 then clock_timestamp() + interval '60 seconds' end
        from (select m.id from delivery.message m join delivery.work w on w.key = m.channel_id and w.owner = me
              where m.state = 'unknown' and m.lookup_at <= clock_timestamp()
              order by m.lookup_at limit most for update of m skip locked) d
        where m.id = d.id
        returning m.*
    )
    select d.id, d.channel_id, d.to_address, d.body, d.intended_at, d.attempts, d.tries, d.resends, d.on_unknown, d.not_after,
           d.reconcile_until, d.reason ->> 'cause',
           -- Ids at the provider that other messages to this address have already.
           array (select o.provider_id from delivery.message o
                  where o.line_id = d.line_id and o.provider_id is not null and o.id <> d.id
                  order by o.seq desc limit 50),
           clock_timestamp()
    from due d
$$;

-- Intents whose COMMIT answer was lost, and which were therefore never called: queued again, as if nothing had been.
create function delivery.take_back(me uuid, messages uuid[]) returns void
language sql volatile as $$
    update delivery.message m
    set state = 'queued', attempts = m.attempts - 1
    from delivery.work w
    where m.id = any (messages) and m.state = 'intended' and w.key = m.channel_id and w.owner = me
$$;
