use conversation::store::contacts::{self, Settled};
use conversation::store::turns::{self, Committed};
use ids::ContactId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Accepted, CHANNEL, Fixture, TENANT, accept, claimed, turn};

fn named(id: &str, peer: &Value, to: &str) -> Value {
    json!({
        "channel_id": CHANNEL, "kind": "message", "provider_id": id, "peer": peer, "to": to,
        "body": { "kind": "text", "text": id }, "correlation_id": Uuid::now_v7(),
    })
}

async fn said(fixture: &Fixture, event: Value) -> anyhow::Result<Uuid> {
    let rows: Vec<Accepted> = accept(&fixture.intake, &[event]).await?;
    rows[0].conversation.ok_or_else(|| anyhow::anyhow!("{rows:?}"))
}

async fn settled(fixture: &Fixture) -> anyhow::Result<Vec<String>> {
    let mut outcomes = Vec::new();
    while let Some(Settled { outcome, .. }) = contacts::settle_link(&fixture.pool).await? {
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

async fn texts(fixture: &Fixture, conversation: Uuid) -> anyhow::Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select provider_id from conversation.item where conversation_id = $1 order by seq",
    )
    .bind(conversation)
    .fetch_all(&fixture.owner)
    .await?)
}

async fn contact_of(fixture: &Fixture, conversation: Uuid) -> anyhow::Result<Uuid> {
    Ok(sqlx::query_scalar("select contact_id from conversation.conversation where id = $1")
        .bind(conversation)
        .fetch_one(&fixture.owner)
        .await?)
}

async fn propose(fixture: &Fixture, conversation: Uuid) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into conversation.proposal (id, conversation_id, tenant_id, frozen, state, expires_at)
         values ($1, $2, $3, '{}', 'open', now() + interval '1 hour')",
    )
    .bind(id)
    .bind(conversation)
    .bind(TENANT)
    .execute(&fixture.owner)
    .await?;
    sqlx::query("update conversation.conversation set asked = '{\"what\":\"proposal\"}' where id = $1")
        .bind(conversation)
        .execute(&fixture.owner)
        .await?;
    Ok(id)
}

const LID: &str = "218830041177123";
const PHONE: &str = "+447700900123";

fn lid(id: &str) -> Value {
    named(id, &json!({ "lid": LID }), "218830041177123@lid")
}

fn phone(id: &str) -> Value {
    named(id, &json!({ "phone": PHONE, "wa_id": "447700900123" }), "447700900123")
}

fn both(id: &str) -> Value {
    named(id, &json!({ "phone": PHONE, "wa_id": "447700900123", "lid": LID }), "447700900123")
}

/// A person wrote under a linked id and under their number; then one event names both.
struct Two {
    fixture: Fixture,
    by_lid: Uuid,
    by_phone: Uuid,
}

impl Two {
    async fn meet() -> anyhow::Result<Self> {
        let fixture = Fixture::new().await?;
        let by_lid = said(&fixture, lid("a1")).await?;
        let by_phone = said(&fixture, phone("b1")).await?;
        said(&fixture, lid("a2")).await?;
        said(&fixture, phone("b2")).await?;
        anyhow::ensure!(by_lid != by_phone, "nothing shows yet that they are one");
        Ok(Self { fixture, by_lid, by_phone })
    }

    /// They turn out to be one.
    async fn unmask(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            said(&self.fixture, both("c1")).await? == self.by_phone,
            "the number is the stronger name"
        );
        anyhow::ensure!(settled(&self.fixture).await? == ["merged"]);
        Ok(())
    }
}

#[tokio::test]
async fn nothing_is_lost_and_order_is_kept() -> anyhow::Result<()> {
    let two = Two::meet().await?;
    let Two { fixture, by_lid, by_phone } = &two;
    // One conversation has been answered already.
    let one = fixture.instance().await?;
    let held = claimed(&one, *by_lid).await?;
    let mut first = turn(held, 1);
    first.seen_seq = 2;
    let committed = turns::commit(&fixture.pool, one.me(), &[first]).await?;
    assert!(matches!(committed[..], [Committed::Done { released: false, .. }]), "{committed:?}");
    let proposal = propose(fixture, *by_phone).await?;
    two.unmask().await?;

    // Who was known first goes on; what was answered stays where it was, what waits goes to the end.
    assert_eq!(texts(fixture, *by_lid).await?, ["a1", "a2", "b1", "b2", "c1"]);
    assert_eq!(texts(fixture, *by_phone).await?, [""; 0]);
    let loaded = turns::load(&fixture.pool, &[*by_lid]).await?;
    assert_eq!((loaded[0].seen_seq, loaded[0].items.as_array().map(Vec::len)), (5, Some(4)));
    assert_eq!(loaded[0].proposal.as_ref().map(|open| open["id"].clone()), Some(json!(proposal)));
    assert_eq!(loaded[0].conversation["asked"], json!({ "what": "proposal" }), "a yes still has its meaning");
    assert_eq!(loaded[0].conversation["to"], "447700900123", "they wrote from there last");
    assert!(turns::load(&fixture.pool, &[*by_phone]).await?.is_empty());
    assert_eq!(
        fixture.count("select count(*) from conversation.contact where merged_into is null").await?,
        1
    );
    for event in [lid("d1"), phone("d2"), both("d3")] {
        assert_eq!(said(fixture, event).await?, *by_lid);
    }
    // The others are told.
    let contact = contact_of(fixture, *by_lid).await?;
    let person: Value =
        sqlx::query_scalar("select person from scheduler.moved").fetch_one(&fixture.owner).await?;
    assert_eq!(person["to_contact"], json!(contact));
    assert_eq!(person["conversations"], json!([{ "from": by_phone, "to": by_lid, "held": true }]));
    let addresses: Value =
        sqlx::query_scalar("select call from delivery.moved").fetch_one(&fixture.owner).await?;
    assert_eq!(addresses, json!(["218830041177123@lid", "447700900123"]));
    let changes = contacts::changes(&fixture.pool, ContactId::from_uuid(contact)).await?;
    assert_eq!((changes[0].kind.as_str(), changes[0].cause.as_str()), ("merged", "one event named both"));
    assert_eq!(changes[0].detail["aliases"], json!(["phone:+447700900123", "wa_id:447700900123"]));
    Ok(())
}

