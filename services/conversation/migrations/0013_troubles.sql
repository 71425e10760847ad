-- Who waits for a person is asked a few times a minute, and they are few among many.
create index conversation_waiting on conversation.conversation (channel_id) where owned_by = 'waiting_human';
