//! What Meta tells when a template's status changes.

use serde_json::json;

use super::envelope::{Kind, Piece};
use crate::whatsapp::accounts::Account;
use crate::whatsapp::ledger::About;
use crate::whatsapp::templates::TemplateSpec;
use crate::whatsapp::world::World;

/// Tells each business account once, in the background.
pub(in crate::whatsapp) fn tell_template(world: &World, template: &TemplateSpec) {
    let mut told: Vec<String> = Vec::new();
    for account in world.accounts() {
        let Account::Meta(number) = account else { continue };
        let Some(app) = number.app() else { continue };
        if told.contains(&number.spec.waba_id) {
            continue;
        }
        told.push(number.spec.waba_id.clone());
        let value = json!({
            "event": template.status.word(),
            "message_template_id": 594_182_039_100_000_i64,
            "message_template_name": template.name,
            "message_template_language": template.language,
            "reason": "NONE",
        });
        let about = About::account(number.name(), Kind::Template.event());
        let telling = app.tell(Piece::of(&number.spec, Kind::Template, None, value), about);
        world.spawn(async move {
            telling.await;
        });
    }
}
