-- The steps of a run. Each is one statement for its caller, so one round trip and one commit, for any number of turns.

-- Everything a turn must see of its conversation, for keys just claimed.
create function conversation.load_turns(keys uuid[])
returns table (key uuid, conversation jsonb, items jsonb, proposal jsonb, last_said jsonb, seen_seq bigint, attempts int, first_received_at timestamptz,
               last_received_at timestamptz, now timestamptz)
language sql stable as $$
    select v.id,
           jsonb_build_object(
               'id', v.id, 'tenant_id', v.tenant_id, 'tenant_version', tn.updated_at, 'channel_id', v.channel_id, 'contact_id', v.contact_id,
               'to', v.to_address, 'customer_name', c.display_name, 'language', v.language, 'owned_by', v.owned_by,
               'asked', v.asked, 'cancel_word', ch.cancel_word, 'has_signs', ch.provider <> 'twilio',
               'merged', v.merged_into is not null or c.merged_into is not null,
               'first_contact', l.said is null),
           i.items, p.proposal, l.said, t.next_seq - 1, i.attempts, i.first_received_at, i.last_received_at, clock_timestamp()
    from unnest(keys) k (key)
    join conversation.conversation v on v.id = k.key
    join conversation.channel ch on ch.id = v.channel_id
    join conversation.tenant tn on tn.id = v.tenant_id
    join conversation.contact c on c.id = v.contact_id
    join conversation.work w on w.key = k.key
    join conversation.tail t on t.key = k.key
    cross join lateral (
        select jsonb_agg(jsonb_build_object(
                   'id', h.id, 'seq', h.seq, 'kind', h.kind, 'body', h.body, 'mark', h.mark, 'sent_at', h.sent_at,
                   'received_at', h.received_at, 'correlation_id', h.correlation_id) order by h.seq) as items,
               max(h.attempts) as attempts, min(h.received_at) as first_received_at, max(h.received_at) as last_received_at
        -- Bounded: a flood is answered in several turns.
        from (select * from conversation.item h where h.conversation_id = k.key and h.seq > w.done_seq
              order by h.seq limit 50) h
    ) i
    left join lateral (
        -- `offset 0`: looked up per key. As a join it was planned, while few were open, to read all that are.
        select jsonb_build_object('id', p.id, 'frozen', p.frozen, 'expires_at', p.expires_at) as proposal
        from conversation.proposal p where p.conversation_id = k.key and p.state = 'open' offset 0
    ) p on true
    left join lateral (
        select jsonb_build_object('author', s.author, 'text', s.text, 'at', s.said_at) as said
        from conversation.said s where s.conversation_id = k.key and s.author <> 'moment' order by s.said_at desc limit 1
    ) l on true
$$;

-- Takes what can be taken of the keys (`conversation.claim`) and reads what their turns must see, in one round trip: one row
-- per key with its verdict, then one per key that is to be run with what it must see.
create function conversation.take(keys uuid[], me uuid)
returns table (key uuid, verdict text, epoch bigint, done_seq bigint, wait_ms bigint, conversation jsonb, items jsonb,
               proposal jsonb, last_said jsonb, seen_seq bigint, attempts int, first_received_at timestamptz,
               last_received_at timestamptz, now timestamptz)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    c record;
    mine uuid[];
begin
    for c in select * from conversation.claim(keys, me) loop
        if c.verdict in ('claimed', 'suspect') then mine := mine || c.key; end if;
        key := c.key; verdict := c.verdict; epoch := c.epoch; done_seq := c.done_seq; wait_ms := c.wait_ms;
        return next;
    end loop;
    -- A new statement sees what was appended until the claim.
    if mine is not null then
        return query
        select l.key, null, null::bigint, null::bigint, null::bigint, l.conversation, l.items, l.proposal, l.last_said,
               l.seen_seq, l.attempts, l.first_received_at, l.last_received_at, l.now
        from conversation.load_turns(mine) l;
    end if;
end $$;

-- The newest lines of a transcript, oldest first, before a given item.
create function conversation.history(key uuid, before_seq bigint, most int) returns table (author text, text text, at timestamptz)
language sql stable as $$
    select m.author, m.text, m.at from (
        (select case when i.kind = 'echo' then 'staff' else 'customer' end as author,
                case when i.body ? 'transcript' then '(voice note) ' else '' end || (i.body ->> 'text') as text,
                i.received_at as at
         from conversation.item i
         where i.conversation_id = history.key and i.seq <= history.before_seq and i.body ->> 'text' is not null
         order by i.seq desc limit history.most)
        union all
        (select s.author, s.text, s.said_at from conversation.said s
         where s.conversation_id = history.key order by s.said_at desc limit history.most)
        order by at desc limit history.most
    ) m order by m.at
