use std::sync::Arc;

use anyhow::Context;
use clock::SystemClock;
use reqwest::{Method, RequestBuilder};
use runtime::Lifecycle;
use scheduler::domain::wording::Templates;
use scheduler::grpc::Bookings;
use scheduler::http;
use serde_json::{Value, json};
use settings::Auth;

use crate::fixture::{House, in_hours};

const TOKEN: &str = "an operator's token";

/// The HTTP port of the service on a book of its own.
struct Desk {
    house: House,
    life: Lifecycle,
    url: String,
}

impl Desk {
    async fn open() -> anyhow::Result<Self> {
        testkit::install_tls();
        let (house, life) = (House::open().await?, Lifecycle::new());
        let auth =
            Auth { operator_token: TOKEN.into(), viewer_token: "a viewer's".into(), ..Auth::default() };
        let templates = Arc::new(Templates::try_new()?);
        let desk = Bookings { pool: house.pool.clone(), clock: SystemClock::shared(), templates };
        let web = rpc::Web::new(([127, 0, 0, 1], 0).into(), &auth).with_routes(http::router(desk));
        let url = format!("http://{}", web.serve(life.clone()).await?);
        Ok(Self { house, life, url })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        reqwest::Client::new().request(method, format!("{}/api/bookings{path}", self.url)).bearer_auth(TOKEN)
    }

    async fn create(&self, body: &Value, key: Option<&str>) -> anyhow::Result<(u16, Value)> {
        let request = self.request(Method::POST, "").json(body);
        read(match key {
            Some(key) => request.header("idempotency-key", key),
            None => request,
        })
        .await
    }

    /// What the old system's users sent, with a start so many hours from now.
    fn wanted(&self, hours: i64) -> anyhow::Result<Value> {
        Ok(json!({
            "customerName": "Ann Example", "customerEmail": "ann@example.com", "customerPhone": "+351 912 345 678",
            "serviceId": "cut", "barberId": "bea", "scheduledTime": in_hours(hours)?,
        }))
    }

    async fn told(&self) -> anyhow::Result<i64> {
        Ok(sqlx::query_scalar("select count(*) from delivery.message").fetch_one(&self.house.owner).await?)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.life.stop();
    }
}

async fn read(request: RequestBuilder) -> anyhow::Result<(u16, Value)> {
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.json().await?))
}

#[tokio::test]
async fn a_key_belongs_to_one_request() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let (one, other) = (desk.wanted(30)?, desk.wanted(35)?);
    let (status, first) = desk.create(&one, Some("k1")).await?;
    assert_eq!(status, 201, "{first}");
    assert_eq!(desk.create(&one, Some("k1")).await?, (200, first.clone()), "again is the same");
    let (status, told) = desk.create(&other, Some("k1")).await?;
    assert_eq!((status, &told["reason"]), (409, &json!("IDEMPOTENCY_KEY_REUSED")), "{told}");
    for (field, value) in [("customerName", "Bob"), ("customerPhone", "+351912000000")] {
        let mut other = one.clone();
        other[field] = value.into();
        assert_eq!(desk.create(&other, Some("k1")).await?.0, 409, "{field}");
    }
    let path = format!("/{}", first["id"].as_str().context("no id")?);
    let shift = async |hours: i64, key| {
        let asked = json!({ "scheduledTime": in_hours(hours)? });
        read(desk.request(Method::PATCH, &path).header("idempotency-key", key).json(&asked)).await
    };
    assert_eq!(shift(40, "k4").await?.0, 200);
    let (status, told) = shift(42, "k4").await?;
    assert_eq!((status, &told["reason"]), (409, &json!("IDEMPOTENCY_KEY_REUSED")), "{told}");
    let (status, second) = desk.create(&other, Some("k2")).await?;
    assert_eq!(status, 201, "{second}");
    for booking in [first, second] {
        let path = format!("/{}", booking["id"].as_str().context("no id")?);
        let cancel = desk.request(Method::DELETE, &path).header("idempotency-key", "k3");
        let (status, cancelled) = read(cancel).await?;
        assert_eq!((status, &cancelled["id"]), (200, &booking["id"]), "one key, two bookings");
        assert_eq!(cancelled["status"], "cancelled");
    }
    Ok(())
}

