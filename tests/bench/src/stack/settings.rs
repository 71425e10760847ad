//! The services' configuration for a run. Whatever else the environment sets stays as it is.

use std::path::Path;

use uuid::Uuid;

use super::addresses::Addresses;
use super::bootstrap::{API_KEY, API_KEY_VALUE, WEBHOOK_TOKEN, WEBHOOK_TOKEN_VALUE};
use crate::surroundings::Surroundings;

/// Variables and their values.
pub fn of(around: &Surroundings, addresses: &Addresses, bootstrap: &Path) -> Vec<(String, String)> {
    let token = || Uuid::new_v4().simple().to_string();
    let mut settings = vec![
        ("FRONTDESK_DATABASE__URL".to_owned(), around.database_url.clone()),
        ("FRONTDESK_NATS__URL".to_owned(), around.nats_url.clone()),
        ("FRONTDESK_BOOTSTRAP__FILE".to_owned(), bootstrap.to_string_lossy().into_owned()),
        ("FRONTDESK_AUTH__SERVICE_TOKEN".to_owned(), token()),
        ("FRONTDESK_SCHEDULER__SLOT_SIGNING_KEY".to_owned(), token()),
        // Customers get their answer at once, and nobody writes twice before it.
        ("FRONTDESK_CONVERSATION__QUIET".to_owned(), "0s".to_owned()),
        ("FRONTDESK_INGEST__HTTP".to_owned(), addresses.http().to_string()),
        ("FRONTDESK_CONVERSATION__HTTP".to_owned(), addresses.files().to_string()),
        ("FRONTDESK_DELIVERY__HTTP".to_owned(), addresses.messages().to_string()),
        ("FRONTDESK_SCHEDULER__HTTP".to_owned(), addresses.bookings().to_string()),
        ("FRONTDESK_INGEST__PUBLIC_URL".to_owned(), format!("http://{}", addresses.http())),
        ("FRONTDESK_CONVERSATION__PUBLIC_URL".to_owned(), format!("http://{}", addresses.http())),
        ("FRONTDESK_DELIVERY__PUBLIC_URL".to_owned(), format!("http://{}", addresses.http())),
        (API_KEY.to_owned(), API_KEY_VALUE.to_owned()),
        (WEBHOOK_TOKEN.to_owned(), WEBHOOK_TOKEN_VALUE.to_owned()),
    ];
    for ((service, grpc), admin) in addresses.grpc().zip(addresses.admin()) {
        let section = service.to_uppercase();
        settings.push((format!("FRONTDESK_{section}__GRPC"), grpc.to_string()));
        settings.push((format!("FRONTDESK_{section}__ADMIN"), admin.to_string()));
        // Those who call a service find it where it is in this run.
        for (caller, callee) in CALLS.iter().filter(|(_, callee)| *callee == service) {
            let name = format!("FRONTDESK_{}__{}", caller.to_uppercase(), callee.to_uppercase());
            settings.push((name, format!("http://{grpc}")));
        }
    }
    settings
}

/// Who calls whom over gRPC.
const CALLS: [(&str, &str); 7] = [
    ("ingest", "delivery"),
    ("conversation", "scheduler"),
    ("conversation", "delivery"),
    ("alerting", "conversation"),
    ("alerting", "delivery"),
    ("alerting", "scheduler"),
    ("alerting", "ingest"),
];