$$;

-- What turns open, close and hand over: proposals, and who answers. A part of `commit_turns`, under its locks.
create function conversation.pass_on(turns jsonb, good uuid[]) returns void
language plpgsql volatile as $$
begin
    with g as (
        select r.*, v.tenant_id, v.owned_by
        from jsonb_to_recordset(turns) as r (key uuid, turn jsonb, "open" jsonb, "close" jsonb, owner jsonb, correlation_id uuid)
        join conversation.conversation v on v.id = r.key
        where r.key = any (good)
    ), closed as (
        update conversation.proposal p
        set state = g.close ->> 'state', settled_at = clock_timestamp()
        from g where p.id = (g.close ->> 'id')::uuid and p.settled_at is null
        returning p.id, p.conversation_id, p.tenant_id, p.state
    )
    insert into conversation.transition (conversation_id, tenant_id, entity, entity_id, from_state, to_state, cause, correlation_id,
                                         evidence)
    select g.key, g.tenant_id, 'conversation', g.key, g.owned_by, g.owner ->> 'to', g.owner ->> 'reason', g.correlation_id,
           g.owner -> 'evidence'
    from g where jsonb_typeof(g.owner) = 'object'
    union all
    select c.conversation_id, c.tenant_id, 'proposal', c.id, 'open', c.state, 'turn ' || (g.turn ->> 'rule'), g.correlation_id, null
    from closed c join g on g.key = c.conversation_id
    union all
    select g.key, g.tenant_id, 'proposal', (g.open ->> 'id')::uuid, null, 'open', 'turn ' || (g.turn ->> 'rule'), g.correlation_id, null
    from g where jsonb_typeof(g.open) = 'object';

    -- After the old ones are closed: at most one open proposal per conversation.
    insert into conversation.proposal (id, conversation_id, tenant_id, frozen, state, expires_at)
    select (r.open ->> 'id')::uuid, r.key, v.tenant_id, r.open -> 'frozen', 'open', (r.open ->> 'expires_at')::timestamptz
    from jsonb_to_recordset(turns) as r (key uuid, "open" jsonb)
    join conversation.conversation v on v.id = r.key
    where r.key = any (good) and jsonb_typeof(r.open) = 'object';
end $$;

-- Commits turns: what is said, the effect, the state and the cursor stand or fall together, per conversation.
--
-- turns: array of {key, epoch, upto_seq, seen_seq, discardable, owned_by, dead (cause or null), turn: {id, route, rule,
--   stats, agent_version, started_at}, says: [delivery message + id], open (proposal or null), close ({id, state} or
--   null), effect (or null), asked ({to: value or null}; absent: unchanged), owner ({to, reason} or null), language (or null), correlation_id}
-- Outcomes: committed | lost (another owner: stop, ack nothing) | newer (discard, read again, still mine) |
--   taken_over (the conversation changed hands: discard, read again) | refused (the effect cannot be: detail says why).
create function conversation.commit_turns(me uuid, turns jsonb)
returns table (key uuid, outcome text, detail jsonb, released boolean)
language plpgsql volatile as $$
#variable_conflict use_column
declare
    held uuid[];
    good uuid[];
    t record;
    done jsonb;
    effects jsonb := '{}';
    refusals jsonb := '{}';
