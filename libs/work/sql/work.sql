-- Ordered work: who owns a key, and where its cursor stands. One copy per schema; {schema} is its name.
-- The protocol with its states and invariants is in ARCHITECTURE.md, "Ordered work".
--
-- A schema that uses this provides, in its own migrations:
--   {schema}.undone(key uuid, done_seq bigint) returns boolean   is there an item above the cursor?
--   {schema}.undone_keys (view: key, oldest_at)                  keys with such an item, for the sweeper

-- One row per process start. A restarted process is a new instance, so what the old one owned has no live owner.
create table {schema}.instance (
    id         uuid primary key,
    started_at timestamptz not null default clock_timestamp(),
    seen_at    timestamptz not null default clock_timestamp()
);

-- Written by owners only.
create table {schema}.work (
    key       uuid primary key,
    tenant_id uuid not null,
    done_seq  bigint not null default 0,
    due_at    timestamptz not null default '-infinity',
    owner     uuid,
    epoch     bigint not null default 0,
    -- Unfinished starts of the head: raised by every claim, reset by every finished run.
    starts    int not null default 0,
    -- The present start runs alone in its process, because two before it never ended. Set when its turn comes, not when it
    -- is claimed: suspects wait for each other, and those that still waited are not convicted by another's death.
    alone     boolean not null default false,
    swept_at  timestamptz,
    sweeps    smallint not null default 0
) with (fillfactor = 70);
create index work_owner on {schema}.work (owner) where owner is not null;

-- Written by senders only: a row of its own, so that appending never waits for somebody's work.
create table {schema}.tail (
    key          uuid primary key,
    next_seq     bigint not null default 1,
    appended_at  timestamptz not null default clock_timestamp()
) with (fillfactor = 70);

-- The lease: an instance is live while its heartbeat is younger than 5 s by the database's clock.
create function {schema}.is_live(instance uuid) returns boolean
language sql volatile as $$
    select exists (select from {schema}.instance i
                   where i.id = instance and i.seen_at > clock_timestamp() - interval '5 seconds')
$$;

create function {schema}.heartbeat(me uuid) returns void
language sql volatile as $$
    -- A beat that a crash of the server forgets is followed by the next one.
    select set_config('synchronous_commit', 'off', true);
    insert into {schema}.instance (id) values (me)
    on conflict (id) do update set seen_at = clock_timestamp()
$$;

-- Takes what can be taken of the given keys. Verdicts:
--   idle     nothing undone                      owned   a live owner will read again at its release
--   early    due later, in wait_ms               claimed  mine now
--   suspect  mine now; two starts never ended: run it alone
--   poison   mine now; it ended a process that ran it alone: quarantine its head
create function {schema}.claim(keys uuid[], me uuid)
returns table (key uuid, verdict text, epoch bigint, done_seq bigint, wait_ms bigint)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    -- Nothing waits for the disk: under a claim that a crash of the server forgets nobody can write, since its epoch fails the
    -- fence, and the sweeper finds the key. Whatever is written under it is flushed after it.
    perform set_config('synchronous_commit', 'off', true);
    -- Statement one waits for whoever is releasing. A conditional update would see no row and lose the wake-up.
    perform from {schema}.work w where w.key = any (keys) order by w.key for update;
    -- Statement two has a new snapshot: what the releaser and all appenders committed is visible now.
    return query
    with judged as (
        select w.key, w.epoch, w.done_seq, w.due_at,
               case when not {schema}.undone(w.key, w.done_seq) then 'idle'
                    when w.owner is not null and {schema}.is_live(w.owner) then 'owned'
                    when w.due_at > clock_timestamp() then 'early'
                    when w.alone then 'poison'
                    when w.starts >= 2 then 'suspect'
                    else 'claimed' end as verdict
        from {schema}.work w where w.key = any (keys)
    ), taken as (
        update {schema}.work w
        set owner = me, epoch = w.epoch + 1, starts = w.starts + 1, alone = false, swept_at = null, sweeps = 0
        from judged j
        where w.key = j.key and j.verdict in ('claimed', 'suspect', 'poison')
    )
    select j.key, j.verdict, j.epoch + (j.verdict in ('claimed', 'suspect', 'poison'))::int, j.done_seq,
           greatest(0, extract(epoch from j.due_at - clock_timestamp()) * 1000)::bigint
    from judged j;
