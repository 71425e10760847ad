//! The product as its users have it. One behaviour per file, named as a sentence.

mod a_customer_books_is_reminded_and_cancels;
mod a_message_reported_lost_is_a_dead_letter;
mod a_person_sees_why_they_were_fetched;
mod everybody_is_answered_once_through_kills;
mod it_stops_cleanly;
mod one_id_finds_the_whole_walk;
mod readiness_follows_the_servers;
mod the_broker_may_lose_everything;
mod the_database_may_die;
