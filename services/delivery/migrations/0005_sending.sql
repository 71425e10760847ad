-- The steps of an owner: heads, intend, settle. One statement each for the caller.

-- Heads of lines whose turn it is, of channels this instance owns, at most `wanted` a channel, in the order in which their
-- lanes' turns come. A head is the first undone message of its line. begun, weights: three numbers each, best lane first
-- (`begun` for one channel after the other): the n-th head of a lane has its turn at begun + n / weight
-- (services/delivery/src/domain/lane.rs).
-- undone: how many messages of the channel are queued or under way, where fewer heads were found than wanted.
create function delivery.heads(me uuid, channels uuid[], wanted int[], begun float8[], weights float8[])
returns table (id uuid, channel_id uuid, class text, profile text, to_address text, body jsonb, not_after timestamptz,
               tries int, waits int, created_at timestamptz, prompted boolean, opted_out_at timestamptz,
               correlation_id uuid, as_template boolean, last_inbound_at timestamptz, lane smallint, twin_until timestamptz,
               pair_at timestamptz, undone int, now timestamptz)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    -- So far into the queue the heads are looked for one by one.
    near constant int := 256;
    k record;
    chosen uuid[] := '{}';
    -- By place in `chosen`.
    counted int[] := '{}';
    waiting int;
begin
    for k in
        select c.channel_id, c.wanted, begun[3 * c.nth - 2 : 3 * c.nth] as begun, array (
            select h.id
            from (values (0::smallint), (1::smallint), (2::smallint)) l (lane)
            cross join lateral unnest(array (
                select m.id
                from (select m.* from delivery.message m
                      -- Said as a range: for one lane alone the order would be that of the primary key, too, which knows all
                      -- messages there ever were.
                      where m.channel_id = c.channel_id and m.lane between l.lane and l.lane
                        and m.state in ('queued', 'intended')
                      order by m.lane, m.id limit near) m
                where m.state = 'queued' and m.due_at <= clock_timestamp()
                  -- In this order only one index serves, whatever the plan was made for.
                  and m.seq = (select e.seq from delivery.message e
                               where e.channel_id = m.channel_id and e.line_id = m.line_id
                                 and e.state in ('queued', 'intended')
                               order by e.seq limit 1)
                  -- Behind an unknown: sending on could say things twice or out of order while evidence may still come.
                  and not exists (select from delivery.message u
                                  where u.line_id = m.line_id and u.seq < m.seq and u.state = 'unknown'
                                    and u.reconcile_until > clock_timestamp())
                order by m.lane, m.id limit c.wanted)) with ordinality h (id, n)
            order by begun[3 * c.nth - 2 + l.lane] + h.n / weights[l.lane + 1], l.lane, h.n limit c.wanted) as ids
        from unnest(channels, wanted) with ordinality as c (channel_id, wanted, nth)
        join delivery.work w on w.key = c.channel_id and w.owner = me
        order by c.nth
    loop
        waiting := case when cardinality(k.ids) < k.wanted
            then (select count(*) from (select from delivery.message m
                                        where m.channel_id = k.channel_id and m.state in ('queued', 'intended')
                                        limit near + 1) u) end;
        -- A few long lines fill the beginning of the queue: go from line to line instead.
        if waiting > near then
            waiting := null;
            k.ids := array (
                select h.id
                from (select b.id, b.lane, k.begun[b.lane + 1]
                             + row_number() over (partition by b.lane order by b.id) / weights[b.lane + 1] as turn
                      from delivery.heads_by_line(k.channel_id) b) h
                order by h.turn, h.lane, h.id limit k.wanted);
        end if;
        counted := counted || array_fill(waiting, array[cardinality(k.ids)]);
        chosen := chosen || k.ids;
    end loop;
    return query
    select m.id, m.channel_id, m.class, m.profile, m.to_address, m.body, m.not_after, m.tries, m.waits, m.created_at,
           -- An operator's replay is no answer to anything the customer has just said.
           m.cause like 'turn:%' and m.replay_of is null,
           (select o.at from delivery.opt_out o
            where o.channel_id = m.channel_id and o.address = m.to_address and o.ended_at is null),
           m.correlation_id, m.as_template,
           (select i.at from delivery.inbound i where i.channel_id = m.channel_id and i.address = m.to_address),
           m.lane,
           -- The same was said to them in another lane, and nobody knows yet whether it arrived.
           (select max(u.reconcile_until) from delivery.message u
            where u.channel_id = m.channel_id and u.state = 'unknown' and u.to_address = m.to_address and u.body = m.body
              and u.reconcile_until > clock_timestamp()),
           (select p.at from delivery.pair p where p.channel_id = m.channel_id and p.address = m.to_address),
           c.undone, clock_timestamp()
    from unnest(chosen, counted) with ordinality c (id, undone, nth) join delivery.message m on m.id = c.id
    order by c.nth;
