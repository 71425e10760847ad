//! The shapes of Meta's webhooks, as far as a front desk needs them.

use serde::Deserialize;

use crate::providers::loose::{Decimal, Flag, Integer, Object, Pieces, Text};

#[derive(Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow, default)]
    pub object: Text<'a>,
    #[serde(borrow)]
    pub entry: Pieces<'a, Entry<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Entry<'a> {
    /// The business account.
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub changes: Pieces<'a, Change<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(borrow, default)]
    pub field: Text<'a>,
    #[serde(borrow, default)]
    pub value: Object<Value<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Value<'a> {
    #[serde(borrow, default)]
    pub metadata: Object<Metadata<'a>>,
    #[serde(borrow, default)]
    pub contacts: Pieces<'a, Contact<'a>>,
    #[serde(borrow, default)]
    pub messages: Pieces<'a, Message<'a>>,
    #[serde(borrow, default)]
    pub message_echoes: Pieces<'a, Message<'a>>,
    #[serde(borrow, default)]
    pub statuses: Pieces<'a, Status<'a>>,
    #[serde(borrow, default)]
    pub errors: Pieces<'a, WireError<'a>>,
    /// What happened to the account or to one of its templates.
    #[serde(borrow, default)]
    pub event: Text<'a>,
    #[serde(borrow, default)]
    pub message_template_name: Text<'a>,
    #[serde(borrow, default)]
    pub message_template_language: Text<'a>,
    #[serde(borrow, default)]
    pub reason: Text<'a>,
    #[serde(borrow, default)]
    pub other_info: Object<OtherInfo<'a>>,
    #[serde(borrow, default)]
    pub new_quality_score: Text<'a>,
    #[serde(borrow, default)]
    pub new_category: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct OtherInfo<'a> {
    #[serde(borrow, default)]
    pub title: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Metadata<'a> {
    #[serde(borrow, default)]
    pub phone_number_id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Contact<'a> {
    #[serde(borrow, default)]
    pub profile: Object<Profile<'a>>,
    #[serde(borrow, default)]
    pub wa_id: Text<'a>,
    #[serde(borrow, default)]
    pub user_id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Profile<'a> {
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub username: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
    /// Seconds, as a string.
    #[serde(default)]
    pub timestamp: Integer,
    #[serde(borrow, default)]
    pub r#type: Text<'a>,
    #[serde(borrow, default)]
    pub from: Text<'a>,
    #[serde(borrow, default)]
    pub from_user_id: Text<'a>,
    /// Set on echoes: the customer.
    #[serde(borrow, default)]
    pub to: Text<'a>,
    #[serde(borrow, default)]
    pub to_user_id: Text<'a>,
    #[serde(borrow, default)]
    pub group_id: Text<'a>,
    #[serde(borrow, default)]
    pub context: Object<Context<'a>>,
    #[serde(borrow, default)]
    pub referral: Object<WireReferral<'a>>,
    #[serde(borrow, default)]
    pub errors: Pieces<'a, WireError<'a>>,
    #[serde(borrow, default)]
    pub text: Object<TextBody<'a>>,
    #[serde(borrow, default)]
    pub image: Object<WireMedia<'a>>,
    #[serde(borrow, default)]
    pub video: Object<WireMedia<'a>>,
    #[serde(borrow, default)]
    pub document: Object<WireMedia<'a>>,
    #[serde(borrow, default)]
    pub sticker: Object<WireMedia<'a>>,
    #[serde(borrow, default)]
    pub audio: Object<WireMedia<'a>>,
    #[serde(borrow, default)]
    pub location: Object<WireLocation<'a>>,
    #[serde(borrow, default)]
    pub contacts: Pieces<'a, WireCard<'a>>,
    #[serde(borrow, default)]
    pub reaction: Object<WireReaction<'a>>,
    #[serde(borrow, default)]
    pub button: Object<Button<'a>>,
    #[serde(borrow, default)]
    pub interactive: Object<Interactive<'a>>,
    #[serde(borrow, default)]
    pub system: Object<System<'a>>,
    #[serde(borrow, default)]
    pub edit: Object<WireEdit<'a>>,
    #[serde(borrow, default)]
    pub revoke: Object<WireRevoke<'a>>,
    #[serde(borrow, default)]
    pub unsupported: Object<WireUnsupported<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Context<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct WireReferral<'a> {
    #[serde(borrow, default)]
    pub source_id: Text<'a>,
    #[serde(borrow, default)]
    pub source_type: Text<'a>,
    #[serde(borrow, default)]
    pub source_url: Text<'a>,
    #[serde(borrow, default)]
    pub headline: Text<'a>,
    #[serde(borrow, default)]
    pub body: Text<'a>,
    #[serde(borrow, default)]
    pub ctwa_clid: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct WireError<'a> {
    #[serde(default)]
    pub code: Integer,
    #[serde(borrow, default)]
    pub title: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct TextBody<'a> {
    #[serde(borrow, default)]
    pub body: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct WireMedia<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub mime_type: Text<'a>,
    #[serde(borrow, default)]
    pub caption: Text<'a>,
    #[serde(borrow, default)]
    pub filename: Text<'a>,
    #[serde(default)]
    pub voice: Flag,
}

