-- The templates a channel's provider holds, as far as this service knows: what may be sent outside the 24-hour window, and
-- whether it may be sent now.

create table delivery.template (
    channel_id  uuid not null references delivery.channel on delete cascade,
    -- Meta: `name/language`; Twilio: its ContentSid.
    key         text not null,
    name        text not null,
    language    text not null,
    -- The provider's own id of it.
    provider_id text,
    category    text not null default '',
    status      text not null check (status in ('approved', 'pending', 'paused', 'rejected', 'disabled', 'deleted', 'unsubmitted')),
    quality     text not null default 'unknown' check (quality in ('green', 'yellow', 'red', 'unknown')),
    -- The provider's words for a status that is not good.
    reason      text,
    header      text,
    body        text not null,
    footer      text,
    -- What can be tapped, in its order: {kind, title}.
    buttons     jsonb not null default '[]',
    -- Put by an operator, or listed by the provider: only what was listed can be missing in the next list.
    is_listed   boolean not null,
    seen_at     timestamptz not null default clock_timestamp(),
    changed_at  timestamptz not null default clock_timestamp(),
    primary key (channel_id, key)
);

alter table delivery.channel
    -- When anything about its templates changed: owners read them again.
    add column templates_at timestamptz not null default clock_timestamp(),
    -- When the provider's whole list was last read; null: never, so what is not known may exist all the same.
    add column templates_listed_at timestamptz,
    -- When the list is to be read next. Its owner does it.
    add column templates_due_at timestamptz not null default '-infinity';

-- Writes templates of a channel. `whole`: they are the provider's complete list, so what it listed before is gone.
-- templates: array of {key, name, language, provider_id?, category, status, quality, reason?, header?, body, footer?, buttons}
create function delivery.put_templates(channel uuid, templates jsonb, whole boolean) returns int
language plpgsql volatile as $$
declare changed int;
begin
    perform from delivery.channel c where c.id = channel for update;
    with given as (
        select * from jsonb_to_recordset(templates) as g (key text, name text, language text, provider_id text, category text,
            status text, quality text, reason text, header text, body text, footer text, buttons jsonb)
    ), put as (
        insert into delivery.template as t (channel_id, key, name, language, provider_id, category, status, quality, reason,
                                            header, body, footer, buttons, is_listed)
        select channel, g.key, g.name, g.language, g.provider_id, g.category, g.status, g.quality, g.reason, g.header, g.body,
               g.footer, g.buttons, whole
        from given g order by g.key
        on conflict (channel_id, key) do update
        set name = excluded.name, language = excluded.language, provider_id = excluded.provider_id,
            category = excluded.category, status = excluded.status, quality = excluded.quality, reason = excluded.reason,
            header = excluded.header, body = excluded.body, footer = excluded.footer, buttons = excluded.buttons,
            is_listed = excluded.is_listed, changed_at = clock_timestamp()
        where (t.name, t.language, t.provider_id, t.category, t.status, t.quality, t.reason, t.header, t.body, t.footer,
               t.buttons, t.is_listed)
              is distinct from (excluded.name, excluded.language, excluded.provider_id, excluded.category, excluded.status,
                                excluded.quality, excluded.reason, excluded.header, excluded.body, excluded.footer,
                                excluded.buttons, excluded.is_listed)
        returning 1
    ), gone as (
        update delivery.template t set status = 'deleted', reason = 'the provider lists it no more', changed_at = clock_timestamp()
        where whole and t.channel_id = channel and t.is_listed and t.status <> 'deleted'
          and not exists (select from given g where g.key = t.key)
        returning 1
    )
    select (select count(*) from put) + (select count(*) from gone) into changed;
    update delivery.template t set seen_at = clock_timestamp()
    from jsonb_to_recordset(templates) as g (key text) where t.channel_id = channel and t.key = g.key;
    update delivery.channel c
    set templates_at = case when changed > 0 or (whole and c.templates_listed_at is null) then clock_timestamp()
                            else c.templates_at end,
        templates_listed_at = case when whole then clock_timestamp() else c.templates_listed_at end
    where c.id = channel;
    return changed;
end $$;

-- What a provider said about its templates, for people who ask why. One row per channel and news that changed something.
create table delivery.template_event (
    id         bigint generated always as identity primary key,
    channel_id uuid not null references delivery.channel on delete cascade,
    name       text not null,
    language   text not null,
    -- status, quality or category, and what it became.
    what       text not null,
    value      text not null,
    reason     text,
    at         timestamptz not null default clock_timestamp()
);
create index template_event_of on delivery.template_event (channel_id, name, id);

-- events: array of {channel_id, what: status|quality|category, name, language, value, reason?}
-- Templates belong to the business account, so every channel of the same account is told. News of one that is not known has
-- the list read again, as does news that it may have changed in more than what was said.
-- Answers with how many known ones changed.
create function delivery.record_template_events_v1(events jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    changed int;
    told uuid[];
begin
    told := array (select o.id from jsonb_array_elements(events) e (v)
                   join delivery.channel c on c.id = (e.v ->> 'channel_id')::uuid
                   join delivery.channel o on o.id = c.id
                        or (o.provider = c.provider and o.account ->> 'waba_id' = c.account ->> 'waba_id'));
    perform from delivery.channel c where c.id = any (told) order by c.id for update;
    with given as (
        select e.ord, o.id as channel_id, e.v ->> 'what' as what, e.v ->> 'name' as name,
               e.v ->> 'language' as language, e.v ->> 'value' as value, e.v ->> 'reason' as reason
        from jsonb_array_elements(events) with ordinality e (v, ord)
        join delivery.channel c on c.id = (e.v ->> 'channel_id')::uuid
        join delivery.channel o on o.id = c.id
             or (o.provider = c.provider and o.account ->> 'waba_id' = c.account ->> 'waba_id')
        where e.v ->> 'what' in ('status', 'quality', 'category') and e.v ->> 'name' is not null
    ), said as (
        insert into delivery.template_event (channel_id, name, language, what, value, reason)
        select g.channel_id, g.name, coalesce(g.language, ''), g.what, g.value, g.reason from given g order by g.ord
        returning channel_id
    ), newest as (
        select distinct on (g.channel_id, g.name, g.language, g.what) g.* from given g
        order by g.channel_id, g.name, g.language, g.what, g.ord desc
    ), folded as (
        select n.channel_id, n.name, n.language,
               max(n.value) filter (where n.what = 'status') as status,
               max(n.value) filter (where n.what = 'quality') as quality,
               max(n.value) filter (where n.what = 'category') as category,
               max(n.reason) filter (where n.what = 'status') as reason
        from newest n group by 1, 2, 3
    ), moved as (
        update delivery.template t
        set status = coalesce(f.status, t.status), quality = coalesce(f.quality, t.quality),
            category = coalesce(f.category, t.category),
            reason = case when f.status is null then t.reason else f.reason end, changed_at = clock_timestamp()
        from folded f
        where t.channel_id = f.channel_id and t.name = f.name and t.language = f.language
        returning 1
    )
    select count(*) from moved into changed;
    update delivery.channel c set templates_at = clock_timestamp(), templates_due_at = '-infinity' where c.id = any (told);
    return changed;
end $$;

revoke execute on function delivery.record_template_events_v1(jsonb) from public;
grant execute on function delivery.record_template_events_v1(jsonb) to ingest_app;
