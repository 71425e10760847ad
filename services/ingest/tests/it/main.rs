//! The service as its callers see it: providers' bytes in, rows and answers out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accepts_what_was_proven;
mod catalogue;
mod every_piece_is_accounted_for;
mod every_value_may_be_anything;
mod keeps_within_its_bounds;
mod learns_of_channels;
mod never_panics;
mod nothing_is_acknowledged_before_its_commit;
mod one_bad_event_does_not_fail_the_batch;
mod one_person_has_many_names;
mod quarantines_what_it_cannot_hand_on;
mod refuses_what_is_forged;
mod replays_a_quarantined_payload;
mod serves_metrics_to_those_who_may;
mod shapes_of_evolution;
mod shapes_of_meta;
mod shapes_of_twilio;
mod signatures_are_over_the_raw_bytes;
mod support;
mod tells_which_secret_is_in_use;
mod understands_the_simulated_providers;
mod wakes_the_conversation;
mod what_is_refused_is_told;
