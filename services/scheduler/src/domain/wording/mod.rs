//! What customers read: times as their language writes them, and the texts of reminders.
//!
//! To add a language: its words in `language.rs`, and `reminder`, `moved` and `cancelled` in `templates/`.

mod language;
mod local_time;
mod name;
mod reminder;
mod time_until;
mod variables;

pub use language::Language;
pub use local_time::LocalTime;
pub use name::first_name;
pub use reminder::{ChangeText, Changed, ReminderText, TemplateError, Templates};
pub use time_until::time_until;
pub use variables::Variables;
