-- The nearest moment outside the quiet hours: their end, unless that is after `latest`; then an hour before they begin,
-- so that the message is gone before the quiet starts even when the channel is slow.
create function scheduler.out_of_quiet_hours(
  due_at timestamptz, latest timestamptz, quiet_from time, quiet_until time, time_zone text
) returns timestamptz
language plpgsql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
declare
  wall   timestamp := due_at at time zone time_zone;
  starts timestamp; -- of the quiet hours around `wall`, both in local time
  ends   timestamp;
begin
  if quiet_from is null then
    return due_at;
  end if;
  -- The quiet hours that began today, or, for hours over midnight in the early morning, yesterday.
  starts := wall::date + quiet_from;
  if quiet_from > quiet_until and wall::time < quiet_until then
    starts := starts - interval '1 day';
  end if;
  ends := starts::date + quiet_until;
  if quiet_from > quiet_until then
    ends := ends + interval '1 day';
  end if;
  if wall < starts or wall >= ends then
    return due_at;
  end if;
  if ends at time zone time_zone <= latest then
    return ends at time zone time_zone;
  end if;
  return (starts - interval '1 hour') at time zone time_zone;
end
$$;

-- scheduler.plan_reminders: when to remind. The one place where the rule lives; effects and the preview both call it.
--
--   since          the moment the customer was told (booked or moved); multiples of `every` count from here
--   starts_at      the appointment; nothing at or after it
--   every          distance between two reminders, as elapsed time (a day is 86400 seconds, whatever the clocks do)
--   earliest_lead  nothing earlier than this before the appointment: it says where the row of reminders begins
--   min_lead       nothing later than this before the appointment
--   cap            at most so many, counted from the first; 0 means none
--   not_before     nothing at or before this moment: the past is never planned
--   quiet_from, quiet_until, time_zone
--                  a reminder inside these local hours moves to their end if that still leaves one `every` and the
--                  min_lead before the appointment, otherwise to the evening before; reminders that meet become one
--
-- A booking made at 00:00 for 10:00 with the defaults gives 02:00, 04:00, 06:00, 08:00.
create function scheduler.plan_reminders(
  since timestamptz, starts_at timestamptz, every interval, earliest_lead interval, min_lead interval, cap int,
  not_before timestamptz, quiet_from time, quiet_until time, time_zone text
) returns table (ordinal int, due_at timestamptz, not_after timestamptz)
language sql stable parallel safe
set search_path = pg_catalog, pg_temp
as $$
  with step as (
    select seconds,
           greatest(ceil(extract(epoch from starts_at - since) / seconds - extract(epoch from earliest_lead) / seconds),
                    floor(extract(epoch from not_before - since) / seconds) + 1,
                    1)::bigint as first
    from (select extract(epoch from every) as seconds)
  ), placed as (
    -- Bounded by the cap, not by the distance: a plan of seconds for an appointment next year costs the same.
    select scheduler.out_of_quiet_hours(raw.at, starts_at - greatest(every, min_lead),
                                        quiet_from, quiet_until, time_zone) as at
    from step,
         generate_series(first, first + cap - 1) as n,
         lateral (select since + make_interval(secs => (n * seconds)::double precision) as at) as raw
    where raw.at < starts_at and raw.at <= starts_at - min_lead
  ), kept as (
    select distinct at from placed where at > greatest(not_before, since) and at < starts_at
  )
  select (row_number() over (order by at))::int, at, coalesce(lead(at) over (order by at), starts_at)
  from kept
  order by at
$$;
