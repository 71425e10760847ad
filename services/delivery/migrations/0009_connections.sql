-- What setting a channel up needs of the sender: how many messages wait, and messages that go round in order to prove the
-- chain.

-- How many messages of a channel are not settled yet: they would wait for ever behind a channel that is switched off.
create function delivery.waiting_v1(channel_id uuid) returns bigint
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select (select count(*) from delivery.message m
            where m.channel_id = waiting_v1.channel_id and m.state in ('queued', 'intended'))
         + (select count(*) from delivery.message m where m.channel_id = waiting_v1.channel_id and m.state = 'unknown')
$$;
revoke execute on function delivery.waiting_v1(uuid) from public;
grant execute on function delivery.waiting_v1(uuid) to conversation_app;

-- Messages that go round to prove a channel. They are no messages of anybody: no line, no attempt, no conversation.
create table delivery.canary (
    id          uuid primary key,
    channel_id  uuid not null references delivery.channel on delete cascade,
    text_sha256 text not null,
    provider_id text,
    sent_at     timestamptz not null default clock_timestamp(),
    echoed_at   timestamptz
);
create index canary_sent on delivery.canary (sent_at);
create index canary_of on delivery.canary (channel_id, sent_at);
