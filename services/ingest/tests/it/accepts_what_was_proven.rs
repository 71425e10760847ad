//! A proven request is answered 200 once everything in it is where it belongs.

use ingest::providers::Provider;
use serde_json::{Value, json};

use crate::support::fixtures::{bytes, names};
use crate::support::front::{Front, META_NUMBER};

fn text(provider: Provider, name: &str) -> String {
    String::from_utf8(bytes(provider, name)).unwrap()
}

#[tokio::test]
async fn every_sample_goes_where_its_catalogue_row_says() {
    let front = Front::start().await;
    for name in names(Provider::Evolution) {
        let counts = front.evolution(bytes(Provider::Evolution, &name)).await.counts();
        let ignored = ["14-", "20-", "32-"].iter().any(|number| name.starts_with(number));
        assert_eq!(counts, [u64::from(!ignored), 0, u64::from(ignored), 0], "{name}");
    }
    for name in names(Provider::Meta) {
        let counts = front.meta(bytes(Provider::Meta, &name)).await.counts();
        let expected = match &name[..2] {
            "16" => [3, 0, 0, 0],
            "19" => [0, 0, 1, 0],
            _ => [1, 0, 0, 0],
        };
        assert_eq!(counts, expected, "{name}");
    }
    for name in names(Provider::Twilio) {
        let path = if name.contains("status") {
            "/webhooks/twilio/acme/status/own-reference"
        } else {
            "/webhooks/twilio/acme"
        };
        let answer = front.twilio(path, &bytes(Provider::Twilio, &name)).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "<Response/>"), "{name}");
    }
    assert!(front.quarantined().await.is_empty());
    let items = front
        .json("select jsonb_build_object(kind, count(*)) from conversation.item group by kind order by kind")
        .await;
    let expected = [
        json!({ "echo": 1 }),
        json!({ "message": 10 + 11 + 4 }),
        json!({ "reaction": 2 }),
        json!({ "revoke": 2 }),
    ];
    assert_eq!(items, expected);
    assert_eq!(front.count("select count(*) from delivery.receipt").await, 2 + 2 + 2);
    assert_eq!(front.count("select count(*) from delivery.channel_event").await, 3);
}

/// PostgreSQL holds every character but one.
#[tokio::test]
async fn a_character_that_cannot_be_stored_costs_nobody_their_message() {
    let front = Front::start().await;
    let evolution = text(Provider::Evolution, "01-upsert-conversation");
    // The last is no escape but six letters, and stays.
    let evolution = evolution.replace("Hi,", r"Hi\u0000,\\u0000").replace("Maya", r"Maya\u0000");
    assert_eq!(front.evolution(evolution).await.counts(), [1, 0, 0, 0]);
    let meta = text(Provider::Meta, "01-text").replace("Hi,", r"Hi\u0000,").replace("Maya", r"Maya\u0000");
    assert_eq!(front.meta(meta).await.counts(), [1, 0, 0, 0]);
    let twilio =
        text(Provider::Twilio, "01-inbound-text").replace("=Hi", "=Hi%00").replace("=Maya", "=Maya%00");
    assert_eq!(front.twilio("/webhooks/twilio/acme", twilio.as_bytes()).await.status, 200);
    let said = front.json("select body -> 'text' from conversation.item order by id").await;
    let rest = "can I move my appointment to Thursday?";
    let expected = [
        format!("Hi\u{fffd},\\u0000 {rest}"),
        format!("Hi\u{fffd}, {rest}"),
        format!("Hi\u{fffd}, {rest} +1 & ok?"),
    ];
    assert_eq!(said, expected.map(Value::from));
    let quarantined = front.quarantined().await;
    assert!(quarantined.is_empty(), "{quarantined:?}");
}

