use std::str::FromStr;

use uuid::Uuid;

use super::*;

#[test]
fn printed_form_reads_back() {
    let id = ConversationId::generate();
    assert!(id.to_string().starts_with("cnv_"));
    assert_eq!(id.to_string().len(), "cnv_".len() + 32);
    assert_eq!(ConversationId::from_str(&id.to_string()), Ok(id));
    assert_eq!(format!("{id:?}"), id.to_string());
}

#[test]
fn json_is_a_plain_hyphenated_uuid() -> Result<(), serde_json::Error> {
    let uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);
    let json = serde_json::to_string(&MessageId::from_uuid(uuid))?;
    assert_eq!(json, "\"01980000-0000-7000-8000-000000000001\"");
    assert_eq!(serde_json::from_str::<MessageId>(&json)?, MessageId::from_uuid(uuid));
    Ok(())
}

#[test]
fn refuses_another_kind() {
    let booking = BookingId::generate().to_string();
    assert_eq!(MessageId::from_str(&booking), Err(IdError::Prefix { kind: "MessageId", prefix: "msg" }));
}

#[test]
fn refuses_every_second_spelling() {
    let id = MessageId::from_uuid(Uuid::from_u128(0xabc));
    let digits = id.uuid().as_simple().to_string();
    for text in [
        format!("msg_{}", digits.to_uppercase()),
        format!("msg_{}", id.uuid()),
        format!("msg_{digits}0"),
        format!("msg_{}", &digits[1..]),
        format!("msg_ {}", &digits[1..]),
        format!("msg_{{{}}}", &digits[2..]),
        "msg_".to_owned(),
    ] {
        assert!(matches!(MessageId::from_str(&text), Err(IdError::Digits { .. })), "{text}");
    }
    for text in [digits.clone(), format!("MSG_{digits}"), format!(" msg_{digits}"), String::new()] {
        assert!(matches!(MessageId::from_str(&text), Err(IdError::Prefix { .. })), "{text}");
    }
}

#[test]
fn errors_say_what_is_wanted_and_repeat_nothing() {
    let secret = "+15551234567";
    for wrong in [secret.to_owned(), format!("msg_{secret}")] {
        let Err(error) = MessageId::from_str(&wrong) else { panic!("accepted") };
        assert!(error.to_string().contains("msg_"));
        assert!(!error.to_string().contains(secret));
    }
}

#[test]
fn named_ids_are_stable_and_told_apart_by_kind_parent_and_slug() {
    let tenant = TenantId::named(Uuid::nil(), "harbour-dental");
    assert_eq!(tenant, TenantId::named(Uuid::nil(), "harbour-dental"));
    assert_ne!(tenant.uuid(), ChannelId::named(Uuid::nil(), "harbour-dental").uuid());
    let service = ServiceId::named(tenant.uuid(), "cleaning");
    assert_ne!(service, ServiceId::named(Uuid::nil(), "cleaning"));
    assert_ne!(service, ServiceId::named(tenant.uuid(), "filling"));
}

#[test]
fn later_ids_sort_later() {
    let ids: Vec<ItemId> = (0..1000).map(|_| ItemId::generate()).collect();
    assert!(ids.is_sorted());
}
