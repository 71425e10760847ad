//! A turn from snapshot to draft, with a calendar in memory and a scripted model.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken fixture fails the test, which is what it is for"
)]

mod calendar;
mod fixture;
mod model;

mod a_refused_effect_is_answered_with_what_is_free;
mod answers_to_a_proposal;
mod cancel_by_context;
mod dangers_and_opt_outs;
mod degraded_answers;
mod hand_offs;
mod lists_and_menus;
mod model_over_http;
mod model_proposes;
mod model_request;
mod nothing_false_is_said;
mod properties;
mod services_are_remembered_for_a_while;
mod taps;
mod things_without_words;
