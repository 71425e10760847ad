-- Locks are taken in this order everywhere, here and in store/holds.rs: effect, booking, staff by id, reminders, delivery.
-- The staff row is the mutex of one person's diary. With it every check below sees all that is decided; without it two
-- moves that swap places would meet as a deadlock in the exclusion constraint.

-- The answer to an effect, in the terms in which the customer is told.
create function scheduler.describe_effect(
  outcome text, the_booking uuid, the_tenant uuid, the_service uuid, the_staff uuid, begins timestamptz, ends timestamptz
) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'outcome', outcome,
    'booking_id', the_booking,
    'service_id', the_service,
    'service', (select s.name from scheduler.service s where s.tenant_id = the_tenant and s.id = the_service),
    'staff_id', the_staff,
    'staff', (select p.name from scheduler.staff p where p.tenant_id = the_tenant and p.id = the_staff),
    'starts_at', begins,
    'ends_at', ends,
    'time_zone', (select c.time_zone from scheduler.tenant_calendar c where c.tenant_id = the_tenant))
$$;

-- When the visit would end; null when this person does not (or no longer) offer this service.
create function scheduler.visit_ends_at(the_tenant uuid, the_service uuid, the_staff uuid, begins timestamptz)
returns timestamptz
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select begins + make_interval(mins => s.minutes)
  from scheduler.staff_service offered
  join scheduler.service s on s.tenant_id = offered.tenant_id and s.id = offered.service_id and s.active
  join scheduler.staff p on p.tenant_id = offered.tenant_id and p.id = offered.staff_id and p.active
  where offered.tenant_id = the_tenant and offered.service_id = the_service and offered.staff_id = the_staff
$$;

-- Is somebody else being asked about this time right now? Call it under the staff lock.
create function scheduler.held_by_another(effect jsonb, the_staff uuid, begins timestamptz, ends timestamptz)
returns boolean
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select from scheduler.hold h
    where h.tenant_id = (effect ->> 'tenant_id')::uuid and h.staff_id = the_staff
      and h.starts_at < ends and h.ends_at > begins and h.expires_at > now()
      and h.id is distinct from (effect ->> 'hold_id')::uuid
      and h.conversation_id is distinct from (effect ->> 'conversation_id')::uuid)
$$;

-- The time is the customer's now; nothing needs to be kept free for them.
create function scheduler.let_go_of_hold(effect jsonb) returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
  delete from scheduler.hold h
  where h.tenant_id = (effect ->> 'tenant_id')::uuid
    and (h.id = (effect ->> 'hold_id')::uuid or h.conversation_id = (effect ->> 'conversation_id')::uuid)
$$;

create function scheduler.book(effect jsonb) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  the_tenant  uuid        := (effect ->> 'tenant_id')::uuid;
  the_service uuid        := (effect ->> 'service_id')::uuid;
  the_staff   uuid        := (effect ->> 'staff_id')::uuid;
  begins      timestamptz := (effect ->> 'starts_at')::timestamptz;
  ends        timestamptz := scheduler.visit_ends_at(the_tenant, the_service, the_staff, begins);
  booked      uuid;
begin
  if the_service is null or the_staff is null or begins is null then
    raise invalid_parameter_value using message = 'an effect of kind book needs service_id, staff_id and starts_at';
  end if;
  if ends is null or begins <= now() then
    return scheduler.describe_effect('stale', null, the_tenant, the_service, the_staff, begins, ends);
  end if;

  perform from scheduler.staff p where p.tenant_id = the_tenant and p.id = the_staff for no key update;
  if scheduler.held_by_another(effect, the_staff, begins, ends) then
    return scheduler.describe_effect('taken', null, the_tenant, the_service, the_staff, begins, ends);
  end if;
  begin
    insert into scheduler.booking
      (tenant_id, service_id, staff_id, starts_at, ends_at, time_zone, customer_name, language,
       channel_id, conversation_id, contact_id, address, correlation_id)
    select the_tenant, the_service, the_staff, begins, ends, c.time_zone, coalesce(effect ->> 'customer_name', ''),
           coalesce(effect ->> 'language', c.language), (effect ->> 'channel_id')::uuid,
           (effect ->> 'conversation_id')::uuid, (effect ->> 'contact_id')::uuid, effect ->> 'to',
           coalesce((effect ->> 'correlation_id')::uuid, (effect ->> 'proposal_id')::uuid)
    from scheduler.tenant_calendar c
    where c.tenant_id = the_tenant
    returning id into strict booked;
  exception when exclusion_violation then
    return scheduler.describe_effect('taken', null, the_tenant, the_service, the_staff, begins, ends);
  end;

  perform scheduler.let_go_of_hold(effect);
  perform scheduler.arm_reminders(the_tenant, booked, now());
  return scheduler.describe_effect('done', booked, the_tenant, the_service, the_staff, begins, ends);
end
$$;
