//! The product as its users have it. One behaviour per file, named as a sentence.

mod a_crash_between_effect_and_reply;
mod a_customer_books_is_reminded_and_cancels;
mod a_frozen_process_holds_nobody_up;
mod a_hostile_provider_and_killed_servers;
mod a_message_reported_lost_is_a_dead_letter;
mod a_person_sees_why_they_were_fetched;
mod a_voice_note_is_understood;
mod customers_send_files;
mod everybody_is_answered_once_through_kills;
mod full_streams_take_more_work;
mod it_stops_cleanly;
mod lost_commit_answers;
mod old_and_new_programs_side_by_side;
mod one_id_finds_the_whole_walk;
mod one_poison_row_beside_fifty;
mod purged_wake_ups_are_made_up_for;
mod readiness_follows_the_servers;
mod the_broker_may_lose_everything;
mod the_database_may_die;
mod the_examples_for_operators_work;
mod used_up_deliveries_lose_nothing;
