-- Everything about the bookings that came of threads. A booking without a conversation is found by the time its id tells.
with thread as (
    select distinct * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[])
        t (tenant_id, conversation_id, correlation_id, made_from, made_until)
), booked as (
    select b.* from thread t
    join scheduler.booking b on b.tenant_id = t.tenant_id and b.conversation_id = t.conversation_id
                            and b.correlation_id = t.correlation_id
    union
    select b.* from thread t
    join scheduler.booking b on b.tenant_id = t.tenant_id and b.conversation_id is null
                            and b.correlation_id = t.correlation_id and b.id between t.made_from and t.made_until
), step as (
    select b.id as booking_id, 'booked' as what, b.created_at as at, b.starts_at as until, b.status as name, null as detail
    from booked b
    union all
    select b.id, 'effect', e.created_at, null, e.kind || ' ' || coalesce(e.outcome ->> 'outcome', '?'), e.actor
    from booked b join scheduler.effect e on e.tenant_id = b.tenant_id and e.booking_id = b.id
    union all
    -- A set is planned when the booking is made or moved.
    select b.id, 'planned', case when r.booking_version = 1 then b.created_at else least(b.updated_at, r.scheduled_for) end,
           r.scheduled_for, r.id, null
    from booked b join scheduler.reminder r on r.tenant_id = b.tenant_id and r.booking_id = b.id
    union all
    select b.id, r.state, r.settled_at, null, r.id, coalesce(r.message_id::text, r.reason)
    from booked b join scheduler.reminder r on r.tenant_id = b.tenant_id and r.booking_id = b.id
    where r.settled_at is not null
)
select s.booking_id as "booking_id!", coalesce(b.conversation_id, '00000000-0000-0000-0000-000000000000') as "conversation_id!",
       b.correlation_id as "correlation_id!", s.what as "what!", s.at as "at!", s.until, s.name as "name!", s.detail
from step s join booked b on b.id = s.booking_id
order by s.at limit 1000
