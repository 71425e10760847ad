//! `GET /v1/ContentAndApprovals`: the templates, and what WhatsApp decided about each.

use serde_json::{Value, json};

use super::error::TwilioError;
use crate::http::{Reply, Request};
use crate::whatsapp::templates::{TemplateSpec, TemplateStatus};
use crate::whatsapp::world::World;

/// Answers with the templates that have a `ContentSid`, `PageSize` at a time.
pub(in crate::whatsapp) fn contents(world: &World, request: &Request) -> Reply {
    if world.twilio_sender(|sender| sender.lets_in(request)).is_none() {
        return TwilioError::of(20003).reply();
    }
    let number = |field: &str| request.query(field).and_then(|text| text.parse::<usize>().ok());
    let (size, page) = (number("PageSize").unwrap_or(50).max(1), number("Page").unwrap_or(0));
    let templates = world.templates();
    let all: Vec<Value> = templates.iter().filter_map(shown).collect();
    let url = |page: usize| {
        format!("{}/v1/ContentAndApprovals?PageSize={size}&Page={page}&PageToken=DN{page}", world.server_url)
    };
    let more = all.len() > (page + 1) * size;
    let contents: Vec<&Value> = all.iter().skip(page * size).take(size).collect();
    let meta = json!({
        "page": page, "page_size": size, "key": "contents", "url": url(page), "first_page_url": url(0),
        "previous_page_url": page.checked_sub(1).map(url), "next_page_url": more.then(|| url(page + 1)),
    });
    Reply::json(200, &json!({"meta": meta, "contents": contents}))
}

fn shown(template: &TemplateSpec) -> Option<Value> {
    let sid = template.sid.as_ref()?;
    let action = |title: &String| json!({"title": title, "id": title.to_lowercase(), "type": "QUICK_REPLY"});
    let types = if template.buttons.is_empty() {
        json!({"twilio/text": {"body": template.body}})
    } else {
        let actions: Vec<Value> = template.buttons.iter().map(action).collect();
        json!({"twilio/quick-reply": {"body": template.body, "actions": actions}})
    };
    Some(json!({
        "sid": sid,
        "friendly_name": template.name,
        "language": template.language,
        "variables": {},
        "types": types,
        "approval_requests": {
            "name": template.name, "category": template.category.to_uppercase(), "status": status(template.status),
            "rejection_reason": "", "content_type": "twilio/text", "allow_category_change": false,
        },
        "date_created": "2026-01-05T09:00:00Z",
        "date_updated": "2026-01-05T09:00:00Z",
        "url": format!("https://content.twilio.com/v1/Content/{sid}"),
    }))
}

fn status(status: TemplateStatus) -> &'static str {
    match status {
        TemplateStatus::Approved => "approved",
        TemplateStatus::Pending => "pending",
        TemplateStatus::Rejected => "rejected",
        TemplateStatus::Paused => "paused",
        TemplateStatus::Disabled => "disabled",
    }
}
