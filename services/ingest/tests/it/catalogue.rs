//! Every sample of the catalogue yields what its row says.

use ingest::domain::Claim;
use ingest::providers::{Forged, Provider, twilio};

use crate::support::fixtures::{bytes, lines, names, parse};

/// The customer of the story, as Evolution shows her with and without her linked id.
const MAYA: &str = "+447700900123|lid:218830041177123->447700900123";
const MAYA_BY_PHONE: &str = "+447700900123->447700900123";
const MAYA_AT_META: &str = "+447700900123|GB.70412233445566778899->447700900123";
const MAYA_AT_TWILIO: &str = "+447700900123|GB.70412233445566778899->whatsapp:+447700900123";

#[test]
fn evolution() {
    let named = "name=Maya Lindqvist";
    let table: Vec<(&str, String)> = vec![
        ("01-upsert-conversation", format!("message 3A5C1E7F90B24D6688A1 {MAYA} @1772460930 text “Hi, can I move my appointment to Thursday?” {named}")),
        ("02-upsert-extendedtext-legacy", format!("message 9F3A6C1D2E4B50718293A4B5C6D7E8F9 {MAYA_BY_PHONE} @1772460990 text “Yes please, https://example.test/map” {named} reply-to=3EB0A1B2C3D4E5F6071829")),
        ("03-upsert-quoted-reply", format!("message 3A77AA10FE0199C3D2B4 {MAYA} @1772461020 text “Thursday 10:00 works” {named} reply-to=3EB0A1B2C3D4E5F6071829")),
        ("05-upsert-image", format!("message B0C1D2E3F4A5968778695A4B3C2D1E0F {MAYA} @1772461080 image “This is the tooth that hurts” image/jpeg 184320B {named}")),
        ("06-upsert-audio-voice-note", format!("message 3AD4E5F60718293A4B5C {MAYA} @1772461110 voice audio/ogg; codecs=opus 15872B 7s {named}")),
        ("07-upsert-location", format!("message C1D2E3F405162738495A6B7C8D9EAFB0 {MAYA} @1772461140 location 51.4779,-0.0015 “Greenwich Park” “Blackheath Ave, London” {named}")),
        ("08-upsert-buttons-response", format!("message D2E3F405162738495A6B7C8D9EAFB0C1 {MAYA} @1772461170 button_reply “Thu 10:00” payload=slot:2026-03-05T10:00 {named} reply-to=3EB0B2C3D4E5F607182930")),
        ("10-upsert-template-button-reply", format!("message F405162738495A6B7C8D9EAFB0C1D2E3 {MAYA} @1772461230 button_reply “Confirm” payload=confirm:8812 {named} reply-to=3EB0D4E5F6071829304152")),
        ("12-upsert-reaction", format!("reaction 162738495A6B7C8D9EAFB0C1D2E3F405 {MAYA} @1772461290 👍 on 3EB0A1B2C3D4E5F6071829")),
        ("13-upsert-from-me-typed-on-phone", format!("echo 3ACAFE0011223344AA55 {MAYA_BY_PHONE} @1772461320 text “Of course, see you Thursday!”")),
        ("14-upsert-group-message", "ignored group".to_owned()),
        ("17-upsert-lid-overwritten-v237", format!("message 5A6B7C8D9EAFB0C1D2E3F40516273849 {MAYA_BY_PHONE} @1772461440 text “Is parking free?” {named}")),
        ("18-upsert-lid-only-no-phone", "message 6B7C8D9EAFB0C1D2E3F405162738495A lid:77120055431908->77120055431908@lid @1772461470 text “Hello, I saw your advert”".to_owned()),
        ("20-upsert-status-broadcast", "ignored broadcast".to_owned()),
        ("21-update-delivery-ack", "receipt 3EB0A1B2C3D4E5F6071829 delivered @-".to_owned()),
        ("23-update-error", "receipt 3EB0F6071829304152637A failed @-".to_owned()),
        ("26-delete-revoked", format!("revoke 3A5C1E7F90B24D6688A1 {MAYA_BY_PHONE} @- of 3A5C1E7F90B24D6688A1")),
        ("27-connection-open", "channel_state open".to_owned()),
        ("28-connection-close-logged-out", "channel_state closed 401".to_owned()),
        ("29-connection-connecting", "channel_state connecting".to_owned()),
        ("31-send-message", format!("api_echo 3EB0A1B2C3D4E5F6071829 {MAYA_BY_PHONE} “Shall we say Thursday 10:00?”")),
        ("32-qrcode-updated", "pairing CodeMade".to_owned()),
    ];
    check(Provider::Evolution, &table, &Claim::EvolutionInstance("harbour-dental".to_owned()));
}

