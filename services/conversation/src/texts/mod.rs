//! Every sentence that code says to customers, per language, as data.
//!
//! A text that carries a commitment is never a model's: it is one of these, filled in from records.

mod claims;
mod message;
mod render;
mod when;

pub use claims::Claims;
pub use message::{Message, SlotLine, VisitLine};
pub use render::{Texts, TextsError};
pub use when::Calendar;

/// WhatsApp would take more; people do not read more.
pub const LONGEST: usize = 1000;
