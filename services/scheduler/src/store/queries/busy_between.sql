-- $1 tenant, $2 from, $3 to, $4 conversation and $5 booking whose own claims do not count.
-- No visit is longer than a day, which lets the index on starts_at bound the search from below, too.
select staff_id as "staff_id!", starts_at as "starts_at!", ends_at as "ends_at!"
from scheduler.booking
where tenant_id = $1 and status = 'confirmed'
  and starts_at > $2::timestamptz - interval '1 day' and starts_at < $3 and ends_at > $2
  and id is distinct from $5
union all
select staff_id, starts_at, ends_at
from scheduler.hold
where tenant_id = $1 and expires_at > now()
  and starts_at < $3 and ends_at > $2
  and conversation_id is distinct from $4
