//! What to try once everything is up.

use super::Plan;
use super::secrets::{ADMIN_TOKEN, OPERATOR_TOKEN, VIEWER_TOKEN};
use crate::ports::SERVICES;
use crate::say;

/// Prints commands that can be copied as they are.
pub fn print(plan: &Plan<'_>) {
    say::line("\nTry next (in another terminal, from this folder):");
    if plan.given.whatsapp_is_simulated() {
        say::line(as_a_customer(plan.ports.whatsapp));
        say::line(other_numbers(plan.ports.whatsapp));
    }
    say::line(ask_a_service(plan));
    say::line(look(plan.ports.admin));
    say::line(format_args!(
        "\n  Tokens for development, all in .frontdesk/run/tokens:\n    operator  {}\n    admin     {}",
        plan.secrets.get(OPERATOR_TOKEN),
        plan.secrets.get(ADMIN_TOKEN)
    ));
    say::line("\nEverything stays up until Ctrl-C. Kill what you like, it comes back.");
}

fn as_a_customer(whatsapp: u16) -> String {
    format!(
        "\n  Write as a customer, then read what was answered:\n    \
         curl -d '{{\"text\":\"Hi, I need an appointment\"}}' 127.0.0.1:{whatsapp}/sim/customers/447700900123/messages\n    \
         curl '127.0.0.1:{whatsapp}/sim/journal?what=send&number=447700900123&wait_ms=10000'"
    )
}

fn other_numbers(whatsapp: u16) -> String {
    format!(
        "\n  The demo has a number with each provider; `\"instance\"` in the message chooses another one:\n    \
         curl 127.0.0.1:{whatsapp}/sim/instances"
    )
}

fn ask_a_service(plan: &Plan<'_>) -> String {
    let port = |service: &str| {
        let place = SERVICES.iter().zip(plan.ports.grpc..).find(|(name, _)| **name == service);
        place.map_or(plan.ports.grpc, |(_, port)| port)
    };
    let ours = plan.checkout.tools().join("bin/grpcurl").exists();
    let grpcurl = if ours { ".frontdesk/tools/bin/grpcurl" } else { "grpcurl" };
    let viewer = plan.secrets.get(VIEWER_TOKEN);
    let call = format!("{grpcurl} -plaintext -H 'authorization: Bearer {viewer}' 127.0.0.1");
    format!(
        "\n  Ask the services; `list` and `describe` work on each of them:\n    \
         {call}:{} frontdesk.conversation.v1.ConversationService/ListTenants\n    \
         {call}:{} frontdesk.alerting.v1.DeadLetterService/ListDeadLetters\n    \
         {call}:{} list",
        port("conversation"),
        port("alerting"),
        port("scheduler")
    )
}

fn look(admin: u16) -> String {
    format!("\n  Metrics and health:\n    curl 127.0.0.1:{admin}/metrics\n    curl 127.0.0.1:{admin}/readyz")
}
