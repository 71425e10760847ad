-- Rules that are looked at when a message's turn comes.

-- Meta's limit for two people: one message in six seconds, of which 45 may be borrowed from the time to come. `at`: until
-- then everything that was sent to them is paid for (services/delivery/src/domain/pair.rs). Commits with the intents, so a
-- change of owner cannot burst.
create table delivery.pair (
    channel_id uuid not null,
    address    text not null,
    at         timestamptz not null,
    primary key (channel_id, address)
) with (fillfactor = 60);

create function delivery.pair_interval() returns interval language sql immutable as $$ select interval '6 seconds' $$;

-- A person has taken over a conversation: what the machine had answered and not yet sent is not sent. What states
-- something committed (a confirmation), reminders and notices still go. Returns how many.
create function delivery.hush_v1(tenant_id uuid, conversation_id uuid) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare n int;
begin
    update delivery.message m
    set state = 'skipped', settled_at = clock_timestamp(),
        reason = jsonb_build_object('cause', 'person_took_over', 'cause_text', 'a person took the conversation over before it was sent',
                                    'owner', 'nobody', 'next_step', 'nothing to do')
    where m.tenant_id = hush_v1.tenant_id and m.conversation_id = hush_v1.conversation_id
      and (m.state = 'queued' and m.class = 'reply' and m.cause like 'turn:%') is true;
    get diagnostics n = row_count;
    return n;
end $$;

revoke execute on function delivery.hush_v1(uuid, uuid) from public;
grant execute on function delivery.hush_v1(uuid, uuid) to conversation_app;

-- Messages the provider took and of which nothing was heard since: no delivery, no reading, no failure. Noted on them once,
-- those of the last two hours; a receipt that comes after all counts more. Returns how many are new,
-- by channel.
create function delivery.note_silence(after interval) returns table (channel_id uuid, messages bigint)
language sql volatile as $$
    with noted as (
    update delivery.message m
    set reason = jsonb_build_object('cause', 'no_receipt', 'cause_text',
                 'the provider took it, and nothing has been heard of it since', 'owner', 'front_desk',
                 'next_step', 'the phone may be off; if it concerns many, look whether receipts arrive and whether the number still delivers')
    from delivery.receipt r
    -- Ids tell when a message was made, so the primary key finds the last hours. As queries of their own, since a function that
    -- gives another answer each time is asked for each row otherwise, and no index helps.
    where m.id between (select uuidv7(-(after + interval '2 hours'))) and (select uuidv7(-after))
      and (m.state = 'sent' and m.reason is null and m.settled_at < clock_timestamp() - after) is true
      and r.channel_id = m.channel_id and r.provider_id = m.provider_id and r.rank = 1
    returning m.channel_id
    )
    select n.channel_id, count(*) from noted n group by 1
$$;

-- How many conversations a channel began in the last 24 hours, and which of the given messages (in their order) would begin one:
-- nobody was written to in it before, and it was not the customer who began. Asked for channels with a new number only.
create function delivery.first_contacts(channel uuid, messages uuid[], out begun bigint, out cold uuid[])
language sql stable as $$
    select (select count(distinct m.conversation_id) from delivery.message m
            -- Ids tell when a message was made: none waits longer than a week for its day.
            where m.id >= (select uuidv7(-interval '8 days')) and m.channel_id = channel and m.attempts > 0
              and m.intended_at > clock_timestamp() - interval '24 hours' and m.cause not like 'turn:%'
              and not exists (select from delivery.message o
                              where o.tenant_id = m.tenant_id and o.conversation_id = m.conversation_id and o.id <> m.id
                                and (o.cause like 'turn:%' or (o.attempts > 0 and o.intended_at < m.intended_at)))),
           coalesce((select array_agg(m.id order by c.nth)
                     from unnest(messages) with ordinality c (id, nth) join delivery.message m on m.id = c.id
                     where m.attempts = 0
                       and not exists (select from delivery.message o
                                       where o.tenant_id = m.tenant_id and o.conversation_id = m.conversation_id and o.id <> m.id
                                         and (o.cause like 'turn:%' or o.attempts > 0))), '{}')
$$;