#[test]
fn meta() {
    const NUMBER: &str = "109876543210987:";
    const IN: &str = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0EwMDAwMDAwMDAwMDAwMDAwM";
    const FIRST: &str = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0E1QzFFN0Y5MEIyNEQ2Njg4QTEA";
    const OUT: &str = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSQTFCMkMzRDRFNUY2MDcxODI5AA==";
    let message =
        |id: String, rest: &str| format!("{NUMBER} message {id} {MAYA_AT_META} {rest} name=Maya Lindqvist");
    let table: Vec<(&str, String)> = vec![
        ("01-text", message(FIRST.to_owned(), "@1772460930 text “Hi, can I move my appointment to Thursday?”")),
        ("03-image-caption", message(format!("{IN}DEA"), "@1772460960 image “This is the tooth that hurts” image/jpeg id=1357913579135791")),
        ("04-button-reply", message(format!("{IN}DIA"), "@1772460990 button_reply “Thu 10:00” payload=slot:2026-03-05T10:00") + &format!(" reply-to={OUT}")),
        ("05-list-reply", message(format!("{IN}DMA"), "@1772461020 list_reply “Check-up” (30 minutes) payload=svc:checkup") + " reply-to=wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSQjJDM0Q0RTVGNjA3MTgyOTMwAA=="),
        ("07-location", message(format!("{IN}DUA"), "@1772461080 location 51.4779,-0.0015 “Greenwich Park” “Blackheath Ave, London”")),
        ("08-reaction", format!("{NUMBER} reaction {IN}DYA {MAYA_AT_META} @1772461110 👍 on {OUT}")),
        ("10-unsupported", message(format!("{IN}DgA"), "@1772461140 unsupported poll_creation 131051")),
        ("11-audio-voice", message(format!("{IN}DkA"), "@1772461170 voice audio/ogg; codecs=opus id=2468024680246802")),
        ("12-status-sent", format!("{NUMBER} receipt {OUT} sent @1772461231 ref=fd:01JNBX7Q2M3T4V5W6X7Y8Z9A0B")),
        ("13-status-delivered", format!("{NUMBER} receipt {OUT} delivered @1772461233 ref=fd:01JNBX7Q2M3T4V5W6X7Y8Z9A0B")),
        ("14-status-read", format!("{NUMBER} receipt {OUT} read @1772461270 ref=fd:01JNBX7Q2M3T4V5W6X7Y8Z9A0B")),
        ("15-status-failed-window", format!("{NUMBER} receipt wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSRDRFNUY2MDcxODI5MzA0MTUyAA== failed @1772461291 error=131047 ref=fd:01JNBX8R3N4V5W6X7Y8Z9A0B1C")),
        (
            "16-batch-several-messages",
            [
                message(format!("{IN}TAA"), "@1772461330 text “One more thing”"),
                message(format!("{IN}TEA"), "@1772461330 text “is parking free?”"),
                format!("{NUMBER} message wamid.HBgMNDQ3NzAwOTAwMTQ1FQIAEhgUM0EwMDAwMDAwMDAwMDAwMDAwMTIA +447700900145|GB.70412233445566770001->447700900145 @1772461328 text “Good morning” name=Tom Okafor"),
            ]
            .join("\n"),
        ),
        ("19-value-errors-no-message", format!("{NUMBER} channel_signal 130429")),
        ("22-text-ctwa-referral", message(format!("{IN}TgA"), "@1772461470 text “Hello, I saw your advert”") + " ad=120200000000000001"),
        ("24-revoke", format!("{NUMBER} revoke {IN}jAA {MAYA_AT_META} @1772461530 of {FIRST}")),
    ];
    check(Provider::Meta, &table, &Claim::None);
}

