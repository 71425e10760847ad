-- The door into the inbox: the only way anything is appended to a conversation.
--
-- events: array of {channel_id, kind, provider_id, peer: {phone, wa_id, lid, bsuid}, to, name, sent_at, body, mark,
--                   correlation_id}
-- Answers one row per event, in their order (ord from 1): `accepted`, `duplicate` (with the first result; undone says
-- whether it still waits) or `unknown_channel` (nothing stored; the caller keeps the payload).
--
-- All locks are taken in one order, each sorted: dedupe ids, contacts, aliases, conversations, tails. Two batches that
-- overlap in any way wait for each other and never deadlock.

create type conversation.inbound as (
    ord int, tenant_id uuid, channel_id uuid, kind text, provider_id text, item_id uuid,
    aliases text[], to_address text, name text, sent_at timestamptz, body jsonb, mark text, correlation_id uuid,
    contact_id uuid, known uuid[], conversation_id uuid
);

-- Ids that two callers who meet the same newcomer must agree on.
create function conversation.named_id(what text) returns uuid
language sql immutable as $$ select md5(what)::uuid $$;

create function conversation.accept_v1(events jsonb)
returns table (ord int, outcome text, item_id uuid, conversation_id uuid, tenant_id uuid, undone boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    batch conversation.inbound[];
    fresh conversation.inbound[];
    marked conversation.inbound;
    windowed uuid[];
begin
    select array_agg(row (
        e.ord, c.tenant_id, c.id, e.v ->> 'kind', e.v ->> 'provider_id', uuidv7(),
        -- Strongest name first: it names the contact when nobody is known yet.
        array (select n.k || ':' || (e.v -> 'peer' ->> n.k)
               from unnest('{phone,bsuid,wa_id,lid}'::text[]) with ordinality n (k, rank)
               where e.v -> 'peer' ->> n.k is not null order by n.rank),
        e.v ->> 'to', e.v ->> 'name', (e.v ->> 'sent_at')::timestamptz, e.v -> 'body', e.v ->> 'mark',
        (e.v ->> 'correlation_id')::uuid, null, null, null)::conversation.inbound)
    into batch
    from jsonb_array_elements(events) with ordinality e (v, ord)
    join conversation.channel c on c.id = (e.v ->> 'channel_id')::uuid;

    -- 1. Seen before? A concurrent batch with the same id makes this wait for its commit.
    with novel as (
        insert into conversation.seen as s (channel_id, kind, provider_id, item_id)
        select distinct on (b.channel_id, b.kind, b.provider_id) b.channel_id, b.kind, b.provider_id, b.item_id
        from unnest(batch) b order by b.channel_id, b.kind, b.provider_id, b.ord
        on conflict do nothing returning s.item_id
    )
    -- Rows of one batch are told apart by `any`, here and below: joining them to themselves takes their number squared.
    select array_agg(b) into fresh from unnest(batch) b where b.item_id = any (array (select n.item_id from novel n));

    if fresh is not null then
        -- 2. Who is it? The first alias somebody is known by (and all who are known by one); else a new contact named after the strongest.
        select array_agg(row (b.ord, b.tenant_id, b.channel_id, b.kind, b.provider_id, b.item_id, b.aliases,
                   b.to_address, b.name, b.sent_at, b.body, b.mark, b.correlation_id, p.contact_id, p.known,
                   coalesce(
                       (select v.id from conversation.conversation v
                        where v.channel_id = b.channel_id and v.contact_id = p.contact_id),
                       conversation.named_id(b.channel_id || ' ' || p.contact_id)))::conversation.inbound)
        into fresh
        from unnest(fresh) b
        cross join lateral (
            select coalesce(k.known[1],
                conversation.named_id(b.tenant_id || ' ' || coalesce(b.aliases[1], b.to_address))) as contact_id, k.known
            -- Name by name: as a join, a plan made while there were few names would read all of the tenant's.
            from (select array_agg(k.contact_id order by k.rank) filter (where k.contact_id is not null) as known
                  from (select w.rank, (select a.contact_id from conversation.contact_alias a
                                        where a.tenant_id = b.tenant_id and a.kind = split_part(w.alias, ':', 1)
                                          and a.value = substr(w.alias, strpos(w.alias, ':') + 1)) as contact_id
                        from unnest(b.aliases) with ordinality w (alias, rank)) k) k
        ) p;

        insert into conversation.contact (id, tenant_id, display_name)
        select distinct on (f.contact_id) f.contact_id, f.tenant_id, f.name
        from unnest(fresh) f
        where (select c.id from conversation.contact c where c.id = f.contact_id) is null
        order by f.contact_id, f.ord
        on conflict do nothing;

        insert into conversation.contact_alias (tenant_id, kind, value, contact_id)
        select distinct on (1, 2, 3) f.tenant_id, split_part(w, ':', 1), substr(w, strpos(w, ':') + 1), f.contact_id
        from unnest(fresh) f cross join unnest(f.aliases) w
        where (select a.contact_id from conversation.contact_alias a
               where a.tenant_id = f.tenant_id and a.kind = split_part(w, ':', 1)
                 and a.value = substr(w, strpos(w, ':') + 1)) is null
        order by 1, 2, 3, f.ord
        on conflict do nothing;

        -- 3. Their conversation on this channel.
        with novel as (
            insert into conversation.conversation (id, tenant_id, channel_id, contact_id, to_address)
            select distinct on (f.conversation_id) f.conversation_id, f.tenant_id, f.channel_id, f.contact_id, f.to_address
            from unnest(fresh) f
            where (select v.id from conversation.conversation v where v.id = f.conversation_id) is null
            order by f.conversation_id, f.ord
            on conflict do nothing returning id, tenant_id
        ), linked as (
            -- One event named two contacts: they are one person, or a number has a new owner. Looked at by itself.
            insert into conversation.contact_link (tenant_id, one, other, correlation_id)
            select distinct on (2, 3) f.tenant_id, least(f.contact_id, o.id), greatest(f.contact_id, o.id), f.correlation_id
            from unnest(fresh) f cross join unnest(f.known) o (id) where o.id <> f.contact_id
            order by 2, 3, f.ord on conflict do nothing
        ), worked as (
            insert into conversation.work (key, tenant_id) select n.id, n.tenant_id from novel n order by 1
            on conflict do nothing
        )
        insert into conversation.tail (key) select n.id from novel n order by 1 on conflict do nothing;

        -- 4. The next numbers, under the tails' locks.
        perform from conversation.tail t
        where t.key in (select f.conversation_id from unnest(fresh) f) order by t.key for update;

        with numbered as (
            select f.*, t.next_seq + row_number() over (partition by f.conversation_id order by f.ord) - 1 as seq
            from unnest(fresh) f join conversation.tail t on t.key = f.conversation_id
        ), appended as (
            insert into conversation.item (id, conversation_id, seq, tenant_id, channel_id, kind, provider_id, body, mark,
                                           sent_at, correlation_id)
            select n.item_id, n.conversation_id, n.seq, n.tenant_id, n.channel_id, n.kind, n.provider_id, n.body, n.mark,
                   n.sent_at, n.correlation_id
            from numbered n
        )
        update conversation.tail t
        set next_seq = n.top + 1, appended_at = clock_timestamp()
        from (select conversation_id, max(seq) as top from numbered group by 1) n
        where t.key = n.conversation_id;

        -- 5. "STOP" takes effect where sending happens, in this very transaction; files are noted, to be fetched.
        for marked in
            select f.* from unnest(fresh) f where f.mark = 'opt_out' or f.body ? 'media' order by f.conversation_id
        loop
            if marked.mark = 'opt_out' then
                -- Where they wrote from, and where they are answered, which may be another of their names.
                perform delivery.opt_out_v1(marked.tenant_id, marked.channel_id, array(
                    select marked.to_address union
                    select v.to_address from conversation.conversation v where v.id = marked.conversation_id), 'customer');
            end if;
            if marked.body ? 'media' and marked.kind = 'message' then
                insert into conversation.media (item_id, tenant_id, conversation_id, channel_id, provider_id, named, kind)
                values (marked.item_id, marked.tenant_id, marked.conversation_id, marked.channel_id, marked.provider_id,
                        marked.body -> 'media', marked.body ->> 'kind');
            end if;
        end loop;

        -- 6. Where WhatsApp's 24-hour window counts, it opens in this very transaction, so that no answer is refused for a
        -- window the customer has just opened.
        windowed := array (select c.id from conversation.channel c
                           where c.provider <> 'evolution' and c.id = any (array (select f.channel_id from unnest(fresh) f)));
        if windowed <> '{}' then
            perform delivery.note_inbound_v1(jsonb_agg(jsonb_build_object(
                'channel_id', f.channel_id, 'address', v.to_address, 'at', coalesce(f.sent_at, clock_timestamp()))))
            from unnest(fresh) f join conversation.conversation v on v.id = f.conversation_id
            where f.kind = 'message' and f.channel_id = any (windowed)
            having count(*) > 0;
        end if;
    end if;

    return query
    select b.ord, case when s.item_id = b.item_id then 'accepted' else 'duplicate' end,
           i.id, i.conversation_id, i.tenant_id, coalesce(i.state = 'undone', false)
    from unnest(batch) b
    left join conversation.seen s
      on s.channel_id = b.channel_id and s.kind = b.kind and s.provider_id = b.provider_id
    left join conversation.item i on i.id = s.item_id
    union all
    select e.ord, 'unknown_channel', null, null, null, false
    from generate_series(1, jsonb_array_length(events)) e (ord)
    where coalesce(cardinality(batch), 0) < jsonb_array_length(events)
      and e.ord <> all (array (select b.ord from unnest(batch) b))
    order by 1;
end $$;

revoke execute on function conversation.accept_v1(jsonb) from public;
grant usage on schema conversation to ingest_app, scheduler_app;
grant execute on function conversation.accept_v1(jsonb) to ingest_app;

-- The transcript learns what another service said in a conversation.
-- said: {conversation_id, tenant_id?, message_id, text, at, author}
create function conversation.note_said_v1(said jsonb) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    insert into conversation.said (id, conversation_id, tenant_id, author, text, said_at)
    select (said ->> 'message_id')::uuid, c.id, c.tenant_id, said ->> 'author', said ->> 'text',
           coalesce((said ->> 'at')::timestamptz, clock_timestamp())
    from conversation.conversation c where c.id = (said ->> 'conversation_id')::uuid
    on conflict do nothing
$$;
revoke execute on function conversation.note_said_v1(jsonb) from public;
grant execute on function conversation.note_said_v1(jsonb) to scheduler_app;
