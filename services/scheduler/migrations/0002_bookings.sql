-- Who has which time. A booking is an instant range and the zone in which the business meant it.

-- Equality on uuid inside a gist exclusion constraint.
create extension if not exists btree_gist with schema scheduler;

create table scheduler.booking (
  tenant_id        uuid        not null,
  id               uuid        not null default uuidv7(),
  service_id       uuid        not null,
  staff_id         uuid        not null,
  starts_at        timestamptz not null,
  ends_at          timestamptz not null,
  time_zone        text        not null,
  status           text        not null default 'confirmed' check (status in ('confirmed', 'cancelled')),
  -- Raised by every move. A reminder names the version it was planned for.
  version          int         not null default 1,
  customer_name    text        not null,
  language         text        not null,
  -- The way to the customer, as delivery and conversation know it; all null for somebody who is only in the book.
  channel_id       uuid,
  conversation_id  uuid,
  contact_id       uuid,
  address          text,
  correlation_id   uuid        not null,
  created_at       timestamptz not null default now(),
  updated_at       timestamptz not null default now(),
  cancelled_at     timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, service_id) references scheduler.service,
  foreign key (tenant_id, staff_id) references scheduler.staff,
  check (starts_at < ends_at),
  check ((status = 'cancelled') = (cancelled_at is not null)),
  check ((channel_id is null) = (address is null) and (channel_id is null) = (conversation_id is null)),
  -- The last word on double booking, whoever writes and however.
  constraint booking_one_at_a_time exclude using gist
    (staff_id with =, tstzrange(starts_at, ends_at) with &&) where (status = 'confirmed')
);

create index booking_by_start on scheduler.booking (tenant_id, starts_at, id);
create index booking_by_contact on scheduler.booking (tenant_id, contact_id, starts_at);
create index booking_by_conversation on scheduler.booking (tenant_id, conversation_id, starts_at);

-- A time kept free while a customer is asked. One per conversation: asking about another time lets go of the first.
-- Expiry is a fact of the clock, not of a job: a hold past expires_at counts for nothing, and is swept later.
create table scheduler.hold (
  tenant_id        uuid        not null,
  id               uuid        not null default uuidv7(),
  conversation_id  uuid        not null,
  service_id       uuid        not null,
  staff_id         uuid        not null,
  starts_at        timestamptz not null,
  ends_at          timestamptz not null,
  expires_at       timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, conversation_id),
  foreign key (tenant_id, service_id) references scheduler.service,
  foreign key (tenant_id, staff_id) references scheduler.staff,
  check (starts_at < ends_at)
);

create index hold_by_staff on scheduler.hold (tenant_id, staff_id, starts_at);
create index hold_by_expiry on scheduler.hold (expires_at);

-- What became of each proposal, once and for good. The row is the receipt that makes every replay harmless.
create table scheduler.effect (
  proposal_id  uuid        primary key,
  tenant_id    uuid        not null,
  kind         text        not null check (kind in ('book', 'move', 'cancel')),
  actor        text        not null check (actor in ('conversation', 'operator')),
  booking_id   uuid,
  -- Of what asked for it: its thread belongs to the booking's timeline.
  correlation_id uuid,
  outcome      jsonb       not null,
  -- SHA-256 of the request, where its caller chose the name that made proposal_id: the name belongs to this request alone.
  asked        bytea,
  -- Counted in the metrics by whichever replica looks first; see store/effects.rs.
  counted      boolean     not null default false,
  created_at   timestamptz not null default now()
);

create index effect_uncounted on scheduler.effect (created_at) where not counted;
create index effect_by_booking on scheduler.effect (tenant_id, booking_id, created_at);
