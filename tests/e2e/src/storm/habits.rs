//! What the provider does to calls and receipts, and how often.

use std::collections::BTreeMap;

use simulators::faults::Trigger;
use simulators::whatsapp::{Fault, FaultKind, WhatsAppSim};

use crate::Whose;

fn of(whose: Whose) -> Vec<(FaultKind, f64)> {
    let mut habits = vec![
        (FaultKind::ResetBefore {}, 0.04),
        (FaultKind::ResetAfter {}, 0.04),
        (FaultKind::HalfAnswer {}, 0.03),
        (FaultKind::SlowDrip { pause_ms: 2 }, 0.03),
        (FaultKind::ErrorBefore { status: 500 }, 0.02),
        (FaultKind::ErrorBefore { status: 503 }, 0.02),
        (FaultKind::ErrorAfter { status: 500 }, 0.03),
        (FaultKind::RateLimited { retry_after_s: None }, 0.02),
        (FaultKind::RateLimited { retry_after_s: Some(1) }, 0.02),
        (FaultKind::TimeoutBefore { hold_ms: 4_000 }, 0.02),
        (FaultKind::TimeoutDuring { accept_after_ms: 2_500 }, 0.02),
        (FaultKind::TimeoutAfter { hold_ms: 4_000 }, 0.02),
        (FaultKind::ReceiptsDuplicate { copies: 3 }, 0.1),
        (FaultKind::ReceiptsReordered {}, 0.2),
        (FaultKind::ReceiptsEarly {}, 0.2),
        (FaultKind::ReceiptsLate { by_ms: 700 }, 0.05),
        (FaultKind::ReceiptsMissing { only: None }, 0.05),
        (FaultKind::ReceiptsFailed { code: None }, 0.01),
    ];
    if whose == Whose::Meta {
        // Too many to one customer.
        habits.push((FaultKind::Refused { code: 131_056 }, 0.01));
    } else {
        habits.push((FaultKind::WebhooksLost {}, 0.03));
    }
    if whose == Whose::Evolution {
        habits.extend([
            (FaultKind::EmptyAnswer {}, 0.02),
            (FaultKind::EchoMissing {}, 0.2),
            (FaultKind::ConnectionClosed {}, 0.01),
            (FaultKind::NotLoaded {}, 0.01),
        ]);
    }
    habits
}

/// From now on it has them.
pub(super) fn begin(whatsapp: &WhatsAppSim, whose: Whose) {
    for (kind, share) in of(whose) {
        whatsapp.fault(Fault::from(kind), Trigger::share(share));
    }
}

/// It is good again; answers with how often each was played.
pub(super) fn end(whatsapp: &WhatsAppSim) -> BTreeMap<String, u64> {
    let mut hits = BTreeMap::new();
    for rule in whatsapp.faults() {
        *hits.entry(rule.fault.kind.word()).or_default() += rule.hits;
    }
    whatsapp.forgive_all();
    hits
}
