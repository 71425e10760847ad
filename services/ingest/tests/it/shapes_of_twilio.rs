//! Fields other than the samples show.

use ingest::domain::{Claim, InboundEvent};
use ingest::providers::{Provider, twilio};

use crate::support::fixtures::{line, only};

const ACCOUNT: &str = "AccountSid=AC1&MessageSid=SM1";

fn inbound(rest: &str) -> String {
    let body = format!(
        "{ACCOUNT}&From=whatsapp%3A%2B447700900123&To=whatsapp%3A%2B447700900300&WaId=447700900123&{rest}"
    );
    line(&only(Provider::Twilio, body.as_bytes()))
}

fn said(rest: &str) -> String {
    let line = inbound(rest);
    line.strip_prefix("message SM1 +447700900123->whatsapp:+447700900123 @- ")
        .map_or(line.clone(), str::to_owned)
}

#[test]
fn the_kind_is_what_the_fields_say() {
    for (fields, expected) in [
        (
            "Body=Check-up&ListId=svc%3Acheckup&ListTitle=Check-up&MessageType=interactive",
            "list_reply “Check-up” payload=svc:checkup",
        ),
        ("Body=&NumMedia=1&MediaUrl0=u&MediaContentType0=audio%2Fogg", "voice audio/ogg url=u"),
        ("Body=&NumMedia=1&MediaUrl0=u&MediaContentType0=audio%2Fmpeg", "audio audio/mpeg url=u"),
        ("Body=&NumMedia=1&MediaUrl0=u&MediaContentType0=video%2Fmp4", "video video/mp4 url=u"),
        (
            "Body=&NumMedia=1&MediaUrl0=u&MediaContentType0=application%2Fpdf",
            "document application/pdf url=u",
        ),
        (
            "Body=&NumMedia=1&MediaUrl0=u&MediaContentType0=image%2Fwebp&MessageType=sticker",
            "sticker image/webp url=u",
        ),
        (
            "Body=Tom&NumMedia=1&MediaUrl0=u&MediaContentType0=text%2Fvcard&MessageType=contacts",
            "contacts Tom ",
        ),
        ("Body=&NumMedia=0&MessageType=reaction", "unsupported reaction"),
        ("NumMedia=0", "unsupported empty"),
        ("Body=Hi&Latitude=north&Longitude=1", "text “Hi”"),
        ("Body=Hi&ReferralSourceId=120&ReferralSourceType=ad", "text “Hi” ad=120"),
        ("Body=Hi&SomethingNew=1&Forwarded=true", "text “Hi”"),
    ] {
        assert_eq!(said(fields), expected, "{fields}");
    }
}

#[test]
fn a_person_without_a_number_is_known_by_the_scoped_id() {
    let body = format!(
        "{ACCOUNT}&From=whatsapp%3AGB.7041&ExternalUserId=whatsapp%3AGB.7041&To=whatsapp%3A%2B447700900300&Body=x"
    );
    assert_eq!(
        line(&only(Provider::Twilio, body.as_bytes())),
        "message SM1 GB.7041->whatsapp:GB.7041 @- text “x”"
    );
}

#[test]
fn statuses_of_both_kinds_of_failure() {
    let status = |rest: &str, reference: Option<&str>| {
        let body = format!("{ACCOUNT}&From=whatsapp%3A%2B447700900300&To=whatsapp%3A%2B447700900123&{rest}");
        let parsed = twilio::parse(body.as_bytes(), reference).unwrap();
        line(&parsed.events.first().unwrap().event)
    };
    assert_eq!(
        status("MessageStatus=undelivered&ErrorCode=63024", Some("ref-1")),
        "receipt SM1 failed @- error=63024 ref=ref-1"
    );
    assert_eq!(status("MessageStatus=canceled", None), "receipt SM1 failed @- error=canceled");
    assert_eq!(status("MessageStatus=delivered&ErrorCode=0", None), "receipt SM1 delivered @-");
    for quiet in ["queued", "sending", "accepted", "scheduled"] {
        assert_eq!(status(&format!("MessageStatus={quiet}"), None), "ignored no_receipt");
    }
    // A callback address given to Twilio without MessageStatus still carries SmsStatus.
    assert_eq!(status("SmsStatus=sent", Some("ref-1")), "receipt SM1 sent @- ref=ref-1");
}

