-- Campaigns: the same to many, one row per recipient.

create table delivery.campaign (
    id           uuid primary key,
    tenant_id    uuid not null,
    channel_id   uuid not null,
    name         text not null,
    state        text not null default 'draft' check (state in ('draft', 'running', 'paused', 'done', 'cancelled')),
    body         jsonb not null check (delivery.is_content(body)),
    useful_for   interval not null,
    not_before   timestamptz not null default '-infinity',
    correlation_id uuid not null,
    created_at   timestamptz not null default clock_timestamp(),
    started_at   timestamptz,
    ended_at     timestamptz,
    unique (tenant_id, name)
);
create index campaign_running on delivery.campaign (id) where state = 'running';

create table delivery.campaign_recipient (
    campaign_id uuid not null references delivery.campaign on delete cascade,
    n           int not null,
    line        int not null,
    -- E.164, folded: nobody is in a campaign twice.
    phone       text not null,
    -- In the provider's form, for somebody who never wrote.
    address     text not null,
    -- With its gaps filled; null where there are none.
    body        jsonb,
    -- waiting: its turn has not come; handed: it is a message; done: so is its outcome; skipped: never a message.
    state       text not null default 'waiting' check (state in ('waiting', 'handed', 'done', 'skipped')),
    message_id  uuid,
    reason      jsonb,
    primary key (campaign_id, n),
    unique (campaign_id, phone)
);
create index campaign_recipient_waiting on delivery.campaign_recipient (campaign_id, n) where state = 'waiting';
create index campaign_recipient_handed on delivery.campaign_recipient (campaign_id, n) where state = 'handed';

-- campaign: {id, tenant_id, channel_id, name, body, useful_hours, not_before?, correlation_id}
-- recipients: array of {line, phone, address, body?}, in their order. False: the tenant has a campaign of that name.
create function delivery.create_campaign(campaign jsonb, recipients jsonb) returns boolean
language plpgsql volatile as $$
begin
    insert into delivery.campaign (id, tenant_id, channel_id, name, body, useful_for, not_before, correlation_id)
    values ((campaign ->> 'id')::uuid, (campaign ->> 'tenant_id')::uuid, (campaign ->> 'channel_id')::uuid, campaign ->> 'name',
            campaign -> 'body', make_interval(hours => (campaign ->> 'useful_hours')::int),
            coalesce((campaign ->> 'not_before')::timestamptz, '-infinity'), (campaign ->> 'correlation_id')::uuid)
    on conflict on constraint campaign_tenant_id_name_key do nothing;
    if not found then return false; end if;
    insert into delivery.campaign_recipient (campaign_id, n, line, phone, address, body)
    select (campaign ->> 'id')::uuid, r.ord, (r.v ->> 'line')::int, r.v ->> 'phone', r.v ->> 'address',
           nullif(r.v -> 'body', 'null')
    from jsonb_array_elements(recipients) with ordinality r (v, ord);
    return true;
end $$;

-- Hands the next recipients of a running campaign to the line bulk, so that about five seconds of the channel's pace are
-- queued and never more: a pause takes effect at once, and nothing of a campaign is in the way of another. One transaction:
-- whoever was handed over has a message, whoever has none is next. Of several that come at a time one does it.
-- Answers with how many rows it moved.
create function delivery.feed_campaign(campaign_id uuid) returns int
language plpgsql volatile as $$
#variable_conflict use_column
declare
    c record;
    due delivery.campaign_recipient[];
    room int;
    handed jsonb;
    n int;
begin
    select g.*, ch.tokens_per_second into c
    from delivery.campaign g join delivery.channel ch on ch.id = g.channel_id
    where g.id = feed_campaign.campaign_id and g.state = 'running' and g.not_before <= clock_timestamp()
    for update of g skip locked;
    if not found then return 0; end if;

    update delivery.campaign_recipient r set state = 'done'
    from delivery.message m
    where r.campaign_id = c.id and r.state = 'handed' and m.id = r.message_id and m.state not in ('queued', 'intended');

    select count(*) into n from delivery.campaign_recipient r where r.campaign_id = c.id and r.state = 'handed';
    room := least(greatest(20, ceil(5 * c.tokens_per_second)), 500)::int - n;
    due := array (select r from delivery.campaign_recipient r where r.campaign_id = c.id and r.state = 'waiting'
                  order by r.n limit greatest(room, 0));
    if cardinality(due) = 0 then
        if n = 0 and room > 0 then
            update delivery.campaign g set state = 'done', ended_at = clock_timestamp() where g.id = c.id;
        end if;
        return 0;
    end if;

    with whom as (
        select d.n, w.conversation_id, w.to_address, d.body,
               exists (select from delivery.opt_out o
                       where o.channel_id = c.channel_id and o.address = w.to_address and o.ended_at is null) as opted_out
        from unnest(due) d cross join lateral delivery.whom(c.tenant_id, c.channel_id, d.phone, d.address) w
    ), skipped as (
        update delivery.campaign_recipient r
        set state = 'skipped', reason = jsonb_build_object('cause', 'opted_out', 'cause_text', 'the customer asked for no more messages')
        from whom w where r.campaign_id = c.id and r.n = w.n and w.opted_out
    )
    select jsonb_agg(jsonb_build_object(
               'tenant_id', c.tenant_id, 'channel_id', c.channel_id, 'conversation_id', w.conversation_id, 'to', w.to_address,
               'lane', 'bulk', 'class', 'notice', 'profile', 'conversation', 'body', coalesce(w.body, c.body),
               'not_after', clock_timestamp() + c.useful_for, 'correlation_id', c.correlation_id, 'cause', 'campaign:' || c.id,
               'dedupe_key', 'campaign:' || c.id || ':' || w.n) order by w.n)
    into handed from whom w where not w.opted_out;

    if handed is not null then
        update delivery.campaign_recipient r
        set state = 'handed', message_id = e.message_id
        from delivery.enqueue_v1(handed, true) e
        where r.campaign_id = c.id
          and r.n = substring(handed -> (e.ord - 1) ->> 'dedupe_key' from ':([0-9]+)$')::int;
    end if;
    return cardinality(due);
