-- What came in by a valid door and could not be handed on. Kept as it came, so that it can be read again by a version
-- that understands it.

create table ingest.quarantine (
    id           uuid primary key,
    received_at  timestamptz not null,
    provider     text not null check (provider in ('evolution', 'meta', 'twilio')),
    -- Null while nothing says whose it is.
    channel_id   uuid,
    -- What the address named, and our own reference in it.
    channel_slug text,
    client_ref   text,
    -- A stable name for the cause, and the cause in words. Neither quotes the body.
    reason       text not null,
    detail       text not null,
    -- Only headers that hold no secret.
    headers      jsonb not null default '{}',
    -- The raw bytes, which need not be text; keys of the provider's server in them are blotted out.
    body         bytea not null,
    -- Of provider, address, reason and body: a provider that repeats a request does not make a second row.
    digest       bytea not null unique,
    seen         int not null default 1,
    seen_at      timestamptz not null,
    replayed_at  timestamptz
);

create index quarantine_open on ingest.quarantine (id) where replayed_at is null;
create index quarantine_age on ingest.quarantine (seen_at);