#[tokio::test]
async fn a_running_turn_of_either_says_nothing_stale() -> anyhow::Result<()> {
    let two = Two::meet().await?;
    let Two { fixture, by_lid, by_phone } = &two;
    let one = fixture.instance().await?;
    let (keeps, goes) = (claimed(&one, *by_lid).await?, claimed(&one, *by_phone).await?);
    two.unmask().await?;
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn(goes, 2)]).await?, [Committed::Lost]);
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn(keeps, 2)]).await?, [Committed::Obsolete]);
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 0);
    let answered = turns::commit(&fixture.pool, one.me(), &[turn(keeps, 5)]).await?;
    assert!(matches!(answered[..], [Committed::Done { released: true, .. }]), "{answered:?}");
    assert_eq!(fixture.count("select count(*) from conversation.item where state = 'undone'").await?, 0);
    Ok(())
}

#[tokio::test]
async fn of_two_open_questions_the_newer_one_stands() -> anyhow::Result<()> {
    let two = Two::meet().await?;
    let older = propose(&two.fixture, two.by_phone).await?;
    let newer = propose(&two.fixture, two.by_lid).await?;
    two.unmask().await?;
    let states: Vec<(Uuid, String)> =
        sqlx::query_as("select id, state from conversation.proposal order by created_at")
            .fetch_all(&two.fixture.owner)
            .await?;
    assert_eq!(states, [(older, "superseded".to_owned()), (newer, "open".to_owned())]);
    let held: Value =
        sqlx::query_scalar("select person -> 'conversations' -> 0 -> 'held' from scheduler.moved")
            .fetch_one(&two.fixture.owner)
            .await?;
    assert_eq!(held, json!(false), "the slot of the closed question is let go of");
    Ok(())
}

#[tokio::test]
async fn a_person_who_has_taken_over_keeps_it() -> anyhow::Result<()> {
    let two = Two::meet().await?;
    sqlx::query("update conversation.conversation set owned_by = 'human' where id = $1")
        .bind(two.by_phone)
        .execute(&two.fixture.owner)
        .await?;
    two.unmask().await?;
    assert_eq!(turns::load(&two.fixture.pool, &[two.by_lid]).await?[0].conversation["owned_by"], "human");
    Ok(())
}

#[tokio::test]
async fn what_came_in_during_a_merge_follows() -> anyhow::Result<()> {
    let two = Two::meet().await?;
    let Two { fixture, by_lid, by_phone } = &two;
    let gone = contact_of(fixture, *by_phone).await?;
    two.unmask().await?;
    // As if it had looked its sender up before the merge was committed.
    sqlx::query("update conversation.contact_alias set contact_id = $1 where kind in ('phone', 'wa_id')")
        .bind(gone)
        .execute(&fixture.owner)
        .await?;
    assert_eq!(said(fixture, phone("late")).await?, *by_phone);
    let loaded = turns::load(&fixture.pool, &[*by_phone]).await?;
    assert_eq!(loaded[0].conversation["merged"], json!(true));
    assert_eq!(contacts::follow_merge(&fixture.pool, *by_phone).await?, *by_lid);
    assert_eq!(texts(fixture, *by_lid).await?.last().map(String::as_str), Some("late"));
    assert_eq!(said(fixture, phone("later")).await?, *by_lid, "its names were led back, too");
    assert_eq!(turns::load(&fixture.pool, &[*by_lid]).await?[0].conversation["merged"], json!(false));
    Ok(())
}

