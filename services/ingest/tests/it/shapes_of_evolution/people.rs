//! Who writes, in the key layouts of all versions; and whom the desk does not talk to.

use serde_json::json;

use super::{PEER, event, upsert};

#[test]
fn the_person_is_found_in_all_key_layouts() {
    let text = || json!({ "conversation": "x" });
    let with_lid = "+447700900123|lid:218830041177123->447700900123";
    for (layout, key, person) in [
        (
            "2.2.3: a linked id alone",
            json!({ "remoteJid": "218830041177123@lid" }),
            "lid:218830041177123->218830041177123@lid",
        ),
        (
            "2.3.1: senderPn in its place",
            json!({ "remoteJid": "447700900123@s.whatsapp.net", "previousRemoteJid": "218830041177123@lid" }),
            with_lid,
        ),
        (
            "older: senderPn beside it",
            json!({ "remoteJid": "218830041177123@lid", "senderPn": "447700900123@s.whatsapp.net" }),
            with_lid,
        ),
        (
            "2.3.5: the alternative",
            json!({ "remoteJid": "218830041177123@lid", "remoteJidAlt": "447700900123@s.whatsapp.net", "addressingMode": "lid" }),
            with_lid,
        ),
        (
            "2.4: swapped",
            json!({ "remoteJid": "447700900123@s.whatsapp.net", "remoteJidAlt": "218830041177123@lid", "addressingMode": "pn" }),
            with_lid,
        ),
        (
            "with a device",
            json!({ "remoteJid": "447700900123:7@s.whatsapp.net", "senderLid": "218830041177123:7@lid" }),
            with_lid,
        ),
        (
            "cut at the colon",
            json!({ "remoteJid": "218830041177123", "remoteJidAlt": "447700900123@s.whatsapp.net" }),
            PEER,
        ),
        ("the older domain", json!({ "remoteJid": "447700900123@c.us", "participant": "" }), PEER),
    ] {
        let mut key = key;
        key["id"] = "A1".into();
        key["fromMe"] = false.into();
        assert_eq!(
            upsert(key, text()),
            format!("message A1 {person} @1772460930 text “x” name=Maya Lindqvist"),
            "{layout}"
        );
    }
}

#[test]
fn our_own_number_is_never_the_other_side() {
    // What staff wrote, with the alternative address describing the account itself.
    let key = json!({ "remoteJid": "218830041177123@lid", "remoteJidAlt": "447700900100@s.whatsapp.net", "fromMe": true, "id": "A1" });
    assert_eq!(
        upsert(key, json!({ "conversation": "x" })),
        "echo A1 lid:218830041177123->218830041177123@lid @1772460930 text “x”"
    );
    let key = json!({ "remoteJid": "447700900100@s.whatsapp.net", "fromMe": true, "id": "A1" });
    assert_eq!(upsert(key, json!({ "conversation": "a note to self" })), "ignored own_chat");
}

#[test]
fn chats_that_are_not_one_person_are_left_alone() {
    for (jid, why) in [
        ("120363040000000001@g.us", "group"),
        ("status@broadcast", "broadcast"),
        ("120363040000000001@broadcast", "broadcast"),
        ("120363040000000001@newsletter", "not_a_person"),
        ("13135550002@bot", "not_a_person"),
        ("447700900123@hosted", "not_a_person"),
        ("218830041177123:99@hosted.lid", "not_a_person"),
        ("1@call", "not_a_person"),
    ] {
        for event_name in ["messages.upsert", "send.message"] {
            let data = json!({ "key": { "remoteJid": jid, "id": "A1" }, "message": { "conversation": "x" } });
            assert_eq!(event(event_name, data), format!("ignored {why}"), "{jid}");
        }
    }
}
