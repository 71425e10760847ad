-- One person, one contact. Names arrive one by one (a linked id today, the number tomorrow), numbers change hands, and
-- operators know better; so contacts are merged, renamed and split, each time with a row that says why.

-- Two contacts that one event named together. The service merges them, unless that would give one contact two
-- different names of one kind: then a number may have a new owner, and a person decides.
create table conversation.contact_link (
    tenant_id      uuid not null,
    one            uuid not null references conversation.contact,
    other          uuid not null references conversation.contact,
    correlation_id uuid not null,
    seen_at        timestamptz not null default clock_timestamp(),
    state          text not null default 'queued' check (state in ('queued', 'doubtful', 'settled')),
    primary key (one, other),
    check (one < other)
);
create index contact_link_open on conversation.contact_link (state, seen_at) where state <> 'settled';

-- What was done to contacts, append only. Detail: {aliases: [kind:value], conversations: [id]}, and for a renaming
-- {left, taken}.
create table conversation.contact_change (
    id             uuid primary key default uuidv7(),
    tenant_id      uuid not null,
    kind           text not null check (kind in ('merged', 'renamed', 'split')),
    contact_id     uuid not null references conversation.contact,
    -- merged: who was taken in; split: who left.
    other_id       uuid references conversation.contact,
    cause          text not null,
    detail         jsonb not null default '{}',
    correlation_id uuid,
    at             timestamptz not null default clock_timestamp()
);
create index contact_change_contact on conversation.contact_change (contact_id, at);
create index contact_change_other on conversation.contact_change (other_id, at) where other_id is not null;
create index contact_name on conversation.contact (tenant_id, id);

-- The contact that goes on for this one.
create function conversation.contact_now(id uuid) returns uuid
language sql stable as $$
    with recursive chain (id, next) as (
        select c.id, c.merged_into from conversation.contact c where c.id = contact_now.id
        union all
        select c.id, c.merged_into from chain h join conversation.contact c on c.id = h.next
    )
    select h.id from chain h where h.next is null
$$;

-- All of this is rare and touches rows of whole conversations: each call is planned for what it is given.

-- Empties one conversation into another of the same person and channel. A running turn of the first loses its lease and
-- writes nothing; one of the second is thought again. What was undone goes to the end, in its order; what is past is
-- read with it. Answers whether the first one's open proposal came along (and so its held slot).
-- Both keys are locked by the caller.
create function conversation.pour(gone uuid, keep uuid, cause text) returns boolean
language plpgsql volatile set plan_cache_mode = force_custom_plan as $$
declare
    g conversation.conversation;
    k conversation.conversation;
    g_open conversation.proposal;
    k_open conversation.proposal;
    closed conversation.proposal;
    g_newer boolean;
    top bigint;
    bottom bigint;