#[test]
fn twilio() {
    let claim = Claim::TwilioAccount {
        account_sid: "AC00112233445566778899aabbccddeeff".to_owned(),
        own_address: Some("whatsapp:+447700900300".to_owned()),
    };
    let message = |id: &str, rest: &str| format!("message {id} {MAYA_AT_TWILIO} @- {rest}");
    let image = "https://api.twilio.com/2010-04-01/Accounts/AC00112233445566778899aabbccddeeff/Messages/MM1b2c3d4e5f60718293a4b5c6d7e8f90a/Media/ME2c3d4e5f60718293a4b5c6d7e8f90a1b";
    let named = "name=Maya Lindqvist";
    let table: Vec<(&str, String)> = vec![
        (
            "01-inbound-text",
            message(
                "SM0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                &format!("text “Hi, can I move my appointment to Thursday? +1 & ok?” {named}"),
            ),
        ),
        (
            "02-inbound-media-image",
            message(
                "MM1b2c3d4e5f60718293a4b5c6d7e8f90a",
                &format!("image “This is the tooth that hurts” image/jpeg url={image} {named}"),
            ),
        ),
        (
            "03-inbound-button-quick-reply",
            message(
                "SM2c3d4e5f60718293a4b5c6d7e8f90a1b",
                &format!(
                    "button_reply “Confirm” payload=confirm:8812 {named} reply-to=MM9f8e7d6c5b4a39281706f5e4d3c2b1a0"
                ),
            ),
        ),
        (
            "05-inbound-location",
            message(
                "SM4e5f60718293a4b5c6d7e8f90a1b2c3d",
                &format!("location 51.4779,-0.0015 “Greenwich Park” “Blackheath Ave, London” {named}"),
            ),
        ),
        ("07-status-sent", "receipt SM60718293a4b5c6d7e8f90a1b2c3d4e5f sent @-".to_owned()),
        ("08-status-delivered", "receipt SM60718293a4b5c6d7e8f90a1b2c3d4e5f delivered @-".to_owned()),
        ("09-status-read", "receipt SM60718293a4b5c6d7e8f90a1b2c3d4e5f read @-".to_owned()),
        (
            "10-status-failed-63018",
            "receipt SM718293a4b5c6d7e8f90a1b2c3d4e5f60 failed @- error=63018".to_owned(),
        ),
    ];
    check(Provider::Twilio, &table, &claim);
}

#[test]
fn twilio_signatures() {
    let table = [
        ("01-inbound-text", "3YEuwy/OGhVAK2cznd7vrTh8nq0="),
        ("02-inbound-media-image", "9mGIeTYsw2jf4KHV4zdFO7g3ZwU="),
        ("03-inbound-button-quick-reply", "LETF/oO7JP4NlSdSs488YqRBWjU="),
        ("05-inbound-location", "crX/eSC9nmwjtnNsyG18e96d+DA="),
        ("07-status-sent", "v/e6pCrLvJC4tuTDtJGKTOxn2TM="),
        ("08-status-delivered", "YiJ2Uh+Olg5gIzzHbm/Mj8iGpoI="),
        ("09-status-read", "XKzZTFD5oKQwoZV+4DeKjDtaFe0="),
        ("10-status-failed-63018", "W2AT7ESJzrbkhO4WUjTJ3yo5nrs="),
    ];
    assert_eq!(table.map(|(name, _)| name.to_owned()).to_vec(), names(Provider::Twilio));
    for (name, signature) in table {
        let body = bytes(Provider::Twilio, name);
        let path = if name.contains("status") { "/status" } else { "" };
        let url = format!("https://frontdesk.example.test/hooks/twilio/acme{path}");
        let signed = twilio::Signed { url: &url, body: &body, signature: Some(signature.as_bytes()) };
        assert_eq!(
            twilio::verify(signed, [b"0123456789abcdef0123456789abcdef".as_slice()]),
            Ok(()),
            "{name}"
        );
        let mut forged = body.clone();
        forged.push(b'0');
        let signed = twilio::Signed { body: &forged, ..signed };
        assert_eq!(
            twilio::verify(signed, [b"0123456789abcdef0123456789abcdef".as_slice()]),
            Err(Forged::Mismatch),
            "{name}"
        );
    }
}

fn check(provider: Provider, table: &[(&str, String)], claim: &Claim) {
    let listed: Vec<String> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, names(provider), "the table must name every sample");
    for (name, expected) in table {
        let parsed = parse(provider, &bytes(provider, name)).unwrap();
        assert_eq!(parsed.rejected, [], "{name}");
        assert_eq!(lines(&parsed).join("\n"), *expected, "{name}");
        assert_eq!(parsed.claim, *claim, "{name}");
    }
}