end $$;

-- The same heads, found by one step of an index per line however long the lines are.
create function delivery.heads_by_line(channel uuid) returns table (id uuid, lane smallint)
language sql volatile as $$
    with recursive line as (
        (select m.line_id, m.seq, m.id, m.lane, m.state, m.due_at from delivery.message m
         where m.channel_id = channel and m.state in ('queued', 'intended')
         order by m.line_id, m.seq limit 1)
        union all
        select n.* from line l cross join lateral (
            select m.line_id, m.seq, m.id, m.lane, m.state, m.due_at from delivery.message m
            where m.channel_id = channel and m.state in ('queued', 'intended') and m.line_id > l.line_id
            order by m.line_id, m.seq limit 1) n
    )
    select l.id, l.lane from line l
    where l.state = 'queued' and l.due_at <= clock_timestamp()
      and not exists (select from delivery.message u
                      where u.line_id = l.line_id and u.seq < l.seq and u.state = 'unknown'
                        and u.reconcile_until > clock_timestamp())
$$;

-- Commits intents and the buckets they draw on, before any call. Answers with the messages that may be called now: those
-- still queued in channels still mine at the given epoch.
-- forms: array of {id, as_template, shown?}, for messages that leave as something else than their text
-- pairs: array of {channel_id, address}, one for each message to somebody whose pace is limited by itself
create function delivery.intend(me uuid, messages uuid[], channels uuid[], epochs bigint[], levels float8[],
                                ats timestamptz[], forms jsonb, pairs jsonb)
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
    if pairs <> '[]' then
        insert into delivery.pair as p (channel_id, address, at)
        select r.channel_id, r.address, clock_timestamp() + count(*) * delivery.pair_interval()
        from jsonb_to_recordset(pairs) as r (channel_id uuid, address text)
        where r.channel_id = any (held) group by 1, 2 order by 1, 2
        on conflict on constraint pair_pkey do update
        set at = greatest(excluded.at, p.at + delivery.pair_interval());
    end if;
    return query
    update delivery.message m
    set state = 'intended', attempts = m.attempts + 1, intended_at = clock_timestamp(),
        as_template = coalesce(f.as_template, m.as_template),
        shown_sha256 = case when f.id is null then m.shown_sha256
                            else encode(sha256(convert_to(f.shown, 'UTF8')), 'hex') end
    from unnest(messages) as i (id)
    left join jsonb_to_recordset(forms) as f (id uuid, as_template boolean, shown text) on f.id = i.id
    -- In words no index of the queue knows: each message is looked up by its id, however long the queue is.
    where m.id = i.id and (m.state = 'queued' and m.channel_id = any (held)) is true
    returning m.id, m.attempts;
end $$;

-- Writes what came of calls, and of decisions not to call.
--
-- settlements: array of {id, n (attempt number; null when nothing was called), state, due_at?, outcome?, class?, code?,
--   provider_id?, reason?, tries?, waits?, resends?, as_template?, reconcile_until?}
-- What is known is believed: a message whose receipt or echo is there was sent, whatever its call came to; and an attempt
-- that was sent was sent, whatever others have declared meanwhile.
create function delivery.settle(settlements jsonb) returns table (id uuid, state text)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    messages uuid[];
    -- A failure was reported before its message was settled.
    failed boolean;
    -- Something else than the provider's yes is among them.
    seldom boolean := settlements @? '$[*] ? (@.state != "sent")';
    applied bigint;