begin
    perform from conversation.tail t where t.key in (gone, keep) order by t.key for update;
    select v.* into g from conversation.conversation v where v.id = gone for no key update;
    select v.* into k from conversation.conversation v where v.id = keep for no key update;
    select a.appended_at > b.appended_at into g_newer
    from conversation.tail a, conversation.tail b where a.key = gone and b.key = keep;

    select p.* into g_open from conversation.proposal p where p.conversation_id = gone and p.state = 'open';
    select p.* into k_open from conversation.proposal p where p.conversation_id = keep and p.state = 'open';
    if g_open.id is not null and k_open.id is not null then
        -- Two questions were open at once; the customer answers the newer one.
        if g_open.created_at > k_open.created_at then closed := k_open; else closed := g_open; g_open := null; end if;
        update conversation.proposal p set state = 'superseded', settled_at = clock_timestamp() where p.id = closed.id;
        insert into conversation.transition (conversation_id, tenant_id, entity, entity_id, from_state, to_state, cause)
        values (keep, k.tenant_id, 'proposal', closed.id, 'open', 'superseded', pour.cause);
    end if;

    -- Numbers: the past goes below the first, what waits goes to the end.
    select coalesce(min(i.seq), 1) into bottom from conversation.item i where i.conversation_id = keep;
    select t.next_seq into top from conversation.tail t where t.key = keep;
    update conversation.item i
    set conversation_id = keep, seq = case when i.state = 'undone' then top - 1 + n.up else bottom - n.down end
    from (select h.id, row_number() over (partition by h.state = 'undone' order by h.seq) as up,
                 row_number() over (partition by h.state = 'undone' order by h.seq desc) as down
          from conversation.item h where h.conversation_id = gone) n
    where i.id = n.id;
    update conversation.tail t
    set next_seq = 1 + greatest(t.next_seq - 1, (select max(i.seq) from conversation.item i where i.conversation_id = keep)),
        appended_at = greatest(t.appended_at, (select a.appended_at from conversation.tail a where a.key = gone))
    where t.key = keep;

    update conversation.said s set conversation_id = keep where s.conversation_id = gone;
    update conversation.turn t set conversation_id = keep where t.conversation_id = gone;
    update conversation.effect e set conversation_id = keep where e.conversation_id = gone;
    update conversation.proposal p set conversation_id = keep where p.conversation_id = gone;
    update conversation.transition t set conversation_id = keep where t.conversation_id = gone;
    update conversation.media m set conversation_id = keep where m.conversation_id = gone;

    update conversation.conversation v
    set asked = case when g_open.id is not null or (g_newer and k_open.id is null) then g.asked else v.asked end,
        language = case when g_newer then coalesce(g.language, v.language) else coalesce(v.language, g.language) end,
        to_address = case when g_newer then g.to_address else v.to_address end,
        owned_by = case when 'human' in (g.owned_by, k.owned_by) then 'human'
                        when 'waiting_human' in (g.owned_by, k.owned_by) then 'waiting_human' else 'bot' end
    where v.id = keep;
    update conversation.conversation v set merged_into = keep, asked = null where v.id = gone;
    update conversation.conversation v set merged_into = keep where v.merged_into = gone;
    insert into conversation.transition (conversation_id, tenant_id, entity, entity_id, from_state, to_state, cause)
    values (keep, k.tenant_id, 'conversation', gone, g.owned_by, 'merged', pour.cause);

    -- Whoever runs the emptied one holds an old epoch now; nothing is left in it to run.
    update conversation.work w
    set epoch = w.epoch + 1, owner = null, starts = 0, alone = false,
        done_seq = (select t.next_seq - 1 from conversation.tail t where t.key = gone)
    where w.key = gone;
    update conversation.work w set due_at = '-infinity' where w.key = keep;
    return g_open.id is not null;
end $$;

-- Makes two contacts one: `gone` becomes a signpost to `keep`. Names, conversations, bookings, opt-outs and the 24-hour
-- window go along. False: they are one already, or not of one tenant. Answers the conversations to look at in `wake`.
create function conversation.merge_contacts(keep uuid, gone uuid, cause text, correlation_id uuid,
                                            out done boolean, out wake uuid[])
language plpgsql volatile set plan_cache_mode = force_custom_plan as $$
declare
    k conversation.contact;
    g conversation.contact;
    v record;
    into_id uuid;
    poured jsonb := '[]';
    aliases jsonb;
    held boolean;