/// The provider's clock counts in seconds, and goes wrong: what came first comes first.
#[tokio::test]
async fn what_was_written_in_the_same_second_keeps_the_order_in_which_it_came() {
    let front = Front::start().await;
    let mut sample: Value = serde_json::from_slice(&bytes(Provider::Meta, "01-text")).unwrap();
    let messages = sample["entry"][0]["changes"][0]["value"]["messages"].as_array_mut().unwrap();
    let like = messages.remove(0);
    // In one second; and one that claims to be older than all before it.
    for (n, second) in [(0, 30), (1, 30), (2, 30), (3, 29), (4, 30)] {
        let mut message = like.clone();
        message["id"] = format!("wamid.{}", 9 - n).into();
        message["timestamp"] = format!("17724609{second}").into();
        message["text"]["body"] = n.to_string().into();
        messages.push(message);
    }
    assert_eq!(front.meta(sample.to_string()).await.counts(), [5, 0, 0, 0]);
    let said = front.json("select body -> 'text' from conversation.item order by seq").await;
    assert_eq!(said, ["0", "1", "2", "3", "4"].map(Value::from));
}

#[tokio::test]
async fn an_event_carries_everything_its_receiver_needs() {
    let front = Front::start().await;
    front.evolution(bytes(Provider::Evolution, "08-upsert-buttons-response")).await.counts();
    let item: Value = front
        .json(
            "select to_jsonb(i) || jsonb_build_object('to', c.to_address, 'name', p.display_name)
               from conversation.item i join conversation.conversation c on c.id = i.conversation_id
               join conversation.contact p on p.id = c.contact_id",
        )
        .await
        .remove(0);
    assert_eq!(item["kind"], "message");
    assert_eq!(item["to"], "447700900123");
    assert_eq!(item["name"], "Maya Lindqvist");
    assert_eq!(
        item["body"],
        json!({ "kind": "button_reply", "text": "Thu 10:00", "payload": "slot:2026-03-05T10:00", "reply_to": "3EB0B2C3D4E5F607182930" })
    );
    assert!(item["sent_at"].as_str().unwrap().starts_with("2026-03-02T14:19:30"), "{}", item["sent_at"]);
    let aliases = front
        .json("select to_jsonb(kind || ':' || value) from conversation.contact_alias order by kind")
        .await;
    assert_eq!(aliases, ["lid:218830041177123", "phone:+447700900123", "wa_id:447700900123"]);
}

#[tokio::test]
async fn the_same_request_twice_is_one_item() {
    let front = Front::start().await;
    let body = bytes(Provider::Evolution, "01-upsert-conversation");
    assert_eq!(front.evolution(body.clone()).await.counts(), [1, 0, 0, 0]);
    assert_eq!(front.evolution(body.clone()).await.counts(), [0, 1, 0, 0]);
    // All at once, as two senders configured for the same address do.
    let copies = futures_util::future::join_all((0..8).map(|_| front.evolution(body.clone()))).await;
    assert!(copies.iter().all(|copy| copy.counts() == [0, 1, 0, 0]));
    assert_eq!(front.count("select count(*) from conversation.item").await, 1);
}