begin
    -- Everybody who writes about a message (settle, receipts, echo) takes the ladder's rows first, then the messages', both
    -- in order. Whoever is second waits, and sees what the first one wrote.
    with risen as (
        insert into delivery.receipt as r (channel_id, provider_id, message_id, rank, sent_at)
        select m.channel_id, s.provider_id, s.id, 1, clock_timestamp()
        from jsonb_to_recordset(settlements) as s (id uuid, provider_id text, state text)
        join delivery.message m on m.id = s.id
        where s.provider_id is not null and s.state = 'sent'
        order by 1, 2
        on conflict (channel_id, provider_id) do update
        set message_id = excluded.message_id, rank = greatest(r.rank, 1), sent_at = coalesce(r.sent_at, excluded.sent_at)
        returning r.rank
    )
    select coalesce(bool_or(r.rank = 2), false) into failed from risen r;
    messages := array (select (s.v ->> 'id')::uuid from jsonb_array_elements(settlements) s (v));
    perform from delivery.message m where m.id = any (messages) order by m.id for update;
    if seldom then
        perform delivery.note_holds(settlements);
    end if;

    insert into delivery.attempt as a (message_id, n, tenant_id, started_at, outcome, class, code, cause, provider_id,
                                       retry_at)
    select s.id, s.n, m.tenant_id, m.intended_at, s.outcome, s.class, s.code,
           nullif(concat_ws(': ', s.reason ->> 'cause_text', s.reason ->> 'said'), ''), s.provider_id,
           case when s.state = 'queued' then s.due_at end
    from jsonb_to_recordset(settlements) as s (id uuid, n int, outcome text, class text, code text, provider_id text, reason jsonb,
                                               state text, due_at timestamptz)
    join delivery.message m on m.id = s.id
    where s.n is not null
    order by 1, 2
    on conflict (message_id, n) do update
    set outcome = excluded.outcome, class = excluded.class, code = excluded.code, cause = excluded.cause,
        provider_id = excluded.provider_id, retry_at = excluded.retry_at,
        ended_at = case when a.outcome = 'unknown' then a.ended_at else excluded.ended_at end,
        known_at = case when a.outcome = 'unknown' and excluded.outcome <> 'unknown' then clock_timestamp() else a.known_at end
    where a.outcome <> 'accepted';

    return query
    update delivery.message m
    set state = s.state,
        due_at = coalesce(s.due_at, m.due_at),
        settled_at = case when s.state = 'queued' then null else clock_timestamp() end,
        tries = coalesce(s.tries, m.tries), waits = coalesce(s.waits, m.waits), resends = coalesce(s.resends, m.resends),
        as_template = coalesce(s.as_template, m.as_template),
        lookup_at = case when s.state = 'unknown' then clock_timestamp() + interval '2 seconds' end,
        lookups = case when s.state = 'unknown' then 0 else m.lookups end,
        reconcile_until = coalesce(s.reconcile_until, m.reconcile_until),
        first_failed_at = case when s.tries > m.tries then coalesce(m.first_failed_at, clock_timestamp())
                               else m.first_failed_at end,
        provider_id = coalesce(s.provider_id, m.provider_id),
        reason = case when s.state = 'sent' then null else coalesce(s.reason, m.reason) end
    from jsonb_to_recordset(settlements) as s (id uuid, n int, state text, due_at timestamptz, provider_id text, reason jsonb,
                                               tries int, waits int, resends int, as_template boolean,
                                               reconcile_until timestamptz)
    where m.id = s.id
      and case when s.n is null then m.state = 'queued'
               when m.attempts <> s.n then false
               when s.state = 'sent' then m.state not in ('sent', 'failed')
               else m.state = 'intended' or (m.state = 'unknown' and s.state <> 'unknown') end
    returning m.id, m.state;
    -- What was sent, and of which no failure was reported, stands. What came too late for its row is a proof all the same.
    get diagnostics applied = row_count;
    if failed or applied < jsonb_array_length(settlements) or seldom then
        perform delivery.believe(messages);
        perform delivery.note_unsubscribed(settlements);
    end if;