#[derive(Deserialize)]
pub(super) struct WireLocation<'a> {
    #[serde(default)]
    pub latitude: Decimal,
    #[serde(default)]
    pub longitude: Decimal,
    #[serde(borrow, default)]
    pub name: Text<'a>,
    #[serde(borrow, default)]
    pub address: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct WireCard<'a> {
    #[serde(borrow, default)]
    pub name: Object<CardName<'a>>,
    #[serde(borrow, default)]
    pub phones: Pieces<'a, CardPhone<'a>>,
}

#[derive(Deserialize)]
pub(super) struct CardName<'a> {
    #[serde(borrow, default)]
    pub formatted_name: Text<'a>,
    #[serde(borrow, default)]
    pub first_name: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct CardPhone<'a> {
    #[serde(borrow, default)]
    pub phone: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct WireReaction<'a> {
    #[serde(borrow, default)]
    pub message_id: Text<'a>,
    /// Absent or empty: taken away.
    #[serde(borrow, default)]
    pub emoji: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Button<'a> {
    #[serde(borrow, default)]
    pub payload: Text<'a>,
    #[serde(borrow, default)]
    pub text: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Interactive<'a> {
    #[serde(borrow, default)]
    pub button_reply: Object<Choice<'a>>,
    #[serde(borrow, default)]
    pub list_reply: Object<Choice<'a>>,
    #[serde(borrow, default)]
    pub nfm_reply: Object<FormReply<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub title: Text<'a>,
    #[serde(borrow, default)]
    pub description: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct FormReply<'a> {
    #[serde(borrow, default)]
    pub body: Text<'a>,
    #[serde(borrow, default)]
    pub name: Text<'a>,
    /// JSON inside a string, handed on as it is.
    #[serde(borrow, default)]
    pub response_json: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct System<'a> {
    #[serde(borrow, default)]
    pub wa_id: Text<'a>,
    #[serde(borrow, default)]
    pub user_id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct WireEdit<'a> {
    #[serde(borrow, default)]
    pub original_message_id: Text<'a>,
    #[serde(borrow, default)]
    pub message: Object<Box<Message<'a>>>,
}

#[derive(Deserialize)]
pub(super) struct WireRevoke<'a> {
    #[serde(borrow, default)]
    pub original_message_id: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct WireUnsupported<'a> {
    #[serde(borrow, default)]
    pub r#type: Text<'a>,
}

#[derive(Deserialize)]
pub(super) struct Status<'a> {
    #[serde(borrow, default)]
    pub id: Text<'a>,
    #[serde(borrow, default)]
    pub status: Text<'a>,
    #[serde(default)]
    pub timestamp: Integer,
    #[serde(borrow, default)]
    pub biz_opaque_callback_data: Text<'a>,
    #[serde(borrow, default)]
    pub errors: Pieces<'a, WireError<'a>>,
}