#[tokio::test]
async fn messages_of_one_second_keep_the_order_of_the_request() {
    let front = Front::start().await;
    front.meta(bytes(Provider::Meta, "16-batch-several-messages")).await.counts();
    let texts = front
        .json("select i.body -> 'text' from conversation.item i join conversation.conversation c on c.id = i.conversation_id
               where c.to_address = '447700900123' order by i.seq")
        .await;
    assert_eq!(texts, ["One more thing", "is parking free?"]);
}

#[tokio::test]
async fn delivery_learns_when_a_customer_last_wrote_where_whatsapp_counts_from_it() {
    let front = Front::start().await;
    front.evolution(bytes(Provider::Evolution, "01-upsert-conversation")).await.counts();
    assert_eq!(front.count("select count(*) from delivery.inbound").await, 0);
    front.meta(bytes(Provider::Meta, "01-text")).await.counts();
    front.meta(bytes(Provider::Meta, "08-reaction")).await.counts();
    let known = front
        .json("select jsonb_build_array(address, extract(epoch from at)::bigint) from delivery.inbound")
        .await;
    assert_eq!(known, [json!(["447700900123", 1_772_460_930])]);
}

#[tokio::test]
async fn a_word_that_ends_all_takes_effect_at_once() {
    let front = Front::start().await;
    let stop = String::from_utf8(bytes(Provider::Meta, "01-text"))
        .unwrap()
        .replace("Hi, can I move my appointment to Thursday?", "STOP");
    front.meta(stop).await.counts();
    let addresses = front.json("select to_jsonb(address) from delivery.opt_out").await;
    assert_eq!(addresses, ["447700900123"]);
}

#[tokio::test]
async fn an_echo_of_our_own_message_is_not_staff_writing() {
    let front = Front::start().await;
    // A send whose answer was lost: its text and recipient are known, its id is not.
    let channel = ids::ChannelId::named(uuid::Uuid::nil(), "harbour");
    let sent = json!([{
        "tenant_id": ids::TenantId::named(uuid::Uuid::nil(), "harbour-dental"), "channel_id": channel,
        "conversation_id": uuid::Uuid::nil(), "to": "447700900123", "lane": "high", "class": "reply",
        "profile": "conversation", "body": { "kind": "text", "text": "Of course, see you Thursday!" },
        "correlation_id": uuid::Uuid::nil(), "cause": "turn:x", "on_unknown": "leave",
    }]);
    sqlx::query("select * from delivery.enqueue_v1($1, false)")
        .bind(&sent)
        .execute(&front.owner)
        .await
        .unwrap();
    sqlx::query("update delivery.message set state = 'unknown', attempts = 1, intended_at = now()")
        .execute(&front.owner)
        .await
        .unwrap();
    assert_eq!(
        front.evolution(bytes(Provider::Evolution, "13-upsert-from-me-typed-on-phone")).await.counts(),
        [1, 0, 0, 0]
    );
    assert_eq!(front.count("select count(*) from conversation.item").await, 0);
    let adopted = "select count(*) from delivery.receipt r join delivery.message m on m.id = r.message_id
                   where r.provider_id = '3ACAFE0011223344AA55'";
    assert_eq!(front.count(adopted).await, 1, "the id belongs to the message now");
}

#[tokio::test]
async fn a_status_callback_brings_our_reference_back() {
    let front = Front::start().await;
    let id = ids::MessageId::generate();
    let path = format!("/webhooks/twilio/acme/status/{id}");
    assert_eq!(front.twilio(&path, &bytes(Provider::Twilio, "08-status-delivered")).await.status, 200);
    let message: uuid::Uuid =
        sqlx::query_scalar("select message_id from delivery.receipt").fetch_one(&front.owner).await.unwrap();
    assert_eq!(message, id.uuid());
}

#[tokio::test]
async fn businesses_in_one_request_get_their_own() {
    let front = Front::start().await;
    let other = front.put_channel("other-meta", "meta", json!({ "phone_number_id": "555" }), &[]).await;
    let mut body: Value = serde_json::from_slice(&bytes(Provider::Meta, "01-text")).unwrap();
    let mut second: Value = serde_json::from_slice(&bytes(Provider::Meta, "03-image-caption")).unwrap();
    second["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "555".into();
    body["entry"].as_array_mut().unwrap().push(second["entry"][0].clone());
    assert_eq!(front.meta(body.to_string()).await.counts(), [2, 0, 0, 0]);
    let channels: Vec<uuid::Uuid> =
        sqlx::query_scalar("select channel_id from conversation.item").fetch_all(&front.owner).await.unwrap();
    let first = ids::ChannelId::named(uuid::Uuid::nil(), "harbour-meta");
    assert!(channels.contains(&first.uuid()) && channels.contains(&other.uuid()), "{META_NUMBER} and 555");
}

/// A customer's message is not lost for one character that PostgreSQL cannot keep.
#[tokio::test]
async fn what_no_database_can_store_is_replaced() {
    let front = Front::start().await;
    let mut body: Value =
        serde_json::from_slice(&bytes(Provider::Meta, "16-batch-several-messages")).unwrap();
    body["entry"][0]["changes"][0]["value"]["messages"][1]["text"]["body"] = "a\u{0}b".into();
    assert_eq!(front.meta(body.to_string()).await.counts(), [3, 0, 0, 0]);
    let kept = "select count(*) from conversation.item where body ->> 'text' = 'a' || U&'\\FFFD' || 'b'";
    assert_eq!(front.count(kept).await, 1);
}