end $$;

-- What is put off is noted before it is: by which rule, until when, and until when it was not to leave anyway, which the new time
-- overwrites. A rule that goes on is one hold. The caller holds the rows. settlements: as in settle
create function delivery.note_holds(settlements jsonb) returns void
language sql volatile as $$
    with put_off as (
        select m.id, s.n, s.due_at, s.reason ->> 'cause' as cause, s.reason ->> 'cause_text' as cause_text, m.created_at,
               m.due_at as was_due
        from jsonb_to_recordset(settlements) as s (id uuid, n int, state text, due_at timestamptz, reason jsonb)
        join delivery.message m on m.id = s.id
        where s.state = 'queued' and s.due_at is not null
          and case when s.n is null then m.state = 'queued' else m.attempts = s.n and m.state in ('intended', 'unknown') end
    ), planned as (
        insert into delivery.hold (message_id, since, until, cause, cause_text)
        select p.id, p.created_at, p.was_due, 'not_before', 'it was not to leave earlier' from put_off p
        where p.was_due > p.created_at and coalesce(p.n, 1) = 1
          and not exists (select from delivery.hold h where h.message_id = p.id)
          -- Before its first call nothing else has moved it.
          and (p.n = 1 or not exists (select from delivery.attempt a where a.message_id = p.id))
        on conflict do nothing
    ), goes_on as (
        update delivery.hold h set until = p.due_at from put_off p
        where p.n is null and h.message_id = p.id and h.cause = p.cause and h.until > clock_timestamp() - interval '10 seconds'
        returning h.message_id
    )
    insert into delivery.hold (message_id, since, until, cause, cause_text)
    select p.id, clock_timestamp(), p.due_at, p.cause, coalesce(p.cause_text, p.cause) from put_off p
    where p.n is null and p.cause is not null and p.id not in (select g.message_id from goes_on g)
    on conflict do nothing
$$;

-- Who unsubscribed at the provider gets nothing from us either. rows: array of {id, reason}
create function delivery.note_unsubscribed(rows jsonb) returns void
language sql volatile as $$
    select delivery.opt_out_v1(m.tenant_id, m.channel_id, array[m.to_address], 'provider')
    from jsonb_to_recordset(rows) as s (id uuid, reason jsonb) join delivery.message m on m.id = s.id
    where s.reason ->> 'cause' = 'unsubscribed' order by m.channel_id, m.to_address
$$;

-- Messages of which the provider said more than their calls did: what was seen there was sent; what could not be delivered
-- failed, until it arrives after all. A call under way is left alone, its settlement ends here. The caller holds the rows.
create function delivery.believe(messages uuid[]) returns void
language sql volatile as $$
    with proof as (
        select distinct on (r.message_id) r.message_id, r.provider_id, r.rank, r.error_code
        from delivery.receipt r where r.message_id = any (messages) and not (r.superseded and r.rank <= 2)
        order by r.message_id, r.rank desc
    ), believed as (
        update delivery.message m
        set state = case when p.rank = 2 then 'failed' else 'sent' end,
            provider_id = coalesce(m.provider_id, p.provider_id), settled_at = clock_timestamp(), lookup_at = null,
            -- Without a code there is nothing to make out.
            judged_at = case when p.rank = 2 and p.error_code is null then clock_timestamp() end,
            reason = case when p.rank = 2 then jsonb_build_object('cause', 'not_delivered', 'cause_text',
                          'the provider took it and failed to deliver it' || coalesce(' (code ' || p.error_code || ')', ''),
                          'owner', 'front_desk', 'next_step', 'reach the customer another way') end
        from proof p
        where m.id = p.message_id
          and case m.state when 'intended' then false when 'sent' then p.rank = 2 when 'failed' then p.rank > 2 else true end
        returning m.id, m.attempts, p.provider_id
    )
    update delivery.attempt a
    set outcome = 'accepted', provider_id = b.provider_id, class = null, code = null, cause = null,
        known_at = case when a.outcome = 'unknown' then clock_timestamp() else a.known_at end
    from believed b where a.message_id = b.id and a.n = b.attempts and a.outcome <> 'accepted'