#[tokio::test]
async fn a_number_with_a_new_owner_is_left_to_a_person() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let ann = said(&fixture, both("ann")).await?;
    let bob = said(&fixture, named("bob", &json!({ "lid": "77120055431908" }), "77120055431908@lid")).await?;
    // Bob's linked id now comes with the number that was Ann's.
    let event = named("who", &json!({ "phone": PHONE, "lid": "77120055431908" }), "447700900123");
    said(&fixture, event).await?;
    assert_eq!(settled(&fixture).await?, ["doubtful"]);
    assert_ne!(contact_of(&fixture, ann).await?, contact_of(&fixture, bob).await?);
    let tenant = ids::TenantId::from_uuid(TENANT);
    let pairs = contacts::doubtful(&fixture.pool, tenant).await?;
    assert_eq!(pairs.len(), 1);
    assert!(contacts::dismiss(&fixture.pool, pairs[0].1, pairs[0].0).await?);
    assert!(!contacts::dismiss(&fixture.pool, pairs[0].0, pairs[0].1).await?);
    assert!(contacts::doubtful(&fixture.pool, tenant).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn who_was_split_is_not_merged_again() -> anyhow::Result<()> {
    let two = Two::meet().await?;
    two.unmask().await?;
    let Two { fixture, by_lid, .. } = &two;
    let contact = ContactId::from_uuid(contact_of(fixture, *by_lid).await?);
    let mut connection = fixture.pool.acquire().await?;
    let names = ["phone:+447700900123".to_owned(), "wa_id:447700900123".to_owned()];
    let left = contacts::split(&mut connection, contact, &names, "two sisters").await?;
    let to: String = sqlx::query_scalar("select to_address from conversation.conversation where id = $1")
        .bind(by_lid)
        .fetch_one(&fixture.owner)
        .await?;
    assert_eq!(to, "218830041177123@lid", "the one who stays is no longer answered at the other's number");
    let sister = said(fixture, phone("e1")).await?;
    assert_ne!(sister, *by_lid);
    assert_eq!(contact_of(fixture, sister).await?, left.uuid());
    assert_eq!(said(fixture, lid("e2")).await?, *by_lid);
    Ok(())
}

#[tokio::test]
async fn a_stop_under_one_name_holds_for_the_address_they_are_answered_at() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    said(&fixture, lid("a1")).await?;
    let mut stop = both("a2");
    stop["mark"] = json!("opt_out");
    said(&fixture, stop).await?;
    let addresses: Value =
        sqlx::query_scalar("select call from delivery.moved").fetch_one(&fixture.owner).await?;
    assert_eq!(addresses, json!(["218830041177123@lid", "447700900123"]));
    Ok(())
}

async fn change(fixture: &Fixture, id: &str, from: Value, to: Value) -> anyhow::Result<String> {
    let change = json!([{ "channel_id": CHANNEL, "provider_id": id, "from": from, "to": to, "correlation_id": Uuid::now_v7() }]);
    Ok(sqlx::query_scalar("select outcome from conversation.change_identity_v1($1)")
        .bind(change)
        .fetch_one(&fixture.intake)
        .await?)
}

#[tokio::test]
async fn a_new_number_keeps_the_conversation_and_lets_go_of_the_old_one() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let talk = said(&fixture, phone("a1")).await?;
    let old = json!({ "phone": PHONE, "wa_id": "447700900123" });
    let new = json!({ "phone": "+447700900999", "wa_id": "447700900999" });
    assert_eq!(change(&fixture, "n1", old.clone(), new.clone()).await?, "moved");
    assert_eq!(change(&fixture, "n1", old.clone(), new.clone()).await?, "duplicate");
    assert_eq!(change(&fixture, "n2", old, new.clone()).await?, "nobody");
    assert_eq!(said(&fixture, named("a2", &new, "447700900999")).await?, talk);
    let to = turns::load(&fixture.pool, &[talk]).await?[0].conversation["to"].clone();
    assert_eq!(to, "447700900999", "reminders and answers go to the new number");
    assert_ne!(said(&fixture, phone("b1")).await?, talk, "the old number is somebody else now");
    let moved: Value =
        sqlx::query_scalar("select call from delivery.moved").fetch_one(&fixture.owner).await?;
    assert_eq!(moved, json!(["447700900123", "447700900999"]));
    let person: Value = sqlx::query_scalar("select person -> 'addresses' from scheduler.moved")
        .fetch_one(&fixture.owner)
        .await?;
    assert_eq!(person, json!([{ "channel_id": CHANNEL, "from": "447700900123", "to": "447700900999" }]));
    let contact = ContactId::from_uuid(contact_of(&fixture, talk).await?);
    assert_eq!(contacts::changes(&fixture.pool, contact).await?[0].kind, "renamed");
    Ok(())
}

#[tokio::test]
async fn a_number_that_is_known_already_makes_a_pair() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let first =
        said(&fixture, named("a1", &json!({ "phone": PHONE, "bsuid": "GB.1" }), "447700900123")).await?;
    let second = said(&fixture, named("b1", &json!({ "phone": "+447700900999" }), "447700900999")).await?;
    let outcome =
        change(&fixture, "n1", json!({ "phone": PHONE }), json!({ "phone": "+447700900999" })).await?;
    assert_eq!(outcome, "moved");
    // The first has no number of its own any more, so nothing speaks against their being one.
    assert_eq!(settled(&fixture).await?, ["merged"]);
    assert_eq!(texts(&fixture, first).await?, ["a1", "b1"]);
    assert!(texts(&fixture, second).await?.is_empty());
    Ok(())
}
