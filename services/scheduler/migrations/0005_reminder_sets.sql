-- A booking's reminders live and die as a set: armed when it is made or moved, voided when it is moved or cancelled.

-- A new set for the booking as it now stands. Numbers go on from the highest ever used.
create function scheduler.arm_reminders(the_tenant uuid, the_booking uuid, since timestamptz) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  insert into scheduler.reminder (tenant_id, booking_id, number, booking_version, scheduled_for, not_after, look_at)
  select b.tenant_id, b.id, used.highest + p.ordinal, b.version, p.due_at, p.not_after, p.due_at
  from scheduler.booking b
  join scheduler.service s on s.tenant_id = b.tenant_id and s.id = b.service_id
  join scheduler.tenant_calendar c on c.tenant_id = b.tenant_id
  cross join lateral (
    select coalesce(max(r.number), 0) as highest
    from scheduler.reminder r
    where r.tenant_id = b.tenant_id and r.booking_id = b.id
  ) used
  cross join lateral scheduler.plan_reminders(
    since, b.starts_at, s.reminder_every, s.reminder_earliest_lead, s.reminder_min_lead, s.reminder_cap,
    now(), c.quiet_from, c.quiet_until, b.time_zone
  ) p
  -- Nobody can be reminded without a way to reach them.
  where b.tenant_id = the_tenant and b.id = the_booking and b.channel_id is not null
$$;

-- Waiting reminders can no longer speak; those already handed to delivery are taken back if they have not left.
-- What was sent stays as it was.
create function scheduler.void_reminders(the_tenant uuid, the_booking uuid, why text) returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  handed_over text;
begin
  update scheduler.reminder
  set state = 'voided', reason = why, settled_at = now()
  where tenant_id = the_tenant and booking_id = the_booking and state = 'waiting';

  -- Past not_after delivery drops a message by itself, so this is one reminder, seldom two. They go one by one because
  -- the answer is a count, and each row must say what became of it.
  for handed_over in
    select id from scheduler.reminder
    where tenant_id = the_tenant and booking_id = the_booking and state = 'completed' and not_after > now()
    order by number
  loop
    if delivery.cancel_v1(array[handed_over], the_tenant, why) > 0 then
      update scheduler.reminder set state = 'voided', reason = why, settled_at = now() where id = handed_over;
    end if;
  end loop;
end
$$;
