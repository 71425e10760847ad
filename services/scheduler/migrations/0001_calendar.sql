-- What a business offers, who does it, and when: the rules from which free times are computed.
-- Times of day are the business's own local time, in minutes since midnight (1440 = the end of the day),
-- so that a rule keeps its meaning through every change of the clocks.

create table scheduler.tenant_calendar (
  tenant_id             uuid        primary key,
  name                  text        not null check (name <> ''),
  time_zone             text        not null,
  language              text        not null,
  phone                 text,
  -- Distance between two offered starts; null: each service's own length.
  slot_step_minutes     int         check (slot_step_minutes between 1 and 1440),
  -- Nothing is offered that begins sooner than this from now.
  booking_lead_minutes  int         not null default 60 check (booking_lead_minutes between 0 and 43200),
  -- Nothing is offered further ahead than this.
  booking_horizon_days  int         not null default 60 check (booking_horizon_days between 1 and 730),
  -- A reminder is read by whoever holds the phone: what the visit is for, and with whom, stays out unless allowed.
  disclose_service      boolean     not null default false,
  -- Reminders keep out of [quiet_from, quiet_until), which may span midnight. None unless both are set.
  quiet_from            time,
  quiet_until           time,
  updated_at            timestamptz not null default now(),
  check ((quiet_from is null) = (quiet_until is null)),
  check (quiet_from <> quiet_until)
);

create table scheduler.service (
  tenant_id               uuid     not null references scheduler.tenant_calendar,
  id                      uuid     not null,
  slug                    text     not null check (slug <> ''),
  name                    text     not null check (name <> ''),
  minutes                 int      not null check (minutes between 1 and 1440),
  active                  boolean  not null default true,
  -- The reminder plan; 0004_plan_reminders.sql says how it is read.
  reminder_every          interval not null default interval '2 hours' check (reminder_every >= interval '1 second'),
  reminder_earliest_lead  interval not null default interval '24 hours' check (reminder_earliest_lead >= interval '0'),
  reminder_cap            int      not null default 12 check (reminder_cap between 0 and 100),
  primary key (tenant_id, id),
  unique (tenant_id, slug)
);

create table scheduler.staff (
  tenant_id  uuid     not null references scheduler.tenant_calendar,
  id         uuid     not null,
  slug       text     not null check (slug <> ''),
  name       text     not null check (name <> ''),
  active     boolean  not null default true,
  primary key (tenant_id, id),
  unique (tenant_id, slug)
);

create table scheduler.staff_service (
  tenant_id   uuid not null,
  staff_id    uuid not null,
  service_id  uuid not null,
  primary key (tenant_id, staff_id, service_id),
  foreign key (tenant_id, staff_id) references scheduler.staff,
  foreign key (tenant_id, service_id) references scheduler.service
);

-- staff_id null: the hours of the house. A member of staff with any hours of their own follows only those.
create table scheduler.opening_hours (
  tenant_id  uuid     not null references scheduler.tenant_calendar,
  staff_id   uuid,
  weekday    smallint not null check (weekday between 1 and 7), -- ISO: 1 is Monday
  opens      smallint not null check (opens >= 0),
  closes     smallint not null check (closes <= 1440),
  check (opens < closes),
  unique nulls not distinct (tenant_id, staff_id, weekday, opens),
  foreign key (tenant_id, staff_id) references scheduler.staff
);

-- staff_id null: the house is closed; otherwise one person's day off.
create table scheduler.holiday (
  tenant_id  uuid not null references scheduler.tenant_calendar,
  staff_id   uuid,
  day        date not null,
  name       text not null,
  unique nulls not distinct (tenant_id, staff_id, day),
  foreign key (tenant_id, staff_id) references scheduler.staff
);
