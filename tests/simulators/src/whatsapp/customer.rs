//! People writing on their phones: customers to the business, and its own staff.

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::accounts::Account;
use super::counts::Counts;
use super::entry::Entry;
use super::files::PhoneFile;
use super::world::World;
use super::{evolution, meta, twilio};
use crate::time;

/// Somebody writes in a chat with the business.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneMessage {
    /// The account whose chat it is; may be left out when there is only one, or one of the provider preferred.
    pub instance: Option<String>,
    /// The words.
    pub text: String,
    /// The writer's own name.
    pub name: Option<String>,
    /// The provider's message id; a fresh one without it. Given again, it is a redelivery.
    pub id: Option<String>,
    /// How often the webhook is told; 1 unless said otherwise.
    pub copies: Option<u32>,
    /// No phone number is shown: the chat is known by its LID (Evolution) or the customer's user id only.
    pub lid_only: bool,
    /// When it was written, in unix seconds; now unless said otherwise.
    pub at_s: Option<i64>,
    /// The id of the message it answers.
    pub reply_to: Option<String>,
    /// It was not typed: a button or a row was tapped, and `text` is what stands on it (Meta, Twilio).
    pub tap: Option<Tap>,
    /// A file; `text`, which may be empty then, is its caption.
    pub file: Option<PhoneFile>,
}

/// What was tapped.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tap {
    /// The id that the business gave the button or the row.
    pub id: String,
    /// Where it was.
    #[serde(default)]
    pub on: TapOn,
}

/// Where something can be tapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TapOn {
    /// A button under a message.
    #[default]
    Button,
    /// A row of a list.
    List,
    /// A button under a template.
    Template,
}

impl PhoneMessage {
    /// A plain text now.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A file now, without words beside it.
    pub fn file(file: PhoneFile) -> Self {
        Self { file: Some(file), ..Self::default() }
    }

    pub(super) fn at_s(&self) -> i64 {
        self.at_s.unwrap_or_else(|| time::now().as_second())
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("Maya Lindqvist")
    }

    pub(super) fn copies(&self) -> u32 {
        self.copies.unwrap_or(1)
    }
}

/// Who holds the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Customer,
    Staff,
}

/// Calls the webhook; ends with the status of its first answer.
pub(super) type Telling = Pin<Box<dyn Future<Output = Option<u16>> + Send>>;

/// A message that is on its way to the webhook.
pub(super) struct Written {
    pub id: String,
    /// The number of its entry in the journal.
    pub seq: u64,
    pub telling: Telling,
}

/// Notes the message as written; the webhook is told by `telling`.
pub(super) fn write(
    world: &World,
    phone: &str,
    writer: Writer,
    wish: PhoneMessage,
) -> Result<Written, String> {
    let account = world.named_or_only(wish.instance.as_deref())?;
    if wish.text.is_empty() && wish.file.is_none() {
        return Err("`text` is missing or empty".to_owned());
    }
    match account {
        Account::Evolution(instance) => evolution::write(world, instance, phone, writer, wish),
        Account::Meta(number) => meta::write(world, number, phone, writer, &wish),
        Account::Twilio(sender) => twilio::write(world, sender, phone, writer, &wish),
    }
}

/// Notes and counts what was written; the number of the entry.
pub(super) fn note(
    world: &World,
    instance: &str,
    writer: Writer,
    (number, id, text): (&str, &str, &str),
) -> u64 {
    let (instance, number) = (instance.to_owned(), number.to_owned());
    let (id, text) = (id.to_owned(), text.to_owned());
    match writer {
        Writer::Customer => {
            Counts::add(&world.ledger.counts.customer_messages);
            world.ledger.journal.note(Entry::Customer { instance, number, id, text })
        }
        Writer::Staff => world.ledger.journal.note(Entry::Staff { instance, number, id, text }),
    }
}

/// The digits of a phone, without what people write between them.
pub(super) fn digits(phone: &str) -> Result<String, String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    if phone.contains(char::is_alphabetic) || !(7..=15).contains(&digits.len()) {
        return Err(format!("`{phone}` is no phone number: write 7 to 15 digits"));
    }
    Ok(digits)
}
