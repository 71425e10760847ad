-- Addresses are names of people, and a person may have several, or another one from now on.

-- The addresses are one person's: an opt-out of one holds for all, and so does the latest time they wrote.
create function delivery.same_person_v1(tenant_id uuid, channel_id uuid, addresses text[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if exists (select from delivery.opt_out o
               where o.channel_id = same_person_v1.channel_id and o.address = any (addresses) and o.ended_at is null) then
        perform delivery.opt_out_v1(same_person_v1.tenant_id, same_person_v1.channel_id, addresses, 'customer');
    end if;
    insert into delivery.inbound as i (channel_id, address, at)
    select same_person_v1.channel_id, a, w.at
    from unnest(addresses) a
    join (select max(x.at) as at from delivery.inbound x
          where x.channel_id = same_person_v1.channel_id and x.address = any (addresses)) w on w.at is not null
    order by a
    on conflict on constraint inbound_pkey do update set at = excluded.at where excluded.at > i.at;
end $$;

-- The person is at another address from now on: what is known of the old one holds there, and what waits to be sent goes
-- there. The old address may be somebody else's tomorrow.
create function delivery.move_address_v1(tenant_id uuid, channel_id uuid, from_address text, to_address text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform delivery.same_person_v1(
        move_address_v1.tenant_id, move_address_v1.channel_id, array[from_address, move_address_v1.to_address]);
    update delivery.message m set to_address = move_address_v1.to_address
    where m.channel_id = move_address_v1.channel_id and m.state = 'queued' and m.to_address = from_address;
    delete from delivery.inbound i where i.channel_id = move_address_v1.channel_id and i.address = from_address;
end $$;

revoke execute on function delivery.same_person_v1(uuid, uuid, text[]), delivery.move_address_v1(uuid, uuid, text, text)
    from public;
grant execute on function delivery.same_person_v1(uuid, uuid, text[]), delivery.move_address_v1(uuid, uuid, text, text)
    to conversation_app;
