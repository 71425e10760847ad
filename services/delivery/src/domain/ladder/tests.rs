use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::domain::causes::Cause;
use crate::domain::decide::{ExpireReason, SkipReason};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn receipt(status: &str) -> Receipt {
    Receipt {
        provider_id: "3EB0A1B2C3D4E5F6071829".into(),
        rung: status.parse().unwrap(),
        at: AT,
        code: None,
    }
}

fn every_state() -> Vec<State> {
    let provider_id = "3EB0A1B2C3D4E5F6071829".to_owned();
    vec![
        State::Queued,
        State::Intended { at: AT },
        State::Sent { provider_id: provider_id.clone(), at: AT },
        State::Delivered { provider_id: provider_id.clone(), at: AT },
        State::Read { provider_id: provider_id.clone(), at: AT },
        State::Failed { provider_id, at: AT, code: Some("131026".into()) },
        State::Unknown { cause: Cause::NoAnswer, reconcile_until: AT },
        State::Expired { reason: ExpireReason::TooLate },
        State::Skipped { reason: SkipReason::OptedOut },
        State::Cancelled { reason: "moved".into() },
        State::DryRun { at: AT },
        State::Dead { cause: Cause::Unavailable },
    ]
}

#[test]
fn the_table() {
    // from, then what each of sent, failed, delivered, read makes of it
    let table = [
        ("queued", ["sent", "failed", "delivered", "read"]),
        ("intended", ["sent", "failed", "delivered", "read"]),
        ("sent", ["sent", "failed", "delivered", "read"]),
        ("delivered", ["delivered", "delivered", "delivered", "read"]),
        ("read", ["read", "read", "read", "read"]),
        ("failed", ["failed", "failed", "delivered", "read"]),
        ("unknown", ["sent", "failed", "delivered", "read"]),
        ("expired", ["sent", "failed", "delivered", "read"]),
        ("skipped", ["sent", "failed", "delivered", "read"]),
        ("cancelled", ["sent", "failed", "delivered", "read"]),
        ("dry_run", ["sent", "failed", "delivered", "read"]),
        ("dead", ["sent", "failed", "delivered", "read"]),
    ];
    assert_eq!(table.len(), StateName::ALL.len());
    for (from, row) in table {
        let state = every_state().into_iter().find(|state| state.name().as_str() == from).unwrap();
        for (status, expected) in ["sent", "failed", "delivered", "read"].into_iter().zip(row) {
            let after = state.raised_by(&receipt(status)).or(state.clone());
            assert_eq!(after.name().as_str(), expected, "{from} and then {status}");
        }
    }
}

#[test]
fn played_is_read_and_other_words_are_refused() {
    assert_eq!("played".parse(), Ok(Rung::Read));
    assert!("PLAYED".parse::<Rung>().is_err());
    assert!("queued".parse::<Rung>().is_err());
}

#[test]
fn the_error_code_of_a_failure_is_kept() {
    let failed = Receipt { code: Some("131047".into()), ..receipt("failed") };
    let Change::Applied(State::Failed { code, .. }) = State::Queued.raised_by(&failed) else {
        unreachable!("a receipt raises what waits")
    };
    assert_eq!(code.as_deref(), Some("131047"));
}

fn statuses() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(vec!["sent", "failed", "delivered", "read", "played"]), 0..12)
}

proptest! {
    #[test]
    fn any_order_and_any_number_of_repeats_end_in_the_same_state(
        (once, shuffled) in statuses().prop_flat_map(|once| {
            let doubled: Vec<_> = once.iter().chain(&once).copied().collect();
            (Just(once), Just(doubled).prop_shuffle())
        }),
        from in prop::sample::select(every_state()),
    ) {
        let walk = |statuses: &[&str]| statuses.iter().fold(from.clone(), |state, status| {
            state.raised_by(&receipt(status)).or(state)
        });
        prop_assert_eq!(walk(&once), walk(&shuffled));
    }

    #[test]
    fn no_receipt_lowers(from in prop::sample::select(every_state()), status in statuses()) {
        let mut state = from;
        for status in status {
            let after = state.raised_by(&receipt(status)).or(state.clone());
            prop_assert!(after.name().height() >= state.name().height());
            state = after;
        }
    }
}
