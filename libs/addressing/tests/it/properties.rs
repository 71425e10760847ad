use addressing::{Bsuid, Jid, Lid, Phone, WaId};
use proptest::prelude::*;

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = Phone::parse(&text);
        let _ = WaId::parse(&text);
        let _ = Lid::parse(&text);
        let _ = Bsuid::parse(&text);
        if let Ok(jid) = Jid::parse(&text) {
            let _ = (jid.wa_id(), jid.lid(), format!("{jid:?}"));
        }
    }

    #[test]
    fn folding_is_idempotent(digits in "[1-9][0-9]{6,14}") {
        let once = Phone::parse(&digits).unwrap();
        prop_assert_eq!(&Phone::parse(once.expose()).unwrap(), &once);
    }

    #[test]
    fn brazilian_mobiles_fold(area in 11u32..100, rest in 60_000_000u32..100_000_000) {
        let short = Phone::parse(&format!("55{area}{rest}")).unwrap();
        let long = Phone::parse(&format!("55{area}9{rest}")).unwrap();
        prop_assert_eq!(short, long);
    }

    #[test]
    fn brazilian_land_lines_do_not(area in 11u32..100, rest in 20_000_000u32..60_000_000) {
        let line = Phone::parse(&format!("55{area}{rest}")).unwrap();
        let mobile = Phone::parse(&format!("55{area}9{rest}")).unwrap();
        prop_assert_ne!(line, mobile);
    }

    #[test]
    fn mexico_and_argentina_fold(rest in 2_000_000_000u64..10_000_000_000) {
        prop_assert_eq!(Phone::parse(&format!("521{rest}")).unwrap(), Phone::parse(&format!("52{rest}")).unwrap());
        prop_assert_eq!(Phone::parse(&format!("549{rest}")).unwrap(), Phone::parse(&format!("54{rest}")).unwrap());
    }

    #[test]
    fn a_subscriber_keeps_to_one_phone(a in "[1-9][0-9]{6,14}", b in "[1-9][0-9]{6,14}") {
        // Folding joins spellings of one subscriber; it never joins two numbers that differ in their last six digits.
        let tail = |digits: &str| digits[digits.len() - 6..].to_owned();
        if tail(&a) != tail(&b) {
            prop_assert_ne!(Phone::parse(&a).unwrap(), Phone::parse(&b).unwrap());
        }
    }

    #[test]
    fn only_two_characters_are_ever_shown(digits in "[1-9][0-9]{6,14}") {
        let phone = Phone::parse(&digits).unwrap();
        prop_assert_eq!(format!("{phone}"), format!("…{}", &digits[digits.len() - 2..]));
    }
}
