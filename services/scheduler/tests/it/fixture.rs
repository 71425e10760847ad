//! A house with two people who do the same things around the clock, one channel, and one customer with a conversation.

use anyhow::Context;
use ids::{ChannelId, ContactId, ConversationId, ServiceId, StaffId, TenantId};
use jiff::civil::{Time, Weekday};
use jiff::{SignedDuration, Timestamp};
use scheduler::domain::calendar::Hours;
use scheduler::domain::declared::{Declared, DeclaredService, DeclaredStaff, ReminderPlan};
use scheduler::domain::wording::Templates;
use scheduler::reminders::{HandedOver, hand_over};
use scheduler::store::declare::declare;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

pub struct House {
    pub database: testkit::Database,
    /// Sees and changes everything.
    pub owner: PgPool,
    /// As this service.
    pub pool: PgPool,
    /// As the service that commits effects.
    pub conversation: PgPool,
    pub declared: Declared,
    pub channel: ChannelId,
    pub ann: Customer,
}

#[derive(Debug, Clone, Copy)]
pub struct Customer {
    pub contact: ContactId,
    pub conversation: ConversationId,
}

/// The schemas that take part, as the migrate command makes them.
fn schemas() -> [postgres::Schema; 3] {
    let with_work = |schema: postgres::Schema| schema.with_template(1, "ordered work", work::TEMPLATE);
    [
        with_work(postgres::Schema::new("delivery", sqlx::migrate!("../delivery/migrations"))),
        with_work(postgres::Schema::new("conversation", sqlx::migrate!("../conversation/migrations"))),
        (scheduler::SERVICE.schema)(),
    ]
}

impl House {
    pub async fn open() -> anyhow::Result<Self> {
        Self::open_as(declared("house")).await
    }

    pub async fn open_as(declared: Declared) -> anyhow::Result<Self> {
        let database = testkit::Database::fresh(&schemas()).await?;
        let owner = database.owner().await?;
        let pool = database.pool("scheduler").await?;
        let conversation = database.pool("conversation").await?;
        let tenant = declared.tenant_id;
        let channel = ChannelId::named(Uuid::nil(), "desk");
        apply(&pool, &declared).await?;
        sqlx::query("select delivery.put_channel_v1($1)")
            .bind(json!({ "id": channel, "tenant_id": tenant, "slug": "desk", "provider": "evolution" }))
            .execute(&owner)
            .await?;
        sqlx::query("insert into conversation.tenant (id, slug, name, time_zone, language) values ($1, 'house', 'House', 'UTC', 'en')")
            .bind(tenant.uuid())
            .execute(&owner)
            .await?;
        sqlx::query("insert into conversation.channel (id, tenant_id, slug, provider) values ($1, $2, 'desk', 'evolution')")
            .bind(channel.uuid())
            .bind(tenant.uuid())
            .execute(&owner)
            .await?;
        let ann = Customer { contact: ContactId::generate(), conversation: ConversationId::generate() };
        let house = Self { database, owner, pool, conversation, declared, channel, ann };
        house.meet(ann).await?;
        Ok(house)
    }

    async fn meet(&self, customer: Customer) -> anyhow::Result<()> {
        sqlx::query("insert into conversation.contact (id, tenant_id) values ($1, $2)")
            .bind(customer.contact.uuid())
            .bind(self.tenant().uuid())
            .execute(&self.owner)
            .await?;
        sqlx::query(
            "insert into conversation.conversation (id, tenant_id, channel_id, contact_id, to_address)
             values ($1, $2, $3, $4, '351912345678')",
        )
        .bind(customer.conversation.uuid())
        .bind(self.tenant().uuid())
        .bind(self.channel.uuid())
        .bind(customer.contact.uuid())
        .execute(&self.owner)
        .await?;
        Ok(())
    }

    /// Another customer with a conversation of their own.
    pub async fn newcomer(&self) -> anyhow::Result<Customer> {
        let customer = Customer { contact: ContactId::generate(), conversation: ConversationId::generate() };
        self.meet(customer).await?;
        Ok(customer)
    }

    pub fn tenant(&self) -> TenantId {
        self.declared.tenant_id
    }

    pub fn service(&self) -> ServiceId {
        self.declared.services[0].id
    }

    pub fn staff(&self, who: usize) -> StaffId {
        self.declared.staff[who].id
    }

    /// The wish of a customer, with everything that conversation sends along.
    pub fn wish(&self, customer: Customer, kind: &str, details: &Value) -> Value {
        let mut effect = json!({
            "proposal_id": Uuid::now_v7(),
            "kind": kind,
            "tenant_id": self.tenant(),
            "channel_id": self.channel,
            "conversation_id": customer.conversation,
            "contact_id": customer.contact,
            "to": "351912345678",
            "customer_name": "Ann Example",
            "language": "en",
            "correlation_id": Uuid::now_v7(),
        });
        for (key, value) in details.as_object().into_iter().flatten() {
            effect[key] = value.clone();
        }
        effect
    }

