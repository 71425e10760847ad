-- What a reminder says about cancelling depends on the channel: on some the usual word unsubscribes. Declared with the channels.
create table scheduler.channel_word (
  channel_id   uuid  primary key,
  cancel_word  text  not null
);
