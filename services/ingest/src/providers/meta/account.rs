//! News of the business account: its templates, its standing, its numbers' quality.

use super::wire::Value;
use crate::domain::{ChannelSignal, Ignored, InboundEvent, TemplateChange, TemplateNews};
use crate::providers::loose::Text;

/// Longest name or reason taken.
const LONGEST: usize = 512;

/// Reads a change of one of the account's fields. What does not concern a front desk is ignored on purpose.
pub(super) fn news(field: Option<&str>, value: &Value<'_>) -> Result<InboundEvent, String> {
    let change = match field {
        Some("message_template_status_update") => status(value).map(TemplateChange::Status),
        Some("message_template_quality_update") => {
            Some(TemplateChange::Quality(quality(&value.new_quality_score)))
        }
        Some("template_category_update") => category(value).map(TemplateChange::Category),
        Some(
            "account_update" | "account_alerts" | "phone_number_quality_update" | "account_review_update",
        ) => {
            return Ok(standing(value));
        }
        _ => None,
    };
    match change {
        Some(change) => Ok(InboundEvent::Template(TemplateNews {
            name: named(&value.message_template_name, "message_template_name")?,
            language: named(&value.message_template_language, "message_template_language")?,
            change,
            reason: reason(value),
        })),
        None => Ok(InboundEvent::Ignored(Ignored::AccountNews)),
    }
}

/// Delivery's word for Meta's. A word nobody knows says nothing: the next reading of the list will.
fn status(value: &Value<'_>) -> Option<&'static str> {
    Some(match value.event.get()? {
        // A flagged one may still be sent: the warning before a pause.
        "APPROVED" | "REINSTATED" | "FLAGGED" => "approved",
        "PENDING" | "IN_APPEAL" => "pending",
        "PAUSED" => "paused",
        "REJECTED" => "rejected",
        "DISABLED" => "disabled",
        "DELETED" | "PENDING_DELETION" => "deleted",
        _ => return None,
    })
}

fn quality(score: &Text<'_>) -> &'static str {
    match score.get() {
        Some("GREEN") => "green",
        Some("YELLOW") => "yellow",
        Some("RED") => "red",
        _ => "unknown",
    }
}

fn category(value: &Value<'_>) -> Option<String> {
    Some(value.new_category.filled()?.chars().take(64).collect::<String>().to_lowercase())
}

fn reason(value: &Value<'_>) -> Option<String> {
    let title = || value.other_info.get().and_then(|info| info.title.filled());
    let said = value.reason.filled().filter(|reason| *reason != "NONE").or_else(title)?;
    Some(said.chars().take(LONGEST).collect())
}

/// Something about the account or a number as a whole, for whoever looks why.
fn standing(value: &Value<'_>) -> InboundEvent {
    let title = value.event.filled().map(|event| event.chars().take(64).collect());
    InboundEvent::ChannelSignal(ChannelSignal { code: None, title })
}

fn named(text: &Text<'_>, field: &str) -> Result<String, String> {
    match text.filled() {
        Some(name) if name.len() <= LONGEST => Ok(name.to_owned()),
        Some(_) => Err(format!("{field} is longer than {LONGEST} bytes")),
        None => Err(format!("{field} is missing")),
    }
}
