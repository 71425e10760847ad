-- Due reminders with everything their text needs, locked until the end of the transaction; $1 how many at most.
--
-- The booking is locked too, against the effect that would move or cancel it: either that effect came first, then the
-- row is passed over now and found voided at the next look, or it waits for us and finds a completed reminder, which it
-- takes back from delivery. Both locks skip what is taken, so this statement waits for nobody.
select r.tenant_id, r.booking_id, r.number, r.id, r.booking_version, r.scheduled_for, r.not_after, r.attempts,
       b.version, b.status = 'confirmed' as "confirmed!", b.starts_at, b.time_zone, b.customer_name, b.language,
       b.channel_id, b.conversation_id, b.address, b.correlation_id,
       s.name as service_name, p.name as staff_name,
       c.name as business_name, c.language as business_language, c.disclose_service,
       coalesce((select w.cancel_word from scheduler.channel_word w where w.channel_id = b.channel_id), 'CANCEL')
         as "cancel_word!",
       now() as "now!"
from scheduler.reminder r
join scheduler.booking b on b.tenant_id = r.tenant_id and b.id = r.booking_id
join scheduler.service s on s.tenant_id = b.tenant_id and s.id = b.service_id
join scheduler.staff p on p.tenant_id = b.tenant_id and p.id = b.staff_id
join scheduler.tenant_calendar c on c.tenant_id = b.tenant_id
where r.state = 'waiting' and r.look_at <= now()
order by r.look_at, r.id
limit $1
for no key update of r skip locked
for share of b skip locked
