//! The providers' clients against servers that answer, and against servers that do not.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set has failed")]

mod server;

mod answers_nobody_expected;
mod asks_for_the_connection_state;
mod calls_nobody_when_it_cannot_send;
mod classifies_every_answer;
mod every_provider_knows_what_left;
mod fetches_files;
mod finds_in_twilios_list;
mod finds_what_may_have_been_sent;
mod knows_what_left_and_what_did_not;
mod reads_no_more_than_it_should;
mod sends_a_text;
mod sends_each_kind_through_evolution;
mod sends_through_meta;
mod sends_through_twilio;
