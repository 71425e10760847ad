use addressing::{Bsuid, Domain, Jid, Lid, Phone, WaId};

fn phone(written: &str) -> String {
    Phone::parse(written).unwrap().expose().to_owned()
}

#[test]
fn a_number_is_read_as_people_write_it() {
    for written in ["+44 7700 900123", "0044 7700-900123", "447700900123", " +44 (7700) 900.123 "] {
        assert_eq!(phone(written), "+447700900123", "{written}");
    }
}

#[test]
fn a_number_without_country_code_is_refused_with_the_remedy() {
    let error = Phone::parse("07700 900123").unwrap_err();
    assert!(error.to_string().contains("write it as +<country><number>"), "{error}");
    for written in ["", "+", "123456", "1234567890123456", "+44 7700 900x23", "44@s.whatsapp.net"] {
        assert!(Phone::parse(written).is_err(), "{written}");
    }
}

#[test]
fn both_spellings_of_a_subscriber_are_one_phone() {
    // Brazil: the ninth digit, for mobiles only.
    assert_eq!(phone("551187654321"), phone("+55 11 98765-4321"));
    assert_eq!(phone("553187654321"), "+5531987654321");
    assert_eq!(phone("551133334444"), "+551133334444", "a land line has eight digits");
    assert_ne!(phone("5511933334444"), phone("551133334444"), "a mobile is not the land line it resembles");
    // Mexico and Argentina: the digit after the country code.
    assert_eq!(phone("5215512345678"), phone("525512345678"));
    assert_eq!(phone("5491123456789"), phone("541123456789"));
}

#[test]
fn the_wa_id_keeps_the_spelling_of_the_provider() {
    let id = WaId::parse("5491123456789").unwrap();
    assert_eq!(id.expose(), "5491123456789");
    assert_eq!(id.phone().unwrap().expose(), "+541123456789");
    assert!(WaId::parse("120363040000000001").is_err(), "a group id");
    assert!(WaId::parse("0").is_err(), "the network's own account");
}

#[test]
fn a_jid_says_what_it_is() {
    let cases = [
        ("447700900123@s.whatsapp.net", Domain::Phone),
        ("447700900123@c.us", Domain::Phone),
        ("447700900123_1:12@s.whatsapp.net", Domain::Phone),
        ("218830041177123@lid", Domain::Lid),
        ("218830041177123:4@lid", Domain::Lid),
        ("120363040000000001@g.us", Domain::Group),
        ("status@broadcast", Domain::Broadcast),
        ("120363000000000000@newsletter", Domain::Newsletter),
        ("abc@call", Domain::Call),
        ("13135550002@bot", Domain::Bot),
        ("447700900123@hosted", Domain::Hosted),
        ("218830041177123:99@hosted.lid", Domain::Hosted),
        ("x@something.new", Domain::Other),
    ];
    for (written, domain) in cases {
        assert_eq!(Jid::parse(written).unwrap().domain(), domain, "{written}");
    }
    assert!(Jid::parse("447700900123").is_err(), "cut at the colon: no domain, no meaning");
    assert!(Jid::parse("@lid").is_err());
}

#[test]
fn a_phone_never_comes_from_a_linked_id() {
    let jid = Jid::parse("447700900123:7@lid").unwrap();
    assert_eq!(jid.wa_id(), None);
    assert_eq!(jid.lid().unwrap().expose_jid(), "447700900123@lid");
    let jid = Jid::parse("447700900123:7@s.whatsapp.net").unwrap();
    assert_eq!(jid.lid(), None);
    assert_eq!(jid.wa_id().unwrap().expose(), "447700900123");
}

#[test]
fn a_business_scoped_id_is_taken_in_both_forms() {
    for id in ["GB.70412233445566778899", "US.ENT.11815799212886844830"] {
        assert_eq!(Bsuid::parse(id).unwrap().expose(), id);
    }
    for id in ["447700900123", "gb.1", "GBR.1", "GB.", "GB.1 2", ""] {
        assert!(Bsuid::parse(id).is_err(), "{id}");
    }
}

#[test]
fn nothing_printed_names_a_person() {
    let phone = Phone::parse("+447700900123").unwrap();
    assert_eq!(format!("{phone} {phone:?}"), "…23 Phone(…23)");
    assert_eq!(format!("{:?}", WaId::parse("447700900123").unwrap()), "WaId(…23)");
    assert_eq!(format!("{:?}", Lid::parse("218830041177123").unwrap()), "Lid(…23)");
    assert_eq!(format!("{:?}", Bsuid::parse("GB.70412233445566778899").unwrap()), "Bsuid(…99)");
    assert_eq!(format!("{:?}", Jid::parse("447700900123@s.whatsapp.net").unwrap()), "Jid(…23@Phone)");
}