end $$;

-- What operators want of a campaign. Answers with the state it was in; null: there is none. Nothing changes from a state that
-- does not allow it.
create function delivery.move_campaign(campaign_id uuid, wanted text) returns text
language plpgsql volatile as $$
#variable_conflict use_column
declare
    was text;
    queued uuid[];
begin
    select g.state into was from delivery.campaign g where g.id = move_campaign.campaign_id for update;
    if was is null or not (case wanted when 'start' then was = 'draft' when 'pause' then was = 'running'
                                 when 'resume' then was = 'paused' when 'cancel' then was in ('draft', 'running', 'paused') end) then
        return was;
    end if;
    update delivery.campaign g
    set state = case wanted when 'start' then 'running' when 'resume' then 'running' when 'pause' then 'paused' else 'cancelled' end,
        started_at = case when wanted = 'start' then clock_timestamp() else g.started_at end,
        ended_at = case when wanted = 'cancel' then clock_timestamp() end
    where g.id = move_campaign.campaign_id;

    queued := array (select r.message_id from delivery.campaign_recipient r
                     where r.campaign_id = move_campaign.campaign_id and r.state = 'handed' order by 1);
    perform from delivery.message m where m.id = any (queued) order by m.id for update;
    if wanted = 'cancel' then
        update delivery.message m
        set state = 'cancelled', settled_at = clock_timestamp(),
            reason = jsonb_build_object('cause', 'campaign_cancelled', 'cause_text', 'the campaign was cancelled', 'owner', 'nobody',
                                        'next_step', 'nothing to do')
        where m.id = any (queued) and (m.state = 'queued') is true;
    elsif wanted in ('pause', 'resume') then
        -- Held where it stands, so that nobody loses their place.
        if wanted = 'pause' then
            insert into delivery.hold (message_id, since, until, cause, cause_text)
            select m.id, clock_timestamp(), '9000-01-01Z', 'campaign_paused', 'the campaign is paused'
            from delivery.message m where m.id = any (queued) and m.state = 'queued'
            on conflict do nothing;
        else
            update delivery.hold h set until = clock_timestamp()
            where h.message_id = any (queued) and h.cause = 'campaign_paused' and h.until > clock_timestamp();
        end if;
        update delivery.message m
        set due_at = case when wanted = 'pause' then '9000-01-01Z'::timestamptz else clock_timestamp() end,
            reason = case when wanted = 'pause' then jsonb_build_object('cause', 'campaign_paused', 'cause_text',
                'the campaign is paused', 'owner', 'operator', 'next_step', 'resume the campaign') end
        where m.id = any (queued) and (m.state = 'queued') is true;
    end if;
    return was;
end $$;

-- How many recipients stand where: waiting, the states of messages raised by receipts, and skipped.
create function delivery.campaign_outcomes(campaign_id uuid) returns table (n int, outcome text, reason jsonb)
language sql stable as $$
    select r.n,
           case when r.state = 'waiting' then case when g.state = 'cancelled' then 'cancelled' else 'waiting' end
                when r.state = 'skipped' then 'skipped'
                when m.state = 'sent' and l.rank >= 4 then 'read'
                when m.state = 'sent' and l.rank = 3 then 'delivered'
                else m.state end,
           coalesce(r.reason, m.reason)
    from delivery.campaign_recipient r
    join delivery.campaign g on g.id = r.campaign_id
    left join delivery.message m on m.id = r.message_id
    left join delivery.receipt l on l.channel_id = m.channel_id and l.provider_id = m.provider_id
    where r.campaign_id = campaign_outcomes.campaign_id
$$;