end $$;

-- Locks the keys that are still mine at the given epochs, in key order, and returns them. Every step that writes on
-- behalf of a run starts with this; a key that is missing from the answer has been lost, and its run stops.
create function {schema}.fence(keys uuid[], epochs bigint[], me uuid) returns setof uuid
language plpgsql volatile as $$
begin
    return query
    with held as (
        select w.key from {schema}.work w
        join unnest(keys, epochs) as h (key, epoch) on h.key = w.key
        -- `is true`: each key is looked up. By the index of owners it would be all that I hold, for each of the keys.
        where (w.owner = me and w.epoch = h.epoch) is true
        order by w.key for update of w
    )
    select held.key from held;
end $$;

-- A suspect's turn has come, and nothing runs beside it: from here on the end of its process convicts it.
-- False: another owner has the key.
create function {schema}.start_alone(key uuid, epoch bigint, me uuid) returns boolean
language plpgsql volatile as $$
declare mine uuid;
begin
    select f into mine from {schema}.fence(array[key], array[epoch], me) f;
    update {schema}.work w set alone = true where w.key = mine;
    return mine is not null;
end $$;

-- Gives back keys that have nothing undone. A key with undone items stays with its owner, who reads again.
create function {schema}.release(keys uuid[], epochs bigint[], me uuid)
returns table (key uuid, released boolean)
language plpgsql volatile as $$
#variable_conflict use_column
declare held uuid[];
begin
    held := array (select {schema}.fence(keys, epochs, me));
    return query
    update {schema}.work w
    set owner = case when {schema}.undone(w.key, w.done_seq) then w.owner end, starts = 0, alone = false
    where w.key = any (held)
    returning w.key, w.owner is null;
end $$;

-- Puts a claimed key back until a later time. The start does not count: nothing was tried.
create function {schema}.defer(key uuid, epoch bigint, me uuid, wait_ms bigint) returns boolean
language plpgsql volatile as $$
declare mine uuid;
begin
    select f into mine from {schema}.fence(array[key], array[epoch], me) f;
    if mine is null then return false; end if;
    update {schema}.work w
    set owner = null, starts = greatest(0, w.starts - 1), alone = false,
        due_at = clock_timestamp() + wait_ms * interval '1 millisecond'
    where w.key = mine;
    return true;
end $$;

-- Graceful stop, or a claim whose run does not exist in this process: the keys are free at once, the start is restored.
create function {schema}.hand_back(keys uuid[], epochs bigint[], me uuid) returns bigint
language plpgsql volatile as $$
declare held uuid[];
begin
    held := array (select {schema}.fence(keys, epochs, me));
    update {schema}.work w set owner = null, starts = greatest(0, w.starts - 1), alone = false where w.key = any (held);
    return cardinality(held);
end $$;

-- Keys that somebody should have looked at: undone, no live owner, due, door open. Keys, not rows; at most `most`;
-- one sweeper at a time; each key less and less often (5 s doubling to 80 s) until somebody claims it.
create function {schema}.sweep(most int, grace interval) returns table (key uuid, tenant_id uuid)
language plpgsql volatile as $$
#variable_conflict use_column
begin
    if not pg_try_advisory_xact_lock(hashtextextended('{schema}.sweep', 0)) then return; end if;
    return query
    with overdue as (
        select w.key, w.tenant_id
        from {schema}.undone_keys u join {schema}.work w on w.key = u.key
        where case when w.owner is not null then not {schema}.is_live(w.owner)
                   else greatest(u.oldest_at, w.due_at) < clock_timestamp() - grace end
          and w.due_at < clock_timestamp()
          and (w.swept_at is null
               or w.swept_at < clock_timestamp() - interval '5 seconds' * (1 << least(w.sweeps - 1, 4)))
        limit most
        for update of w skip locked
    )
    update {schema}.work w
    set swept_at = clock_timestamp(), sweeps = least(w.sweeps + 1, 100)
    from overdue o where w.key = o.key
    returning w.key, w.tenant_id;
end $$;

-- Heartbeats of processes that ended long ago and own nothing any more.
create function {schema}.forget_instances() returns void
language sql volatile as $$
    delete from {schema}.instance i
    where i.seen_at < clock_timestamp() - interval '1 hour'
      and not exists (select from {schema}.work w where w.owner = i.id)
$$;
