use jiff::ToSpan;
use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn signer() -> Signer {
    Signer::try_new(&Secret::from("a key of more than sixteen characters")).unwrap()
}

fn tenant(slug: &str) -> TenantId {
    TenantId::named(Uuid::nil(), slug)
}

fn offer() -> Offer {
    let owner = tenant("ours").uuid();
    Offer {
        service: IdTail::of_service(ServiceId::named(owner, "cut")),
        staff: IdTail::of_staff(StaffId::named(owner, "ana")),
        starts_at: NOW + 24.hours(),
        expires_at: NOW + 30.minutes(),
    }
}

#[test]
fn what_was_signed_is_read_back() {
    let handle = signer().sign(tenant("ours"), &offer()).unwrap();
    assert_eq!(handle.len(), 55);
    assert_eq!(signer().verify(tenant("ours"), &handle, NOW), Ok(offer()));
    assert_eq!(
        signer().verify(tenant("ours"), &format!(" {handle}\n"), NOW),
        Ok(offer()),
        "as a model copies it"
    );
}

#[test]
fn another_tenant_another_key_and_another_time_are_refused() {
    let handle = signer().sign(tenant("ours"), &offer()).unwrap();
    assert_eq!(signer().verify(tenant("theirs"), &handle, NOW), Err(Refusal::Forged));
    let other = Signer::try_new(&Secret::from("another key of enough characters")).unwrap();
    assert_eq!(other.verify(tenant("ours"), &handle, NOW), Err(Refusal::Forged));
    assert_eq!(signer().verify(tenant("ours"), &handle, NOW + 30.minutes()), Err(Refusal::Expired));
    assert!(signer().verify(tenant("ours"), &handle, NOW + 1799.seconds()).is_ok());
}

#[test]
fn a_key_that_can_be_guessed_is_refused() {
    for key in ["", "    ", "short", "                                     "] {
        assert_eq!(Signer::try_new(&Secret::from(key)).err(), Some(WeakKey));
    }
}

#[test]
fn a_time_that_does_not_fit_is_not_signed() {
    let late = Offer { starts_at: "2107-01-01T00:00:00Z".parse().unwrap(), ..offer() };
    assert_eq!(signer().sign(tenant("ours"), &late), None);
}

proptest! {
    #[test]
    fn any_single_change_is_refused(position in 0usize..55, replacement in "[ -~]") {
        let handle = signer().sign(tenant("ours"), &offer()).unwrap();
        let mut altered = handle.clone();
        altered.replace_range(position..=position, &replacement);
        prop_assume!(altered.trim() != handle);
        prop_assert_eq!(signer().verify(tenant("ours"), &altered, NOW), Err(Refusal::Forged));
    }

    #[test]
    fn any_other_text_is_refused(text in ".{0,80}") {
        prop_assert_eq!(signer().verify(tenant("ours"), &text, NOW), Err(Refusal::Forged));
        prop_assert_eq!(signer().verify(tenant("ours"), &format!("slot_{text}"), NOW), Err(Refusal::Forged));
    }

    #[test]
    fn every_prefix_is_refused(length in 0usize..55) {
        let handle = signer().sign(tenant("ours"), &offer()).unwrap();
        prop_assert_eq!(signer().verify(tenant("ours"), &handle[..length], NOW), Err(Refusal::Forged));
    }
}
