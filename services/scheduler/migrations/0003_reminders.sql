-- One row per reminder that was ever planned. Only a waiting row can still speak.

create table scheduler.reminder (
  tenant_id        uuid        not null,
  booking_id       uuid        not null,
  -- Counts on through moves, in time order, so that an id is never used twice for a booking.
  number           int         not null check (number > 0),
  -- The name the customer's systems know it by, and delivery's dedupe key.
  id               text        not null generated always as
                     ('bkg_' || replace(booking_id::text, '-', '') || '-reminder-' || number::text) stored,
  booking_version  int         not null,
  scheduled_for    timestamptz not null,
  -- Too late from here on: the appointment, or the next reminder, is due.
  not_after        timestamptz not null,
  -- When the worker looks at the row: scheduled_for, pushed back by each failed attempt.
  look_at          timestamptz not null,
  state            text        not null default 'waiting'
                     check (state in ('waiting', 'completed', 'voided', 'expired', 'failed')),
  reason           text,
  attempts         int         not null default 0,
  message_id       uuid,
  settled_at       timestamptz,
  primary key (tenant_id, booking_id, number),
  unique (id),
  foreign key (tenant_id, booking_id) references scheduler.booking,
  check (scheduled_for < not_after),
  check ((state = 'waiting') = (settled_at is null)),
  check (state in ('waiting', 'completed') or reason is not null),
  check (state <> 'completed' or message_id is not null)
);

create index reminder_due on scheduler.reminder (look_at) where state = 'waiting';
