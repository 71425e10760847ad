//! The inbox and the heart on real PostgreSQL. One behaviour per file, named as a sentence.

mod fixture;
mod provider;

mod a_channel_is_set_up;
mod a_dead_owner_is_swept_and_a_live_one_is_not;
mod a_lost_epoch_writes_nothing;
mod a_release_and_an_append_cannot_miss_each_other;
mod a_start_that_never_ends_makes_a_suspect_then_poison;
mod a_transcript_becomes_the_words_of_its_message;
mod a_turn_costs_the_same_behind_any_backlog;
mod an_event_is_accepted_once;
mod files_are_stored_once_or_say_why_not;
mod four_intakes_on_hot_conversations_do_not_deadlock;
mod objects_live_in_a_bucket;
mod one_of_many_claims_wins;
mod random_steps_agree_with_a_model;
mod signs_are_given_where_the_provider_has_any;
mod something_newer_discards_a_draft;
mod what_was_seen_long_ago_is_forgotten;
