-- Contacts were merged, or go by another number: bookings and held slots follow in the same transaction.
--
-- person: {tenant_id, from_contact, to_contact,
--          conversations?: [{from, to, held: whether the slot held in `from` is the one to keep}],
--          addresses?: [{channel_id, from, to}]}
create function scheduler.repoint_v1(person jsonb) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_custom_plan
as $$
declare
  the_tenant uuid := (person ->> 'tenant_id')::uuid;
  the_person uuid := (person ->> 'to_contact')::uuid;
begin
  perform from scheduler.booking b
  where b.tenant_id = the_tenant and b.contact_id in ((person ->> 'from_contact')::uuid, the_person)
  order by b.id for no key update;
  update scheduler.booking b set contact_id = the_person
  where b.tenant_id = the_tenant and b.contact_id = (person ->> 'from_contact')::uuid and b.contact_id <> the_person;
  update scheduler.booking b set conversation_id = c."to"
  from jsonb_to_recordset(person -> 'conversations') as c ("from" uuid, "to" uuid)
  where b.tenant_id = the_tenant and b.conversation_id = c."from";
  update scheduler.booking b set address = a."to"
  from jsonb_to_recordset(person -> 'addresses') as a (channel_id uuid, "from" text, "to" text)
  where b.tenant_id = the_tenant and b.contact_id = the_person and b.channel_id = a.channel_id and b.address = a."from";

  delete from scheduler.hold h
  using jsonb_to_recordset(person -> 'conversations') as c ("from" uuid, "to" uuid, held boolean)
  where h.tenant_id = the_tenant and h.conversation_id = case when c.held then c."to" else c."from" end;
  update scheduler.hold h set conversation_id = c."to"
  from jsonb_to_recordset(person -> 'conversations') as c ("from" uuid, "to" uuid, held boolean)
  where h.tenant_id = the_tenant and h.conversation_id = c."from" and c.held;
end
$$;

revoke execute on function scheduler.repoint_v1(jsonb) from public;
grant execute on function scheduler.repoint_v1(jsonb) to conversation_app;
