-- What the systems before this one showed under these names, for whoever looks now and then: each reads many rows, so none is for
-- a look every second. Numbers and ids only.

-- Ids are UUIDv7, so their order is that of time: the lowest that can have been made since then.
create function conversation.first_id_since(at timestamptz) returns uuid
language sql immutable
return (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;

-- Conversations by business: who answers them, how many are being worked on, how many wait, and in how many a turn failed within
-- the last hour.
create view conversation.webhook_conversation_health as
    select v.tenant_id,
           count(*) as total_count,
           count(*) filter (where v.owned_by = 'bot') as bot_count,
           count(*) filter (where v.owned_by = 'waiting_human') as waiting_human_count,
           count(*) filter (where v.owned_by = 'human') as human_count,
           count(*) filter (where conversation.is_live(w.owner)) as locked_count,
           count(u.key) as undone_count,
           min(u.oldest_at) as oldest_undone_at,
           count(*) filter (where exists (
               select from conversation.failed_turn f
               where f.conversation_id = v.id and f.ended_at > clock_timestamp() - interval '1 hour')) as error_count
    from conversation.conversation v
    join conversation.work w on w.key = v.id
    left join conversation.undone_keys u on u.key = v.id
    where v.merged_into is null
    group by v.tenant_id;

-- Conversations with something to do that was due two minutes ago. The sweeper wakes what nobody holds; what stays here is a turn
-- that takes so long, or a service that does not run.
create view conversation.stuck_webhook_conversations as
    select v.id as conversation_id, v.tenant_id, v.channel_id, u.oldest_at as waiting_since, w.due_at,
           w.owner as locked_by, conversation.is_live(w.owner) as is_locked, w.starts
    from conversation.undone_keys u
    join conversation.work w on w.key = u.key
    join conversation.conversation v on v.id = u.key
    where greatest(w.due_at, u.oldest_at) < clock_timestamp() - interval '2 minutes';

-- Turns of seven days by version of an agent and by the way they went; without an agent, the menus'.
create view conversation.webhook_agent_performance as
    select t.tenant_id, a.agent, a.version, t.route,
           count(*) as turns,
           round(avg(extract(epoch from t.committed_at - t.started_at)) * 1000) as avg_processing_ms,
           sum((t.stats ->> 'model_calls')::bigint) as model_calls,
           sum((t.stats ->> 'tool_calls')::bigint) as tool_calls,
           sum((t.stats ->> 'input_tokens')::bigint) as input_tokens,
           sum((t.stats ->> 'output_tokens')::bigint) as output_tokens,
           sum((t.stats ->> 'guard_blocks')::bigint) as guard_blocks,
           count(*) filter (where t.stats ->> 'degraded' is not null) as degraded
    from conversation.turn t
    left join conversation.agent_version a on a.id = t.agent_version
    where t.id >= conversation.first_id_since(now() - interval '7 days')
    group by t.tenant_id, a.agent, a.version, t.route;

-- How long turns took, by hour, for seven days.
create view conversation.webhook_message_processing_metrics as
    select t.tenant_id, date_trunc('hour', t.committed_at) as hour,
           count(*) as turns,
           round(avg(t.ms)) as avg_processing_ms,
           round(percentile_cont(0.95) within group (order by t.ms)) as p95_processing_ms,
           round(percentile_cont(0.99) within group (order by t.ms)) as p99_processing_ms
    from (select tenant_id, committed_at,
                 (extract(epoch from committed_at - started_at) * 1000)::float8 as ms
          from conversation.turn where id >= conversation.first_id_since(now() - interval '7 days')) t
    group by t.tenant_id, date_trunc('hour', t.committed_at);

-- What came in and what became of it in the last hours, over all businesses.
create function conversation.get_webhook_performance_stats(hours int default 24)
returns table (messages bigint, turns bigint, failed_turns bigint, dead_items bigint, avg_processing_ms numeric,
               p95_processing_ms numeric, p99_processing_ms numeric)
language sql stable as $$
    with since as (select now() - make_interval(hours => get_webhook_performance_stats.hours) as at),
    items as (
        select count(*) filter (where i.kind = 'message') as messages, count(*) filter (where i.state = 'dead') as dead
        from conversation.item i where i.id >= (select conversation.first_id_since(s.at) from since s)
    ),
    turns as (
        select count(*) as turns, avg(t.ms) as mean, percentile_cont(0.95) within group (order by t.ms) as p95,
               percentile_cont(0.99) within group (order by t.ms) as p99
        from (select (extract(epoch from committed_at - started_at) * 1000)::float8 as ms from conversation.turn
              where id >= (select conversation.first_id_since(s.at) from since s)) t
    )
    select i.messages, t.turns, (select count(*) from conversation.failed_turn f, since s where f.ended_at >= s.at), i.dead,
           round(t.mean::numeric), round(t.p95::numeric), round(t.p99::numeric)
    from items i, turns t
$$;
