-- Who runs a front desk, through which channels, with which agent.

create table conversation.tenant (
    id               uuid primary key,
    slug             text not null unique,
    name             text not null,
    time_zone        text not null,
    language         text not null,
    phone            text,
    emergency_number text,
    settings         jsonb not null default '{}',
    updated_at       timestamptz not null default now()
);

create table conversation.channel (
    id          uuid primary key,
    tenant_id   uuid not null references conversation.tenant,
    slug        text not null unique,
    provider    text not null check (provider in ('evolution', 'meta', 'twilio')),
    own_address text,
    cancel_word text not null default 'CANCEL',
    updated_at  timestamptz not null default now()
);

-- Versions are immutable: a change makes a new one, and a running turn finishes with the one it began with.
create table conversation.agent_version (
    id         uuid primary key default uuidv7(),
    tenant_id  uuid not null references conversation.tenant,
    agent      text not null,
    version    int not null,
    definition jsonb not null,
    created_at timestamptz not null default now(),
    unique (tenant_id, agent, version)
);
