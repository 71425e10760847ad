-- What is wrong, from when it was first seen until it is over; and who was told of it.

create table alerting.incident (
    id              uuid primary key,
    -- What it is about: the owner that tells it, the kind and the subject of the trouble.
    service         text not null,
    kind            text not null,
    subject         text not null,
    -- As its owner last told it.
    name            text not null,
    tenant_id       text not null,
    severity        text not null check (severity in ('warning', 'critical')),
    cause           text not null,
    responsible     text not null,
    next_step       text not null,
    look            text not null,
    count           bigint not null,
    details         jsonb not null default '{}',
    -- services/alerting/src/domain/incident.rs
    state           text not null check (state in ('pending', 'open', 'closed', 'recovered')),
    since           timestamptz not null,
    first_seen_at   timestamptz not null,
    last_seen_at    timestamptz not null,
    opened_at       timestamptz,
    -- Its owner answers and does not tell it any more.
    missing_since   timestamptz,
    ended_at        timestamptz,
    reopened        int not null default 0,
    -- What was last said about it, and when.
    told_severity   text check (told_severity in ('warning', 'critical')),
    told_count      bigint not null default 0,
    told_at         timestamptz,
    -- Changes that were to be told; numbers alerting.notification.
    told            int not null default 0,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note            text,
    check ((state = 'recovered') = (ended_at is not null))
);
-- Of one thing there is one incident at a time.
create unique index incident_current on alerting.incident (service, kind, subject) where ended_at is null;
create index incident_ended on alerting.incident (ended_at) where ended_at is not null;

-- One change of an incident that somebody is to be told of. Written with the change itself.
create table alerting.notification (
    id          uuid primary key default uuidv7(),
    incident_id uuid not null references alerting.incident on delete cascade,
    n           int not null,
    change      text not null check (change in ('opened', 'worse', 'reopened', 'recovered', 'reminder')),
    severity    text not null,
    count       bigint not null,
    at          timestamptz not null,
    -- When it was put into posts; none were made if nobody was to be told.
    posted_at   timestamptz,
    unique (incident_id, n)
);
create index notification_loose on alerting.notification (id) where posted_at is null;

-- One message to one receiver, with everything in it.
create table alerting.post (
    id            uuid primary key,
    target        text not null check (target in ('slack', 'webhook')),
    notifications uuid[] not null,
    body          jsonb not null,
    -- calling: the call is under way, or its process died in it.
    state         text not null default 'queued' check (state in ('queued', 'calling', 'sent', 'given_up')),
    tries         int not null default 0,
    -- Calls of which nobody knows whether they arrived. It goes again, since an alert that comes twice is better than none.
    unknowns      int not null default 0,
    created_at    timestamptz not null default clock_timestamp(),
    due_at        timestamptz not null default clock_timestamp(),
    called_at     timestamptz,
    settled_at    timestamptz,
    -- What the receiver answered, or why it could not be reached.
    answer        text
);
create index post_open on alerting.post (due_at) where state in ('queued', 'calling');
create index post_newest on alerting.post (target, created_at desc);
create index post_of on alerting.post using gin (notifications);

-- Which process looks. One at a time; when it dies, another once `until` has passed.
create table alerting.lease (
    name    text primary key,
    holder  uuid not null,
    until   timestamptz not null,
    -- The last look that was written down, and whom it reached.
    done_at timestamptz,
    result  jsonb
);

alter table alerting.action drop constraint action_action_check;
alter table alerting.action
    add constraint action_action_check check (action in ('replay', 'discard', 'put_policy', 'delete_policy', 'acknowledge',
                                                         'close', 'test_alert')),
    add column incident_id uuid references alerting.incident on delete cascade;
create index action_incident on alerting.action (incident_id, id) where incident_id is not null;
