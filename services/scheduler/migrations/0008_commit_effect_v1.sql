-- What turns an agreed proposal into fact, at most once. The same proposal again gets the first answer and changes
-- nothing; a proposal that is being committed elsewhere is waited for.
--
--   effect   {proposal_id, kind: book|move|cancel, tenant_id, channel_id, conversation_id, contact_id, to, customer_name,
--             language, booking_id? (move, cancel), service_id?, staff_id?, starts_at?, hold_id?, correlation_id,
--             asked? (SHA-256 of an operator's request in hex)}
--   returns  {outcome, booking_id, service_id, service, staff_id, staff, starts_at, ends_at, time_zone}
--     done   it is so now
--     taken  somebody else has, or is being asked about, that time
--     gone   there is no such booking of theirs that can still be changed
--     other  the proposal was made of another request; nothing else is told
--     stale  what was agreed is no longer on offer: the time has passed, or this person no longer does that
create function scheduler.apply_effect(effect jsonb, the_actor text) returns jsonb
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  the_proposal uuid := (effect ->> 'proposal_id')::uuid;
  the_tenant   uuid := (effect ->> 'tenant_id')::uuid;
  answer       jsonb;
begin
  if the_proposal is null or the_tenant is null then
    raise invalid_parameter_value using message = 'an effect needs proposal_id and tenant_id';
  end if;

  -- First the receipt, then the work: whoever comes second waits here until the first has committed or given up.
  insert into scheduler.effect (proposal_id, tenant_id, kind, actor, outcome, correlation_id, asked)
  values (the_proposal, the_tenant, effect ->> 'kind', the_actor, '{}', (effect ->> 'correlation_id')::uuid,
          decode(effect ->> 'asked', 'hex'))
  on conflict do nothing;
  if not found then
    select case when e.asked is not distinct from decode(effect ->> 'asked', 'hex') then e.outcome
                else '{"outcome": "other"}' end
    into answer from scheduler.effect e
    where e.proposal_id = the_proposal and e.tenant_id = the_tenant;
    if not found then
      raise invalid_parameter_value using message = 'this proposal_id belongs to another tenant';
    end if;
    return answer;
  end if;

  answer := case effect ->> 'kind'
    when 'book' then scheduler.book(effect)
    when 'move' then scheduler.move(effect)
    when 'cancel' then scheduler.cancel(effect)
  end;
  update scheduler.effect
  set outcome = answer, booking_id = (answer ->> 'booking_id')::uuid
  where proposal_id = the_proposal;
  return answer;
end
$$;

-- The face for conversation, called inside the turn's own transaction.
create function scheduler.commit_effect_v1(effect jsonb) returns jsonb
language plpgsql security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  -- Only an operator may act on a booking without saying whose it is.
  if effect ->> 'contact_id' is null then
    raise invalid_parameter_value using message = 'an effect needs contact_id';
  end if;
  return scheduler.apply_effect(effect, 'conversation');
end
$$;

revoke execute on function scheduler.commit_effect_v1(jsonb) from public;
grant usage on schema scheduler to conversation_app;
grant execute on function scheduler.commit_effect_v1(jsonb) to conversation_app;
