//! What providers call people, through the door, with the receivers' real functions.

use ingest::providers::Provider;
use serde_json::{Value, json};

use crate::support::fixtures::bytes;
use crate::support::front::Front;

fn upsert(id: &str, key: &Value) -> String {
    let mut body: Value =
        serde_json::from_slice(&bytes(Provider::Evolution, "01-upsert-conversation")).unwrap();
    body["data"]["key"] = key.clone();
    body["data"]["key"]["id"] = id.into();
    body.to_string()
}

async fn contacts(front: &Front) -> i64 {
    front.count("select count(*) from conversation.contact").await
}

#[tokio::test]
async fn brazilian_mexican_and_argentine_numbers_with_and_without_their_digit() {
    let front = Front::start().await;
    for (with, without) in [
        ("5511987654321", "551187654321"),
        ("5215512345678", "525512345678"),
        ("5491112345678", "541112345678"),
    ] {
        let before = contacts(&front).await;
        for number in [with, without] {
            let key = json!({ "remoteJid": format!("{number}@s.whatsapp.net"), "fromMe": false });
            assert_eq!(front.evolution(upsert(&format!("E{number}"), &key)).await.counts(), [1, 0, 0, 0]);
        }
        assert_eq!(contacts(&front).await, before + 1, "{with} and {without} are one subscriber");
    }
    assert_eq!(front.count("select count(*) from conversation.conversation").await, 3);
    assert_eq!(front.count("select count(*) from conversation.contact_alias where kind = 'wa_id'").await, 6);
}

#[tokio::test]
async fn a_linked_id_gets_its_number_later() {
    let front = Front::start().await;
    let lid = json!({ "remoteJid": "77120055431908@lid", "fromMe": false });
    let both = json!({ "remoteJid": "77120055431908@lid", "remoteJidAlt": "447700900555@s.whatsapp.net", "fromMe": false });
    let number = json!({ "remoteJid": "447700900555@s.whatsapp.net", "fromMe": false });
    front.evolution(upsert("L1", &lid)).await.counts();
    let to = front.json("select to_jsonb(to_address) from conversation.conversation").await;
    assert_eq!(to, ["77120055431908@lid"], "the whole address: the digits alone would be dialled");
    assert_eq!(
        front.count("select count(*) from conversation.contact_alias where kind in ('phone', 'wa_id')").await,
        0,
        "a linked id is no number"
    );
    front.evolution(upsert("L2", &both)).await.counts();
    front.evolution(upsert("L3", &number)).await.counts();
    assert_eq!(contacts(&front).await, 1);
    assert_eq!(front.count("select count(distinct conversation_id) from conversation.item").await, 1);
}

#[tokio::test]
async fn a_user_id_without_a_number_is_answered_and_gets_its_number_later() {
    let front = Front::start().await;
    let mut body: Value = serde_json::from_slice(&bytes(Provider::Meta, "01-text")).unwrap();
    let value = &mut body["entry"][0]["changes"][0]["value"];
    value["messages"][0].as_object_mut().unwrap().remove("from");
    value["contacts"][0].as_object_mut().unwrap().remove("wa_id");
    assert_eq!(front.meta(body.to_string()).await.counts(), [1, 0, 0, 0]);
    let to = front.json("select to_jsonb(to_address) from conversation.conversation").await;
    assert_eq!(to, ["GB.70412233445566778899"]);
    let later =
        String::from_utf8(bytes(Provider::Meta, "01-text")).unwrap().replace("wamid.HBgM", "wamid.later");
    assert_eq!(front.meta(later).await.counts(), [1, 0, 0, 0]);
    assert_eq!(contacts(&front).await, 1);
    assert_eq!(front.count("select count(distinct conversation_id) from conversation.item").await, 1);
    assert_eq!(front.count("select count(*) from conversation.contact_alias where kind = 'phone'").await, 1);
}

#[tokio::test]
async fn a_change_of_number_moves_the_conversation() {
    let front = Front::start().await;
    assert_eq!(front.meta(bytes(Provider::Meta, "01-text")).await.counts(), [1, 0, 0, 0]);
    let mut notice: Value = serde_json::from_slice(&bytes(Provider::Meta, "01-text")).unwrap();
    let message = &mut notice["entry"][0]["changes"][0]["value"]["messages"][0];
    message["type"] = "system".into();
    message["id"] = "wamid.notice".into();
    message["system"] = json!({ "type": "user_changed_number", "wa_id": "447700900999" });
    assert_eq!(front.meta(notice.to_string()).await.counts(), [1, 0, 0, 0]);
    assert_eq!(front.meta(notice.to_string()).await.counts(), [0, 1, 0, 0], "Meta says it again for a week");
    let to = front.json("select to_jsonb(to_address) from conversation.conversation").await;
    assert_eq!(to, ["447700900999"]);
    assert_eq!(
        front.count("select count(*) from conversation.contact_change where kind = 'renamed'").await,
        1
    );
    assert!(front.quarantined().await.is_empty());

    notice["entry"][0]["changes"][0]["value"]["messages"][0]["system"] =
        json!({ "type": "user_changed_user_id", "user_id": "GB.999" });
    notice["entry"][0]["changes"][0]["value"]["messages"][0]["id"] = "wamid.second".into();
    assert_eq!(front.meta(notice.to_string()).await.counts(), [1, 0, 0, 0]);
    let ids = front
        .json("select to_jsonb(value) from conversation.contact_alias join conversation.conversation using (contact_id) where kind = 'bsuid'")
        .await;
    assert_eq!(ids, ["GB.999"], "the old one waits for whoever has it next");
    assert_eq!(front.count("select count(*) from conversation.conversation").await, 1);
}