    pub fn booking_wish(&self, customer: Customer, who: usize, starts_at: Timestamp) -> Value {
        let details = json!({
            "service_id": self.service(), "staff_id": self.staff(who), "starts_at": starts_at,
        });
        self.wish(customer, "book", &details)
    }

    /// Commits an effect as conversation does.
    pub async fn commit(&self, effect: &Value) -> anyhow::Result<Value> {
        commit(&mut *self.conversation.acquire().await?, effect).await
    }

    /// Ann's booking with the first member of staff; returns its id.
    pub async fn book(&self, starts_at: Timestamp) -> anyhow::Result<Uuid> {
        let answer = self.commit(&self.booking_wish(self.ann, 0, starts_at)).await?;
        booking_of(&answer)
    }

    /// What becomes of a booking's reminders: number, state.
    pub async fn reminders(&self, booking: Uuid) -> anyhow::Result<Vec<(i32, String)>> {
        Ok(sqlx::query_as(
            "select number, state from scheduler.reminder where booking_id = $1 order by number",
        )
        .bind(booking)
        .fetch_all(&self.owner)
        .await?)
    }

    /// Moves the first `count` waiting reminders of a booking into the past, so that they are due.
    pub async fn make_due(&self, booking: Uuid, count: i32) -> anyhow::Result<()> {
        sqlx::query(
            "update scheduler.reminder set scheduled_for = now() - interval '1 second',
                    look_at = now() - interval '1 second'
             where booking_id = $1 and state = 'waiting' and number < $2 + (
               select min(number) from scheduler.reminder where booking_id = $1 and state = 'waiting')",
        )
        .bind(booking)
        .bind(count)
        .execute(&self.owner)
        .await?;
        Ok(())
    }

    /// One look of the worker.
    pub async fn look(&self) -> anyhow::Result<HandedOver> {
        Ok(hand_over(&self.pool, &Templates::try_new()?, 50).await?)
    }

    /// What stands in delivery's inbox: dedupe key, state.
    pub async fn outbox(&self) -> anyhow::Result<Vec<(String, String)>> {
        Ok(sqlx::query_as("select dedupe_key, state from delivery.message order by created_at, id")
            .fetch_all(&self.owner)
            .await?)
    }
}

pub async fn commit(connection: &mut PgConnection, effect: &Value) -> anyhow::Result<Value> {
    Ok(sqlx::query_scalar("select scheduler.commit_effect_v1($1)").bind(effect).fetch_one(connection).await?)
}

pub async fn apply(pool: &PgPool, declared: &Declared) -> anyhow::Result<()> {
    let mut transaction = pool.begin().await?;
    declare(&mut transaction, declared).await?;
    Ok(transaction.commit().await?)
}

pub fn booking_of(answer: &Value) -> anyhow::Result<Uuid> {
    anyhow::ensure!(answer["outcome"] == "done", "not booked: {answer}");
    Ok(answer["booking_id"].as_str().context("no booking id")?.parse()?)
}

/// A full minute about so many hours from now.
pub fn in_hours(hours: i64) -> anyhow::Result<Timestamp> {
    let later = now()?.checked_add(SignedDuration::from_hours(hours))?;
    Ok(Timestamp::from_second(later.as_second().div_euclid(60) * 60)?)
}

pub fn now() -> anyhow::Result<Timestamp> {
    Ok(clock::SystemClock::shared().now())
}

pub fn declared(slug: &str) -> Declared {
    let tenant_id = TenantId::named(Uuid::nil(), slug);
    let service = DeclaredService {
        id: ServiceId::named(tenant_id.uuid(), "cut"),
        slug: "cut".to_owned(),
        name: "Haircut".to_owned(),
        minutes: 30,
        plan: ReminderPlan::default(),
    };
    let person = |slug: &str, name: &str| DeclaredStaff {
        id: StaffId::named(tenant_id.uuid(), slug),
        slug: slug.to_owned(),
        name: name.to_owned(),
        services: vec![service.id],
    };
    let staff = vec![person("bea", "Bea"), person("cleo", "Cleo")];
    let hours = (1..=7)
        .filter_map(|day| Weekday::from_monday_one_offset(day).ok())
        .map(|weekday| Hours { staff: None, weekday, opens: 0, closes: 1440 })
        .collect();
    Declared {
        tenant_id,
        name: "House of Hair".to_owned(),
        time_zone: "UTC".to_owned(),
        language: "en".to_owned(),
        phone: None,
        slot_step: None,
        booking_lead: 0,
        booking_horizon_days: 60,
        disclose_service: false,
        quiet_hours: None::<(Time, Time)>,
        services: vec![service],
        staff,
        hours,
        holidays: Vec::new(),
        cancel_words: vec![(ChannelId::named(Uuid::nil(), "desk"), "CANCEL VISIT".to_owned())],
    }
}
