//! The routes that tell something: a number, and the templates of a business account.

use serde_json::{Map, Value, json};

use super::error::GraphError;
use crate::http::{Reply, Request};
use crate::whatsapp::templates::TemplateSpec;
use crate::whatsapp::world::World;

/// `GET /{phone_number_id}`, with `fields` if only some are wanted.
pub(super) fn number(world: &World, id: &str, request: &Request) -> Reply {
    let Some(number) = world.meta_number(|number| number.name() == id) else {
        return GraphError::no_such_object(id).reply();
    };
    if request.bearer() != Some(number.spec.access_token.as_str()) {
        return GraphError::of(190).reply();
    }
    let node = json!({
        "verified_name": "Harbour Dental",
        "code_verification_status": "VERIFIED",
        "display_phone_number": format!("+{}", number.spec.own_number),
        "quality_rating": "GREEN",
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "messaging_limit_tier": "TIER_2K",
    });
    let wanted = request.query("fields").unwrap_or_else(|| {
        "verified_name,code_verification_status,display_phone_number,quality_rating,platform_type,throughput"
            .to_owned()
    });
    let mut shown: Map<String, Value> = wanted
        .split(',')
        .filter_map(|field| Some((field.trim().to_owned(), node.get(field.trim())?.clone())))
        .collect();
    shown.insert("id".to_owned(), json!(id));
    Reply::json(200, &shown)
}

/// `GET /{waba_id}/message_templates`, with `name` if only one is wanted; `limit` and `after` for pages.
pub(super) fn templates(world: &World, waba_id: &str, request: &Request) -> Reply {
    let token = request.bearer().unwrap_or_default();
    if world.meta_number(|number| number.spec.waba_id == waba_id).is_none() {
        return GraphError::no_such_object(waba_id).reply();
    }
    let may = |number: &super::Number| number.spec.waba_id == waba_id && number.spec.access_token == token;
    if world.meta_number(may).is_none() {
        return GraphError::of(190).reply();
    }
    let name = request.query("name");
    let number = |field: &str| request.query(field).and_then(|text| text.parse::<usize>().ok());
    // The cursor is the number of those that came before.
    let (limit, before) = (number("limit").unwrap_or(25).max(1), number("after").unwrap_or(0));
    let templates = world.templates();
    let wanted = templates.iter().filter(|template| name.as_deref().is_none_or(|name| name == template.name));
    let all: Vec<&TemplateSpec> = wanted.collect();
    let list: Vec<Value> = all.iter().enumerate().skip(before).take(limit).map(shown).collect();
    let upto = before + list.len();
    let mut paging = json!({"cursors": {"before": before.to_string(), "after": upto.to_string()}});
    if upto < all.len() {
        paging["next"] = json!(format!("{}{}?limit={limit}&after={upto}", world.server_url, request.path()));
    }
    Reply::json(200, &json!({"data": list, "paging": paging}))
}

fn shown((at, template): (usize, &&TemplateSpec)) -> Value {
    let mut components = vec![json!({"type": "BODY", "text": template.body})];
    if !template.buttons.is_empty() {
        let button = |title: &String| json!({"type": "QUICK_REPLY", "text": title});
        let buttons: Vec<Value> = template.buttons.iter().map(button).collect();
        components.push(json!({"type": "BUTTONS", "buttons": buttons}));
    }
    json!({
        "name": template.name,
        "parameter_format": if numbered(&template.placeholders()) { "POSITIONAL" } else { "NAMED" },
        "components": components,
        "language": template.language,
        "status": template.status.word(),
        "category": template.category.to_uppercase(),
        "quality_score": {"score": "GREEN", "date": 1_772_460_000},
        "rejected_reason": "NONE",
        "id": format!("5941820391{at:05}"),
    })
}

fn numbered(placeholders: &[&str]) -> bool {
    placeholders.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
}