#[test]
fn what_tells_a_status_from_a_message_is_its_status() {
    // Sent to the address for what customers write, by a service that knows no other: no message of ours to ourselves.
    let body = format!(
        "{ACCOUNT}&From=whatsapp%3A%2B447700900300&To=whatsapp%3A%2B447700900123&SmsStatus=delivered"
    );
    assert_eq!(line(&only(Provider::Twilio, body.as_bytes())), "receipt SM1 delivered @-");
    let claim = twilio::parse(body.as_bytes(), None).unwrap().claim;
    assert_eq!(
        claim,
        Claim::TwilioAccount {
            account_sid: "AC1".into(),
            own_address: Some("whatsapp:+447700900300".into())
        }
    );
    // And a customer's words are read, whatever status stands beside them.
    for status in
        ["SmsStatus=received", "SmsStatus=received&MessageStatus=received", "MessageStatus=receiving"]
    {
        assert_eq!(said(&format!("Body=Hi&{status}")), "text “Hi”", "{status}");
    }
    let of_a_service =
        "Body=Hi&MessagingServiceSid=MG1&SmsStatus=received&ChannelMetadata=%7B%7D&NumSegments=1";
    assert_eq!(said(of_a_service), "text “Hi”");
}

#[test]
fn statuses_come_with_events_prefixes_and_services() {
    let status = |rest: &str| {
        let body = format!(
            "{ACCOUNT}&SmsSid=SM1&ChannelPrefix=whatsapp&ChannelInstallSid=XE1&ChannelToAddress=%2B4477009001XX\
             &MessagingServiceSid=MG1&StructuredMessage=false&From=whatsapp%3A%2B447700900300\
             &To=whatsapp%3A%2B447700900123&{rest}"
        );
        line(&only(Provider::Twilio, body.as_bytes()))
    };
    assert_eq!(status("EventType=READ&MessageStatus=read&SmsStatus=read"), "receipt SM1 read @-");
    assert_eq!(
        status("EventType=UNDELIVERED&MessageStatus=undelivered&ErrorCode=63016&ErrorMessage=x"),
        "receipt SM1 failed @- error=63016"
    );
    assert_eq!(status("MessageStatus=failed&ErrorCode=&ErrorMessage="), "receipt SM1 failed @-");
}

#[test]
fn the_account_and_our_own_address_are_claimed() {
    let claim = |body: &str| twilio::parse(body.as_bytes(), None).unwrap().claim;
    let ours = |own: &str| Claim::TwilioAccount { account_sid: "AC1".into(), own_address: Some(own.into()) };
    assert_eq!(claim(&format!("{ACCOUNT}&From=whatsapp:A&To=whatsapp:B&Body=x")), ours("whatsapp:B"));
    assert_eq!(
        claim(&format!("{ACCOUNT}&From=whatsapp:A&To=whatsapp:B&MessageStatus=sent")),
        ours("whatsapp:A")
    );
    assert_eq!(twilio::account_hint(format!("{ACCOUNT}&x=1").as_bytes()).as_deref(), Some("AC1"));
    assert_eq!(twilio::account_hint(b"x=1"), None);
}

#[test]
fn json_bodies_are_read_like_forms() {
    let body = br#"{"AccountSid":"AC1","MessageSid":"SM1","From":"whatsapp:+447700900123","Body":"x","NumMedia":0,"Extra":{"a":1}}"#;
    let InboundEvent::Message(message) = only(Provider::Twilio, body) else { panic!("not a message") };
    assert_eq!(message.provider_id, "SM1");
}

#[test]
fn what_makes_no_sense_is_refused() {
    for body in ["", "x", "Body=Hi", "AccountSid=&Body=x", "AccountSid=AC1&Body=%ff", "{\"AccountSid\":"] {
        assert!(twilio::parse(body.as_bytes(), None).is_err(), "{body}");
    }
    for body in [
        "AccountSid=AC1&From=whatsapp%3A%2B447700900123&Body=no+id",
        "AccountSid=AC1&MessageSid=SM1&From=%2B447700900123&Body=a+text+message+by+SMS",
        "AccountSid=AC1&MessageSid=SM1&From=whatsapp%3Anobody&Body=x",
        "AccountSid=AC1&MessageSid=SM1&Body=no+sender",
        "AccountSid=AC1&MessageSid=SM1&From=x&MessageStatus=something_new",
    ] {
        let parsed = twilio::parse(body.as_bytes(), None).unwrap();
        assert_eq!((parsed.events.len(), parsed.rejected.len()), (0, 1), "{body}");
    }
}
