//! Due reminders, from the row to the outbox. Rows are the truth and nothing here remembers anything between two looks.

mod failed;
mod hand_over;
mod text;
mod worker;

pub use failed::{Failed, put_back};
pub use hand_over::{HandedOver, WakeUp, hand_over};
pub use text::{Words, text};
pub use worker::{Worker, WorkerConfig};
