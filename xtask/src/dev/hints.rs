//! What to try once everything is up.

use super::Plan;
use super::secrets::{ADMIN_TOKEN, OPERATOR_TOKEN, VIEWER_TOKEN};
use crate::say;

/// Prints commands that can be copied as they are.
pub fn print(plan: &Plan<'_>) {
    let ports = &plan.ports;
    let viewer = plan.secrets.get(VIEWER_TOKEN);
    say::line("\nTry next:");
    if plan.given.whatsapp_is_simulated() {
        say::line(format_args!(
            "\n  Write as a customer, and see the answer in the simulator's journal:\n    \
             curl -sS 127.0.0.1:{port}/sim/customers/15550100200/messages --json '{{\"text\": \"I need an appointment\"}}'\n    \
             curl -sS '127.0.0.1:{port}/sim/journal'",
            port = ports.whatsapp
        ));
    }
    let linked = plan.checkout.tools().join("bin/grpcurl");
    let grpcurl = if linked.exists() { ".frontdesk/tools/bin/grpcurl" } else { "grpcurl" };
    say::line(format_args!(
        "\n  Ask a service (every one has reflection; conversation is at {conversation}, see the list):\n    \
         {grpcurl} -plaintext -H 'authorization: Bearer {viewer}' 127.0.0.1:{conversation} list",
        conversation = ports.grpc + 1
    ));
    say::line(format_args!(
        "\n  Look at metrics and health:\n    curl -sS 127.0.0.1:{admin}/metrics\n    curl -sS \
         127.0.0.1:{admin}/readyz",
        admin = ports.admin
    ));
    say::line(format_args!(
        "\n  Development tokens (all in .frontdesk/run/tokens): viewer {viewer}, operator {}, admin {}",
        plan.secrets.get(OPERATOR_TOKEN),
        plan.secrets.get(ADMIN_TOKEN)
    ));
    say::line("\nEverything stays up until Ctrl-C; kill what you like, it comes back.");
}