begin
    done := false;
    wake := '{}';
    -- Keys first, as a turn's commit does; then contacts, so that an event that is just being accepted is seen whole.
    perform from conversation.work w
    where w.key in (select c.id from conversation.conversation c where c.contact_id in (keep, gone))
    order by w.key for update;
    perform from conversation.contact c where c.id in (keep, gone) order by c.id for update;
    select c.* into k from conversation.contact c where c.id = keep;
    select c.* into g from conversation.contact c where c.id = gone;
    if k.id is null or g.id is null or k.id = g.id or k.tenant_id <> g.tenant_id
       or k.merged_into is not null or g.merged_into is not null then
        return;
    end if;

    select coalesce(jsonb_agg(a.kind || ':' || a.value order by a.kind, a.value), '[]') into aliases
    from conversation.contact_alias a where a.contact_id = gone;
    update conversation.contact_alias a set contact_id = keep where a.contact_id = gone;
    update conversation.contact c set merged_into = keep where c.id = gone or c.merged_into = gone;
    update conversation.contact c set display_name = coalesce(c.display_name, g.display_name) where c.id = keep;

    for v in select c.id, c.channel_id, c.to_address from conversation.conversation c
             where c.contact_id = gone and c.merged_into is null order by c.id loop
        select c.id into into_id from conversation.conversation c
        where c.channel_id = v.channel_id and c.contact_id = keep and c.merged_into is null;
        if into_id is null then
            update conversation.conversation c set contact_id = keep where c.id = v.id;
            wake := wake || v.id;
            continue;
        end if;
        perform delivery.same_person_v1(k.tenant_id, v.channel_id, array(
            select v.to_address union select c.to_address from conversation.conversation c where c.id = into_id));
        held := conversation.pour(v.id, into_id, merge_contacts.cause);
        poured := poured || jsonb_build_object('from', v.id, 'to', into_id, 'held', held);
        wake := wake || into_id;
    end loop;

    perform scheduler.repoint_v1(jsonb_build_object(
        'tenant_id', k.tenant_id, 'from_contact', gone, 'to_contact', keep, 'conversations', poured));
    insert into conversation.contact_change (tenant_id, kind, contact_id, other_id, cause, detail, correlation_id)
    values (k.tenant_id, 'merged', keep, gone, merge_contacts.cause,
            jsonb_build_object('aliases', aliases, 'conversations', poured), merge_contacts.correlation_id);
    update conversation.contact_link l set state = 'settled'
    where l.state <> 'settled' and keep in (l.one, l.other) and gone in (l.one, l.other);
    done := true;
end $$;

-- The next pair of contacts that one event named, settled: merged, or left to a person. No row: there is none.
create function conversation.settle_link() returns table (outcome text, tenant_id uuid, wake uuid[])
language plpgsql volatile as $$
#variable_conflict use_column
declare
    l conversation.contact_link;
    a conversation.contact;
    b conversation.contact;
    merged record;
begin
    select x.* into l from conversation.contact_link x where x.state = 'queued' order by x.seen_at limit 1
    for update skip locked;
    if not found then return; end if;
    -- The one who has been known longer goes on.
    select c.* into a from conversation.contact c
    where c.id in (conversation.contact_now(l.one), conversation.contact_now(l.other)) order by c.created_at, c.id limit 1;
    select c.* into b from conversation.contact c
    where c.id in (conversation.contact_now(l.one), conversation.contact_now(l.other)) and c.id <> a.id;
    if b.id is null then
        update conversation.contact_link x set state = 'settled' where x.one = l.one and x.other = l.other;
        return query select 'settled', l.tenant_id, '{}'::uuid[];
    elsif exists (select from conversation.contact_alias p join conversation.contact_alias q on q.kind = p.kind
                  where p.contact_id = a.id and q.contact_id = b.id and p.kind <> 'wa_id') then
        update conversation.contact_link x set state = 'doubtful' where x.one = l.one and x.other = l.other;
        return query select 'doubtful', l.tenant_id, '{}'::uuid[];
    else
        select m.* into merged
        from conversation.merge_contacts(a.id, b.id, 'one event named both', l.correlation_id) m;
        update conversation.contact_link x set state = 'settled' where x.one = l.one and x.other = l.other;
        return query select case when merged.done then 'merged' else 'settled' end, l.tenant_id, merged.wake;
    end if;
end $$;

-- What came into a conversation while its contact was being merged follows to where the person's talk goes on.
-- Answers that conversation.
create function conversation.follow_merge(gone uuid) returns uuid
language plpgsql volatile as $$
declare
    v conversation.conversation;
    person uuid;
    into_id uuid;
    held boolean;