begin
    held := array (select conversation.fence(
        array (select (x ->> 'key')::uuid from jsonb_array_elements(turns) with ordinality e (x, o) order by o),
        array (select (x ->> 'epoch')::bigint from jsonb_array_elements(turns) with ordinality e (x, o) order by o), me));

    -- In a new statement, under the locks: did something newer come, did a human take over?
    for t in
        select (x ->> 'key')::uuid as key, x,
               case when not (x ->> 'key')::uuid = any (held) then 'lost'
                    when (x ->> 'discardable')::boolean and l.next_seq - 1 > (x ->> 'seen_seq')::bigint then 'newer'
                    when v.owned_by <> x ->> 'owned_by' then 'taken_over'
                    else 'good' end as verdict
        from jsonb_array_elements(turns) e (x)
        join conversation.tail l on l.key = (x ->> 'key')::uuid
        join conversation.conversation v on v.id = (x ->> 'key')::uuid
        order by 1
    loop
        if t.verdict = 'good' and jsonb_typeof(t.x -> 'effect') = 'object' then
            done := scheduler.commit_effect_v1(t.x -> 'effect');
            if done ->> 'outcome' = 'done' then
                effects := effects || jsonb_build_object(t.key::text, done);
            else
                t.verdict := 'refused';
                refusals := refusals || jsonb_build_object(t.key::text, done);
            end if;
        end if;
        if t.verdict = 'good' then
            good := good || t.key;
        else
            key := t.key; outcome := t.verdict; detail := refusals -> t.key::text; released := false;
            return next;
        end if;
    end loop;
    if good is null then return; end if;

    with g as (
        select r.*, v.tenant_id
        from jsonb_to_recordset(turns) as r (key uuid, upto_seq bigint, dead jsonb, turn jsonb, correlation_id uuid)
        join conversation.conversation v on v.id = r.key
        where r.key = any (good)
    ), settled as (
        update conversation.item i
        set state = case when g.dead is null then 'done' else 'dead' end, error = g.dead, turn_id = (g.turn ->> 'id')::uuid, settled_at = clock_timestamp()
        from g join conversation.work w on w.key = g.key
        -- From the cursor on, by number. Asked for by `state = 'undone'` a plan made in quiet times reads the whole backlog.
        where i.conversation_id = g.key and i.seq > w.done_seq and i.seq <= g.upto_seq and i.settled_at is null
        returning i.conversation_id, i.seq
    )
    insert into conversation.turn (id, conversation_id, tenant_id, from_seq, upto_seq, route, rule, stats, agent_version,
                                   correlation_id, started_at)
    select (g.turn ->> 'id')::uuid, g.key, g.tenant_id,
           coalesce((select min(s.seq) from settled s where s.conversation_id = g.key), g.upto_seq), g.upto_seq,
           g.turn ->> 'route', g.turn ->> 'rule', g.turn -> 'stats', (g.turn ->> 'agent_version')::uuid,
           g.correlation_id, (g.turn ->> 'started_at')::timestamptz
    from g;

    -- Most turns change nothing of these: they are asked once for the whole batch.
    if turns @? '$[*] ? (@.close != null || @.open != null || @.owner != null)' then
        perform conversation.pass_on(turns, good);
    end if;
    if turns @? '$[*] ? (exists (@.asked) || @.owner != null || @.language != null)' then
        update conversation.conversation v
        set asked = case when r.asked is null then v.asked else nullif(r.asked -> 'to', 'null') end,
            owned_by = coalesce(r.owner ->> 'to', v.owned_by),
            language = coalesce(r.language, v.language)
        from jsonb_to_recordset(turns) as r (key uuid, asked jsonb, owner jsonb, language text)
        where v.id = r.key and r.key = any (good)
          and (r.asked is not null or jsonb_typeof(r.owner) = 'object' or r.language is not null);
    end if;

    if effects <> '{}' then
        insert into conversation.effect (proposal_id, conversation_id, tenant_id, turn_id, outcome)
        select (r.effect ->> 'proposal_id')::uuid, r.key, v.tenant_id, (r.turn ->> 'id')::uuid, effects -> r.key::text
        from jsonb_to_recordset(turns) as r (key uuid, effect jsonb, turn jsonb)
        join conversation.conversation v on v.id = r.key
        where effects ? r.key::text
        on conflict do nothing;
    end if;

    insert into conversation.said (id, conversation_id, tenant_id, author, text, turn_id)
    select (s ->> 'id')::uuid, r.key, (s ->> 'tenant_id')::uuid, 'assistant', s -> 'body' ->> 'text', (r.turn ->> 'id')::uuid
    from jsonb_to_recordset(turns) as r (key uuid, says jsonb, turn jsonb)
    cross join jsonb_array_elements(r.says) s
    where r.key = any (good);

    perform delivery.enqueue_v1(a.messages, false)
    from (select jsonb_agg(s order by r.o, so) as messages
          from rows from (jsonb_to_recordset(turns) as (key uuid, says jsonb)) with ordinality as r (key, says, o)
          cross join jsonb_array_elements(r.says) with ordinality e (s, so)
          where r.key = any (good)) a
    where a.messages is not null;

    -- The cursor, and in a new statement under the same lock the release: nothing undone, no owner.
    return query
    update conversation.work w
    set done_seq = greatest(w.done_seq, r.upto_seq), starts = 0, alone = false, due_at = '-infinity',
        owner = case when conversation.undone(w.key, r.upto_seq) then w.owner end
    from jsonb_to_recordset(turns) as r (key uuid, upto_seq bigint)
    where w.key = r.key and r.key = any (good)
    returning w.key, 'committed', effects -> w.key::text, w.owner is null;
end $$;
