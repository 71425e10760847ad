//! Delivery against real PostgreSQL, real NATS and a simulated WhatsApp. One behaviour per file, named as a sentence.

mod fixture;

mod a_closed_door_burns_no_attempt;
mod a_killed_owner_leaves_unknowns_not_doubles;
mod a_lost_answer_of_meta_or_twilio;
mod a_message_that_ends_its_process_is_given_up;
mod a_paused_owner_that_comes_back_does_no_harm;
mod a_poison_row_harms_nobody_else;
mod a_time_out_is_unknown_and_settled;
mod an_early_receipt_finds_its_message;
mod an_operator_pauses_and_resumes_a_channel;
<<<<<<< HEAD
mod an_owner_that_lost_its_channel_intends_nothing;
=======
mod contents_are_checked_at_the_door;
>>>>>>> h/send
mod dead_items_are_listed_replayed_and_discarded;
mod drains_on_shutdown;
mod failures_in_hindsight;
mod gives_up_and_says_so;
mod honours_retry_after;
mod looking_reads_no_settled_message;
mod lost_commit_answers;
mod order_holds_within_a_line;
mod other_lines_go_on_while_one_retries;
mod other_programs_are_heard;
mod outside_the_window;
mod overlapping_batches_do_not_deadlock;
mod receipts_never_lower;
mod refusals_of_meta_and_twilio;
mod replies_go_before_reminders;
mod retries_what_may_pass;
mod rules_at_send_time_hold;
mod secrets_are_read_again;
mod sends_a_reply;
mod settle_and_receipt_meet;
mod signs_are_given_and_kept_out_of_the_way;
mod ten_thousand_rows_behind_one_token;
mod three_providers_in_one_process;
mod two_replicas_one_bucket;
mod what_the_provider_failed_to_deliver_is_a_dead_item;
mod wiped_broker;
