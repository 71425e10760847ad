-- What was given up on anywhere. The payload stays with its owner; this row says what happened and who should act.
create table alerting.dead_letter (
    id             uuid primary key,
    -- conversation or delivery.
    owner_service  text not null,
    -- The owner's row, printed: itm_… or msg_….
    item_id        text not null unique,
    tenant_id      text not null,
    cause          text not null,
    cause_text     text not null,
    responsible    text not null,
    next_step      text not null,
    correlation_id text not null,
    state          text not null default 'open' check (state in ('open', 'replayed', 'discarded')),
    died_at        timestamptz not null,
    noticed_by     text not null check (noticed_by in ('advisory', 'sweep')),
    noticed_at     timestamptz not null default clock_timestamp(),
    resolution     text,
    resolved_at    timestamptz
);
create index dead_letter_listing on alerting.dead_letter (state, id desc);