$$;

-- A new owner begins here: whatever was intended under an earlier one may have been sent, nobody knows. The start of a
-- channel ends with this; what a single message does to a process is counted in the message's own row.
create function delivery.adopt(me uuid, channels uuid[], reason jsonb, reconcile_ms bigint) returns table (id uuid, n int)
language plpgsql volatile as $$
#variable_conflict use_column
declare lost uuid[];
begin
    perform from delivery.work w where w.key = any (channels) and w.owner = me order by w.key for update;
    update delivery.work w set starts = 0, alone = false where w.key = any (channels) and w.owner = me;
    insert into delivery.channel_history (channel_id, what)
    select c.id, 'owner' from delivery.channel c join delivery.work w on w.key = c.id and w.owner = me
    where c.id = any (channels) on conflict do nothing;
    lost := array (select m.id from delivery.message m join delivery.work w on w.key = m.channel_id and w.owner = me
                   where m.channel_id = any (channels) and m.state = 'intended' order by m.id for update of m);
    insert into delivery.attempt (message_id, n, tenant_id, started_at, outcome, class, cause)
    select m.id, m.attempts, m.tenant_id, m.intended_at, 'unknown', 'ambiguous', adopt.reason ->> 'cause_text'
    from delivery.message m where m.id = any (lost)
    on conflict do nothing;
    update delivery.message m
    set state = 'unknown', settled_at = clock_timestamp(), lookup_at = clock_timestamp() + interval '2 seconds', lookups = 0,
        reconcile_until = clock_timestamp() + adopt.reconcile_ms * interval '1 millisecond', reason = adopt.reason
    where m.id = any (lost);
    perform delivery.believe(lost);
    -- Whoever looked for the last time may not have come to a verdict.
    update delivery.message m set lookup_at = clock_timestamp(), lookups = 3
    from delivery.work w
    where w.key = m.channel_id and w.owner = me and m.channel_id = any (channels) and m.state = 'unknown'
      and m.lookup_at is null and m.reconcile_until > clock_timestamp();
    return query select m.id, m.attempts from delivery.message m where m.id = any (lost) and m.state = 'unknown';
end $$;

-- Unknown outcomes whose next look-up is due: 2 s after they became unknown, then 8 s, 20 s and 60 s later each, where evidence is
-- waited for 90 s (evidence_ms), and in proportion where it is not. The last one decides.
-- Only of channels whose provider can be asked now: a look-up that cannot be made must not be used up.
create function delivery.lookups_due(me uuid, channels uuid[], most int, evidence_ms bigint)
returns table (id uuid, channel_id uuid, to_address text, body jsonb, intended_at timestamptz, attempts int,
               resends int, on_unknown text, not_after timestamptz, is_last boolean, cause text, taken text[],
               correlation_id uuid, tries int, profile text, as_template boolean, now timestamptz)
language sql volatile as $$
    with due as (
        update delivery.message m
        set lookups = m.lookups + 1,
            lookup_at = case m.lookups when 0 then clock_timestamp() + (evidence_ms - 2000) / 88.0 * interval '8 ms'
                                       when 1 then clock_timestamp() + (evidence_ms - 2000) / 88.0 * interval '20 ms'
                                       when 2 then clock_timestamp() + (evidence_ms - 2000) / 88.0 * interval '60 ms'
                                       -- Should its owner die while it makes the last one.
                                       else clock_timestamp() + interval '1 minute' end
        from (select m.id from delivery.message m join delivery.work w on w.key = m.channel_id and w.owner = me
              where m.state = 'unknown' and m.lookup_at <= clock_timestamp() and m.channel_id = any (channels)
              order by m.lookup_at limit most for update of m skip locked) d
        where m.id = d.id
        returning m.*
    )
    select d.id, d.channel_id, d.to_address, d.body, d.intended_at, d.attempts, d.resends, d.on_unknown, d.not_after,
           d.lookups > 3, d.reason ->> 'cause',
           -- Ids at the provider that other messages to this address have already.
           array (select o.provider_id from delivery.message o
                  where o.tenant_id = d.tenant_id and o.conversation_id = d.conversation_id and o.line_id = d.line_id
                    and o.provider_id is not null and o.id <> d.id
                  order by o.id desc limit 50),
           d.correlation_id, d.tries, d.profile, d.as_template, clock_timestamp()
    from due d
