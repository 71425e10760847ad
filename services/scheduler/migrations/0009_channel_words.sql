-- What a reminder says about cancelling depends on the channel: on some the usual word unsubscribes. Declared with the channels.
create table scheduler.channel_word (
  channel_id   uuid  primary key,
  cancel_word  text  not null
);

-- A channel that is in no bootstrap file brings its word along. Idempotent.
create function scheduler.put_channel_word_v1(channel_id uuid, cancel_word text) returns void
language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    insert into scheduler.channel_word as w (channel_id, cancel_word)
    values (put_channel_word_v1.channel_id, put_channel_word_v1.cancel_word)
    on conflict on constraint channel_word_pkey do update set cancel_word = excluded.cancel_word
    where w.cancel_word <> excluded.cancel_word
$$;
revoke execute on function scheduler.put_channel_word_v1(uuid, text) from public;
grant execute on function scheduler.put_channel_word_v1(uuid, text) to conversation_app;
