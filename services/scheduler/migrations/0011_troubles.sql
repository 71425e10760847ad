-- Reminders that were given up are asked for a few times a minute, and they are few among many.
create index reminder_failed on scheduler.reminder (settled_at) where state = 'failed';