#[tokio::test]
async fn they_book_move_and_cancel_as_before() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let wanted = desk.wanted(30)?;
    let (status, booking) = desk.create(&wanted, None).await?;
    assert_eq!(status, 201, "{booking}");
    for (field, value) in [
        ("customerName", json!("Ann Example")),
        ("customerPhone", json!("+351912345678")),
        ("scheduledTime", wanted["scheduledTime"].clone()),
        ("status", json!("confirmed")),
    ] {
        assert_eq!(booking[field], value, "{booking}");
    }
    assert!(booking["createdAt"].is_string() && !booking.to_string().contains("ann@"), "{booking}");
    let path = format!("/{}", booking["id"].as_str().context("no id")?);

    let (_, reminders) = read(desk.request(Method::GET, &format!("{path}/reminders"))).await?;
    let first = &reminders[0];
    assert_eq!(first["jobId"], format!("{}-reminder-1", booking["id"].as_str().unwrap_or_default()));
    assert_eq!(first["state"], "waiting");
    assert!(first["scheduledFor"].is_string());

    let later = json!({ "scheduledTime": in_hours(35)? });
    for _ in 0..2 {
        let (status, moved) = read(desk.request(Method::PATCH, &path).json(&later)).await?;
        assert_eq!((status, &moved["scheduledTime"]), (200, &later["scheduledTime"]), "{moved}");
    }
    assert_eq!(desk.told().await?, 1, "the customer is told of one move, once");
    let (_, shown) = read(desk.request(Method::GET, &path)).await?;
    assert_eq!(shown["scheduledTime"], later["scheduledTime"]);

    for _ in 0..2 {
        let (status, cancelled) = read(desk.request(Method::DELETE, &path)).await?;
        assert_eq!((status, &cancelled["status"]), (200, &json!("cancelled")));
    }
    assert_eq!(desk.told().await?, 2);
    let (_, reminders) = read(desk.request(Method::GET, &format!("{path}/reminders"))).await?;
    let states = reminders.as_array().context("no list")?.iter().map(|one| one["state"].as_str());
    assert!(states.into_iter().all(|state| state == Some("voided")), "{reminders}");
    Ok(())
}

#[tokio::test]
async fn the_same_booking_twice_is_one() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let wanted = desk.wanted(30)?;
    let (one, two) = tokio::join!(desk.create(&wanted, None), desk.create(&wanted, None));
    let (one, two) = (one?, two?);
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!((statuses, &one.1["id"]), ([200, 201], &two.1["id"]), "{one:?} {two:?}");
    let keyed =
        [desk.create(&desk.wanted(31)?, Some("k")).await?, desk.create(&desk.wanted(31)?, Some("k")).await?];
    assert_eq!([keyed[0].0, keyed[1].0], [201, 200]);
    assert_eq!(keyed[0].1["id"], keyed[1].1["id"]);

    let mut theirs = wanted.clone();
    theirs["customerPhone"] = json!("+351912000000");
    let (status, taken) = desk.create(&theirs, None).await?;
    assert_eq!((status, &taken["reason"]), (409, &json!("SLOT_TAKEN")));
    // What is free again can be booked again, by the same people, too.
    let path = format!("/{}", one.1["id"].as_str().unwrap_or_default());
    read(desk.request(Method::DELETE, &path).query(&[("tellCustomer", "false")])).await?;
    assert_eq!(desk.told().await?, 0);
    let (status, again) = desk.create(&wanted, None).await?;
    assert_eq!(status, 201);
    assert_ne!(again["id"], one.1["id"]);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_field() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    for (field, value) in [
        ("customerName", json!("")),
        ("customerEmail", json!("ann")),
        ("customerPhone", json!("0912345678")),
        ("serviceId", json!("massage")),
        ("barberId", json!("nobody")),
        ("scheduledTime", json!("tomorrow")),
        ("tenant", json!("elsewhere")),
        ("channel", json!("elsewhere")),
    ] {
        let mut wanted = desk.wanted(30)?;
        wanted[field] = value;
        let (status, told) = desk.create(&wanted, None).await?;
        assert_eq!((status, &told["errors"][0]["field"]), (400, &json!(field)), "{told}");
        assert!(told["errors"][0]["remedy"].as_str().is_some_and(|remedy| remedy.len() > 5), "{told}");
    }
    let (status, told) = desk.create(&desk.wanted(-1)?, None).await?;
    assert_eq!((status, &told["reason"]), (409, &json!("SLOT_STALE")));
    let nowhere = format!("/{}", ids::BookingId::generate());
    assert_eq!(read(desk.request(Method::DELETE, &nowhere)).await?.0, 404);
    assert_eq!(read(desk.request(Method::PATCH, &nowhere).json(&json!({}))).await?.0, 404);
    let unknown = reqwest::Client::new().delete(format!("{}/api/bookings{nowhere}", desk.url));
    assert_eq!(unknown.bearer_auth("a guess").send().await?.status(), 401);
    Ok(())
}

#[tokio::test]
async fn who_never_wrote_is_known_when_they_do() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let mut wanted = desk.wanted(30)?;
    wanted["customerPhone"] = json!("+447700900321");
    let (status, booking) = desk.create(&wanted, None).await?;
    assert_eq!(status, 201, "{booking}");
    let wrote = json!([{
        "channel_id": desk.house.channel, "kind": "message", "provider_id": "m-1",
        "peer": { "phone": "+447700900321" }, "to": "447700900321", "body": { "kind": "text", "text": "hi" },
        "correlation_id": uuid::Uuid::now_v7(),
    }]);
    sqlx::query("select conversation.accept_v1($1)").bind(wrote).execute(&desk.house.owner).await?;
    let theirs: i64 = sqlx::query_scalar(
        "select count(*) from conversation.conversation v
         join scheduler.booking b on b.conversation_id = v.id and b.contact_id = v.contact_id and b.address = v.to_address",
    )
    .fetch_one(&desk.house.owner)
    .await?;
    assert_eq!(theirs, 1, "the booking is of the person and the conversation that wrote");
    Ok(())
}
