-- Channels that say they are connected, and through which nothing moves.

-- One row per channel: when it is looked at next, what was asked of it, and since when it is deaf. Written by whoever looked,
-- on the claim that `due_at` is: each look moves it on first, and writes what it found only if nobody has moved it since.
create table delivery.hearing (
    channel_id uuid primary key references delivery.channel on delete cascade,
    since      timestamptz not null default clock_timestamp(),
    due_at     timestamptz not null default clock_timestamp(),
    -- When the chain was last asked, and when it last was proven.
    asked_at   timestamptz,
    proven_at  timestamptz,
    -- Why it was asked, while it has failed once: a second time makes it deaf.
    doubt      text,
    -- A customer last wrote then; their silence fits until.
    judged_at  timestamptz,
    fits_until timestamptz,
    -- An operator said then that it hears, or it was switched off: what was missed before proves nothing any more.
    trusted_at timestamptz,
    -- Messages were taken by the provider, and nothing has been heard of them; the last of them was noted then.
    silent_at  timestamptz,
    -- {because, link, words, next_step, since, found_at}: services/delivery/src/domain/hearing.rs. Null: it hears.
    deaf       jsonb
);
create index hearing_due on delivery.hearing (due_at);