begin
    select c.* into v from conversation.conversation c where c.id = gone;
    person := conversation.contact_now(v.contact_id);
    into_id := v.merged_into;
    if into_id is null then
        select c.id into into_id from conversation.conversation c
        where c.channel_id = v.channel_id and c.contact_id = person and c.merged_into is null and c.id <> gone;
    end if;
    if into_id is null then
        perform from conversation.work w where w.key = gone for update;
        update conversation.conversation c set contact_id = person where c.id = gone;
        into_id := gone;
    else
        perform from conversation.work w where w.key in (gone, into_id) order by w.key for update;
        held := conversation.pour(gone, into_id, 'came in during a merge');
        perform scheduler.repoint_v1(jsonb_build_object(
            'tenant_id', v.tenant_id, 'from_contact', v.contact_id, 'to_contact', person,
            'conversations', jsonb_build_array(jsonb_build_object('from', gone, 'to', into_id, 'held', held))));
    end if;
    update conversation.contact_alias a set contact_id = person where a.contact_id = v.contact_id and v.contact_id <> person;
    return into_id;
end $$;

-- A person goes by another number or id from now on: the name moves, and with it where they are answered, their
-- bookings' address, what is queued for them, their opt-out and their window. The old number is let go of: it may belong
-- to somebody else tomorrow.
-- changes: array of {channel_id, provider_id, from: {phone, wa_id, lid, bsuid}, to: {…}, cause, correlation_id}
-- Answers one row per change: moved, nobody (not known under the old name), duplicate or unknown_channel.
create function conversation.change_identity_v1(changes jsonb) returns table (ord int, outcome text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    e record;
    the_channel conversation.channel;
    person uuid;
    heir uuid;
    v record;
    moved jsonb;
begin
    for e in select x, o from jsonb_array_elements(changes) with ordinality t (x, o) order by o loop
        ord := e.o;
        select c.* into the_channel from conversation.channel c where c.id = (e.x ->> 'channel_id')::uuid;
        if not found then outcome := 'unknown_channel'; return next; continue; end if;
        insert into conversation.seen (channel_id, kind, provider_id, item_id)
        values (the_channel.id, 'identity', e.x ->> 'provider_id', uuidv7()) on conflict do nothing;
        if not found then outcome := 'duplicate'; return next; continue; end if;
        select conversation.contact_now(a.contact_id) into person
        from unnest('{bsuid,lid,phone,wa_id}'::text[]) with ordinality n (kind, rank)
        join conversation.contact_alias a
          on a.tenant_id = the_channel.tenant_id and a.kind = n.kind and a.value = e.x -> 'from' ->> n.kind
        order by n.rank limit 1;
        -- Whom we have never met, the heir of an old number among them, needs no new name: the same news comes again
        -- through every channel.
        if not exists (select from conversation.conversation c where c.contact_id = person) then
            outcome := 'nobody'; return next; continue;
        end if;

        perform from conversation.work w
        where w.key in (select c.id from conversation.conversation c where c.contact_id = person) order by w.key for update;
        -- The old names wait for whoever has them next. They cannot just go: a newcomer's id is made of their name, and
        -- would be this person's.
        heir := uuidv7();
        insert into conversation.contact (id, tenant_id) values (heir, the_channel.tenant_id);
        update conversation.contact_alias a set contact_id = heir
        where a.contact_id = person and a.value = e.x -> 'from' ->> a.kind and e.x -> 'to' ->> a.kind is not null
          and a.value <> e.x -> 'to' ->> a.kind;
        insert into conversation.contact_alias (tenant_id, kind, value, contact_id)
        select the_channel.tenant_id, n.key, n.value, person from jsonb_each_text(e.x -> 'to') n order by 2, 3
        on conflict do nothing;
        -- Somebody is known under the new name already: the same person, or its former owner.
        insert into conversation.contact_link (tenant_id, one, other, correlation_id)
        select distinct the_channel.tenant_id, least(a.contact_id, person), greatest(a.contact_id, person),
               (e.x ->> 'correlation_id')::uuid
        from jsonb_each_text(e.x -> 'to') n
        join conversation.contact_alias a on a.tenant_id = the_channel.tenant_id and a.kind = n.key and a.value = n.value
        where a.contact_id <> person
        on conflict do nothing;

        moved := '[]';
        for v in
            select c.id, c.channel_id, c.to_address, replace(c.to_address, n.old, n.new) as address
            from conversation.conversation c
            cross join lateral (
                select e.x -> 'from' ->> k.kind as old, e.x -> 'to' ->> k.kind as new
                from unnest('{wa_id,bsuid,lid}'::text[]) k (kind)
                where e.x -> 'from' ->> k.kind <> e.x -> 'to' ->> k.kind
                  and c.to_address in (e.x -> 'from' ->> k.kind, 'whatsapp:' || (e.x -> 'from' ->> k.kind),
                                       'whatsapp:+' || (e.x -> 'from' ->> k.kind), (e.x -> 'from' ->> k.kind) || '@lid')
                limit 1) n
            where c.contact_id = person order by c.id
        loop
            update conversation.conversation c set to_address = v.address where c.id = v.id;
            perform delivery.move_address_v1(the_channel.tenant_id, v.channel_id, v.to_address, v.address);
            moved := moved || jsonb_build_object('channel_id', v.channel_id, 'from', v.to_address, 'to', v.address);
        end loop;
        perform scheduler.repoint_v1(jsonb_build_object(
            'tenant_id', the_channel.tenant_id, 'from_contact', person, 'to_contact', person, 'addresses', moved));
        insert into conversation.contact_change (tenant_id, kind, contact_id, cause, detail, correlation_id)
        values (the_channel.tenant_id, 'renamed', person, coalesce(e.x ->> 'cause', 'the provider said so'),
                jsonb_build_object('left', e.x -> 'from', 'taken', e.x -> 'to'), (e.x ->> 'correlation_id')::uuid);
        outcome := 'moved';
        return next;
    end loop;
end $$;

revoke execute on function conversation.change_identity_v1(jsonb) from public;
grant execute on function conversation.change_identity_v1(jsonb) to ingest_app;

-- Names leave a contact for a new one: two people had been taken for one. What was said stays with the first; bookings
-- too. A conversation answered at a leaving name is answered at one that stays, where there is one for its channel.
create function conversation.split_contact(from_id uuid, leaving text[], cause text) returns uuid
language plpgsql volatile as $$
declare
    c conversation.contact;
    fresh uuid := uuidv7();
    v record;
begin
    perform from conversation.work w
    where w.key in (select x.id from conversation.conversation x where x.contact_id = from_id) order by w.key for update;
    select x.* into c from conversation.contact x where x.id = from_id for update;
    insert into conversation.contact (id, tenant_id) values (fresh, c.tenant_id);
    update conversation.contact_alias a set contact_id = fresh
    where a.contact_id = from_id and a.kind || ':' || a.value = any (leaving);
    for v in
        select x.id, n.address, n.stays
        from conversation.conversation x
        join conversation.channel h on h.id = x.channel_id
        cross join lateral (
            -- The forms in which this channel's provider answers to a name.
            select case when h.provider = 'twilio' and a.kind = 'wa_id' then 'whatsapp:+' || a.value
                        when h.provider = 'twilio' and a.kind = 'bsuid' then 'whatsapp:' || a.value
                        when h.provider = 'evolution' and a.kind = 'lid' then a.value || '@lid'
                        when h.provider = 'meta' and a.kind = 'bsuid' or h.provider <> 'twilio' and a.kind = 'wa_id'
                            then a.value end as address, a.contact_id = from_id as stays
            from conversation.contact_alias a where a.contact_id in (from_id, fresh)) n
        where x.contact_id = from_id and x.merged_into is null and n.address is not null
        order by x.id, n.stays desc, n.address
    loop
        update conversation.conversation x set to_address = v.address
        where x.id = v.id and v.stays and x.to_address in (
            select f from conversation.contact_alias a,
                 unnest(array[a.value, a.value || '@lid', 'whatsapp:+' || a.value, 'whatsapp:' || a.value]) f
            where a.contact_id = fresh);
    end loop;
    insert into conversation.contact_change (tenant_id, kind, contact_id, other_id, cause, detail)
    values (c.tenant_id, 'split', from_id, fresh, split_contact.cause, jsonb_build_object('aliases', leaving));
    return fresh;
end $$;
