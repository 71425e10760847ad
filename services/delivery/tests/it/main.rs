//! Delivery against real PostgreSQL, real NATS and a simulated WhatsApp. One behaviour per file, named as a sentence.

mod fixture;

mod order_holds_within_a_line;
mod sends_a_reply;