$$;

-- The last look-up found nothing: it stays unknown, and those behind it go on.
create function delivery.leave_unknown(message uuid, n int) returns void
language sql volatile as $$
    update delivery.message m set reconcile_until = clock_timestamp(), lookup_at = null
    where m.id = message and m.state = 'unknown' and m.attempts = n
$$;

-- Intents of this owner that led to no call, because the answer to their COMMIT was lost: queued again, as if nothing had
-- been. The lock waits for an intent that is still being committed.
create function delivery.take_back(me uuid, under_way uuid[]) returns bigint
language plpgsql volatile as $$
declare n bigint;
begin
    perform from delivery.work w where w.owner = me order by w.key for update;
    update delivery.message m
    set state = 'queued', attempts = m.attempts - 1
    from delivery.work w
    where w.owner = me and m.channel_id = w.key and m.state = 'intended' and m.id <> all (under_way);
    get diagnostics n = row_count;
    return n;
end $$;

-- What a provider took and failed to deliver, of channels this instance owns, not judged yet.
create function delivery.failures_due(me uuid, most int)
returns table (id uuid, channel_id uuid, to_address text, body jsonb, as_template boolean, profile text, attempts int,
               tries int, not_after timestamptz, code text, now timestamptz)
language sql volatile as $$
    select m.id, m.channel_id, m.to_address, m.body, m.as_template, m.profile, m.attempts, m.tries, m.not_after,
           r.error_code, clock_timestamp()
    from delivery.message m
    join delivery.work w on w.key = m.channel_id and w.owner = me
    left join delivery.receipt r on r.channel_id = m.channel_id and r.provider_id = m.provider_id
    where m.state = 'failed' and m.judged_at is null
    order by m.settled_at limit most
$$;

-- Writes what was made of such failures.
-- verdicts: array of {id, n, again, due_at?, as_template?, reason}. `again`: queued once more, unless something later in its
-- line has left already: an old text after newer ones would mislead.
create function delivery.judge(verdicts jsonb) returns table (id uuid, state text)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    perform from delivery.receipt r
    where r.message_id in (select (v.v ->> 'id')::uuid from jsonb_array_elements(verdicts) v (v))
    order by r.channel_id, r.provider_id for update;
    perform from delivery.message m
    where m.id in (select (v.v ->> 'id')::uuid from jsonb_array_elements(verdicts) v (v)) order by m.id for update;
    return query
    with judged as (
        select m.id, v.reason, v.due_at, v.as_template,
               v.again and m.resolution is null and not exists (
                   select from delivery.message l
                   where l.tenant_id = m.tenant_id and l.conversation_id = m.conversation_id
                     and l.line_id = m.line_id and l.seq > m.seq
                     and l.state in ('intended', 'sent', 'failed', 'unknown')) as again
        from jsonb_to_recordset(verdicts) as v (id uuid, n int, again boolean, due_at timestamptz, as_template boolean,
                                                reason jsonb)
        join delivery.message m on m.id = v.id and m.attempts = v.n
        where m.state = 'failed' and m.judged_at is null
    ), superseded as (
        update delivery.receipt r set superseded = true from judged j where r.message_id = j.id and j.again
    )
    update delivery.message m
    set reason = j.reason, judged_at = case when j.again then null else clock_timestamp() end,
        state = case when j.again then 'queued' else m.state end,
        due_at = case when j.again then coalesce(j.due_at, m.due_at) else m.due_at end,
        as_template = m.as_template or (j.again and coalesce(j.as_template, false)),
        provider_id = case when j.again then null else m.provider_id end,
        settled_at = case when j.again then null else m.settled_at end
    from judged j where m.id = j.id
    returning m.id, m.state;
    perform delivery.note_unsubscribed(verdicts);
end $$;
