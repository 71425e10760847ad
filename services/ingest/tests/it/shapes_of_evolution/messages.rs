//! What is said, in whatever it is wrapped.

use serde_json::{Value, json};

use super::{PEER, event, phone_key, said, upsert};

#[test]
fn text_is_found_inside_all_wrappers() {
    let context = json!({ "messageSecret": "x" });
    for wrapper in [
        "ephemeralMessage",
        "viewOnceMessage",
        "viewOnceMessageV2",
        "viewOnceMessageV2Extension",
        "deviceSentMessage",
        "associatedChildMessage",
        "groupMentionedMessage",
        "botInvokeMessage",
        "documentWithCaptionMessage",
        "editedMessage",
    ] {
        let inner = json!({ "messageContextInfo": context, "extendedTextMessage": { "text": "hidden" } });
        assert_eq!(said(json!({ wrapper: { "message": inner } })), "text “hidden”", "{wrapper}");
    }
    let nested = json!({ "ephemeralMessage": { "message": { "viewOnceMessage": { "message": { "documentWithCaptionMessage": { "message": {
        "documentMessage": { "caption": "my card", "fileName": "card.pdf", "mimetype": "application/pdf" } } } } } } } });
    assert_eq!(said(nested), "document “my card” application/pdf file=card.pdf");
    // Side keys first, the content after them.
    assert_eq!(
        said(
            json!({ "senderKeyDistributionMessage": { "groupId": "x" }, "messageContextInfo": context, "conversation": "x" })
        ),
        "text “x”"
    );
    assert_eq!(said(json!({ "conversation": "", "imageMessage": { "caption": "c" } })), "image “c”");
}

#[test]
fn every_kind_has_its_meaning() {
    for (message, expected) in [
        (
            json!({ "audioMessage": { "seconds": 3, "ptt": false, "mimetype": "audio/mpeg" } }),
            "audio audio/mpeg 3s",
        ),
        (
            json!({ "videoMessage": { "caption": "look", "seconds": "12", "fileLength": { "low": 5, "high": 1, "unsigned": true } } }),
            "video “look” 4294967301B 12s",
        ),
        (json!({ "ptvMessage": { "seconds": 2 } }), "video 2s"),
        (json!({ "stickerMessage": { "mimetype": "image/webp" } }), "sticker image/webp"),
        (
            json!({ "liveLocationMessage": { "degreesLatitude": "51.5", "degreesLongitude": -0.1 } }),
            "location 51.5,-0.1 “” “”",
        ),
        (json!({ "liveLocationMessage": {} }), "unsupported location without coordinates"),
        (
            json!({ "contactMessage": { "displayName": "Tom", "vcard": "BEGIN:VCARD\nTEL;waid=447700900145:+44 7700 900145\nEND:VCARD" } }),
            "contacts Tom +44 7700 900145",
        ),
        (
            json!({ "contactsArrayMessage": { "contacts": [{ "displayName": "Tom" }, { "displayName": "Ana" }] } }),
            "contacts Tom , Ana ",
        ),
        (
            json!({ "listResponseMessage": { "title": "Check-up", "description": "30 minutes", "singleSelectReply": { "selectedRowId": "svc:checkup" } } }),
            "list_reply “Check-up” (30 minutes) payload=svc:checkup",
        ),
        (
            json!({ "interactiveResponseMessage": { "body": { "text": "Thu 10:00" }, "nativeFlowResponseMessage": { "name": "quick_reply", "paramsJson": "{\"id\":\"slot:1\",\"x\":[1]}" } } }),
            "button_reply “Thu 10:00” payload=slot:1",
        ),
        (
            json!({ "interactiveResponseMessage": { "body": { "text": "Check-up" }, "nativeFlowResponseMessage": { "name": "single_select", "paramsJson": "{\"id\":\"svc:1\"}" } } }),
            "list_reply “Check-up” payload=svc:1",
        ),
        (
            json!({ "interactiveResponseMessage": { "body": { "text": "x" }, "nativeFlowResponseMessage": { "paramsJson": "{broken" } } }),
            "button_reply “x”",
        ),
        (json!({ "pollUpdateMessage": { "vote": {} } }), "unsupported pollUpdateMessage"),
        (
            json!({ "placeholderMessage": { "type": "MASK_LINKED_DEVICES" } }),
            "unsupported placeholderMessage",
        ),
        (json!({ "orderMessage": { "orderId": "1" } }), "unsupported orderMessage"),
        (json!({ "somethingNewMessage": { "x": 1 } }), "unsupported somethingNewMessage"),
        (json!({}), "unsupported unknown"),
        (Value::Null, "unsupported unknown"),
    ] {
        assert_eq!(said(message.clone()), expected, "{message}");
    }
}

#[test]
fn the_quoted_message_is_read_from_inside_first() {
    let data = json!({
        "key": phone_key(), "pushName": "447700900123",
        "message": { "extendedTextMessage": { "text": "x", "contextInfo": { "stanzaId": "INSIDE" } } },
        "contextInfo": { "stanzaId": "BESIDE" },
        "messageTimestamp": { "low": 1_772_460_930, "high": 0, "unsigned": true },
    });
    let line = event("messages.upsert", data);
    assert_eq!(line, format!("message A1 {PEER} @1772460930 text “x” reply-to=INSIDE"), "digits are no name");
    let advert = json!({
        "key": phone_key(), "message": { "conversation": "x" }, "messageTimestamp": "1772460930",
        "contextInfo": { "externalAdReply": { "title": "Whitening", "sourceId": "120", "sourceType": "ad", "ctwaClid": "c" } },
    });
    assert!(event("messages.upsert", advert).ends_with("text “x” ad=120"));
}

#[test]
fn what_only_surrounds_a_message_is_no_message() {
    for silent in [
        json!({ "albumMessage": { "expectedImageCount": 3, "expectedVideoCount": 1 } }),
        json!({ "pinInChatMessage": { "key": { "id": "B2" }, "type": "PIN_FOR_ALL" } }),
        json!({ "keepInChatMessage": { "key": { "id": "B2" }, "keepType": 1 } }),
        json!({ "encReactionMessage": { "targetMessageKey": { "id": "B2" } } }),
        json!({ "callLogMesssage": { "isVideo": false, "callOutcome": "MISSED" } }),
        json!({ "stickerSyncRmrMessage": { "filehash": ["x"] } }),
    ] {
        assert_eq!(upsert(phone_key(), silent.clone()), "ignored control", "{silent}");
    }
    // The pictures of an album come one by one, each as the child of it.
    let child =
        json!({ "associatedChildMessage": { "message": { "imageMessage": { "caption": "2 of 3" } } } });
    assert_eq!(said(child), "image “2 of 3”");
    // Wrappers nobody had met when this was written look like those before them.
    let new = json!({ "somethingNewV7": { "message": { "ephemeralMessage": { "message": { "conversation": "inside" } } } } });
    assert_eq!(said(new), "text “inside”");
    assert_eq!(said(json!({ "somethingNewV7": { "message": "no object" } })), "unsupported somethingNewV7");
}
