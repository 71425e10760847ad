-- $1 tenant, $2 booking.
select b.tenant_id, b.id, b.status, b.service_id, s.slug as service_slug, s.name as service_name,
       s.minutes as service_minutes, s.price as service_price, b.staff_id, p.slug as staff_slug, p.name as staff_name,
       b.starts_at, b.ends_at, b.time_zone, b.customer_name, b.language,
       b.channel_id, b.conversation_id, b.contact_id, b.address, b.created_at, b.cancelled_at, b.version
from scheduler.booking b
join scheduler.service s on s.tenant_id = b.tenant_id and s.id = b.service_id
join scheduler.staff p on p.tenant_id = b.tenant_id and p.id = b.staff_id
where b.tenant_id = $1 and b.id = $2
