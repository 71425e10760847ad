-- The booking an effect speaks of, locked, if it is there to be changed by whoever asks: confirmed, still to come, and
-- the contact's own. An operator names no contact and may change any.
create function scheduler.changeable_booking(effect jsonb) returns scheduler.booking
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  b scheduler.booking;
begin
  if effect ->> 'booking_id' is null then
    raise invalid_parameter_value using message = 'an effect of kind move or cancel needs booking_id';
  end if;
  select * into b from scheduler.booking
  where tenant_id = (effect ->> 'tenant_id')::uuid and id = (effect ->> 'booking_id')::uuid
  for update;
  if b.status = 'confirmed' and b.starts_at > now()
     and (effect ->> 'contact_id' is null or b.contact_id = (effect ->> 'contact_id')::uuid) then
    return b;
  end if;
  return null;
end
$$;

-- Told to somebody who may not know that the booking exists, so it says nothing about it.
create function scheduler.nothing_to_change(effect jsonb) returns jsonb
language sql stable
set search_path = pg_catalog, pg_temp
as $$
  select scheduler.describe_effect('gone', null, (effect ->> 'tenant_id')::uuid, null, null, null, null)
$$;

create function scheduler.move(effect jsonb) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  b           scheduler.booking := scheduler.changeable_booking(effect);
  the_service uuid        := coalesce((effect ->> 'service_id')::uuid, b.service_id);
  the_staff   uuid        := coalesce((effect ->> 'staff_id')::uuid, b.staff_id);
  begins      timestamptz := (effect ->> 'starts_at')::timestamptz;
  ends        timestamptz := scheduler.visit_ends_at(b.tenant_id, the_service, the_staff, begins);
begin
  if b.id is null then
    return scheduler.nothing_to_change(effect);
  end if;
  if begins is null then
    raise invalid_parameter_value using message = 'an effect of kind move needs starts_at';
  end if;
  if ends is null or begins <= now() then
    return scheduler.describe_effect('stale', b.id, b.tenant_id, the_service, the_staff, begins, ends);
  end if;

  perform from scheduler.staff p
  where p.tenant_id = b.tenant_id and p.id in (b.staff_id, the_staff)
  order by p.id
  for no key update;
  if scheduler.held_by_another(effect, the_staff, begins, ends) then
    return scheduler.describe_effect('taken', b.id, b.tenant_id, the_service, the_staff, begins, ends);
  end if;
  begin
    update scheduler.booking m
    set service_id = the_service, staff_id = the_staff, starts_at = begins, ends_at = ends,
        version = m.version + 1, updated_at = now(),
        -- From now on they are written to where they asked from.
        channel_id = case when effect ->> 'to' is null then m.channel_id else (effect ->> 'channel_id')::uuid end,
        conversation_id =
          case when effect ->> 'to' is null then m.conversation_id else (effect ->> 'conversation_id')::uuid end,
        address = coalesce(effect ->> 'to', m.address)
    where m.tenant_id = b.tenant_id and m.id = b.id;
  exception when exclusion_violation then
    return scheduler.describe_effect('taken', b.id, b.tenant_id, the_service, the_staff, begins, ends);
  end;

  perform scheduler.let_go_of_hold(effect);
  perform scheduler.void_reminders(b.tenant_id, b.id, 'the booking was moved');
  perform scheduler.arm_reminders(b.tenant_id, b.id, now());
  return scheduler.describe_effect('done', b.id, b.tenant_id, the_service, the_staff, begins, ends);
end
$$;

create function scheduler.cancel(effect jsonb) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  b scheduler.booking := scheduler.changeable_booking(effect);
begin
  if b.id is null then
    return scheduler.nothing_to_change(effect);
  end if;
  update scheduler.booking
  set status = 'cancelled', cancelled_at = now(), updated_at = now()
  where tenant_id = b.tenant_id and id = b.id;
  perform scheduler.void_reminders(b.tenant_id, b.id, 'the booking was cancelled');
  return scheduler.describe_effect('done', b.id, b.tenant_id, b.service_id, b.staff_id, b.starts_at, b.ends_at);
end
$$;
