use futures_util::future::try_join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use scheduler::domain::wording::Templates;
use scheduler::reminders::{Worker, hand_over};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{Customer, House, booking_of, in_hours};

const CUSTOMERS: u64 = 6;
const WISHES: usize = 30;

/// Few times, two people, many wishes: everybody books, moves and cancels at random while two workers remind. Nobody may
/// meet an error, and afterwards every row must agree with every other.
#[tokio::test]
async fn nobody_meets_an_error() -> anyhow::Result<()> {
    let house = House::open().await?;
    let customers = try_join_all((0..CUSTOMERS).map(|_| house.newcomer())).await?;
    let busy =
        try_join_all(customers.into_iter().zip(0..).map(|(customer, seed)| live(&house, customer, seed)));
    let workers = try_join_all((0..2).map(|_| remind(&house)));
    tokio::try_join!(busy, workers)?;

    for (what, wrong) in [
        (
            "a waiting reminder of a booking that is not so",
            "select count(*) from scheduler.reminder r join scheduler.booking b on b.id = r.booking_id
             where r.state = 'waiting'
               and (b.status <> 'confirmed' or b.version <> r.booking_version or r.not_after > b.starts_at)",
        ),
        (
            "a message in the outbox for a reminder that is not completed",
            "select count(*) from delivery.message m join scheduler.reminder r on r.id = m.dedupe_key
             where m.state = 'queued' and r.state <> 'completed'",
        ),
        (
            "a completed reminder without a message, or with a cancelled one",
            "select count(*) from scheduler.reminder r
             left join delivery.message m on m.dedupe_key = r.id and m.id = r.message_id
             where r.state = 'completed' and (m.id is null or m.state = 'cancelled')",
        ),
        ("an effect without an answer", "select count(*) from scheduler.effect where not outcome ? 'outcome'"),
        (
            "two bookings at one time",
            "select count(*) from scheduler.booking a join scheduler.booking b
               on a.staff_id = b.staff_id and a.id < b.id and a.starts_at < b.ends_at and b.starts_at < a.ends_at
             where a.status = 'confirmed' and b.status = 'confirmed'",
        ),
    ] {
        let found: i64 = sqlx::query_scalar(wrong).fetch_one(&house.owner).await?;
        assert_eq!(found, 0, "{what}");
    }
    Ok(())
}

async fn live(house: &House, customer: Customer, seed: u64) -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(seed);
    let times = [in_hours(20)?, in_hours(21)?, in_hours(22)?];
    let mut mine: Vec<Uuid> = Vec::new();
    for _ in 0..WISHES {
        let (who, when) = (random.random_range(0..2), times[random.random_range(0..3)]);
        let own = (!mine.is_empty()).then(|| mine[random.random_range(0..mine.len())]);
        let wish: Value = match (own, random.random_range(0..4)) {
            (Some(booking), 0) => house.wish(customer, "cancel", &json!({ "booking_id": booking })),
            (Some(booking), 1 | 2) => {
                let to = json!({ "booking_id": booking, "starts_at": when, "staff_id": house.staff(who) });
                house.wish(customer, "move", &to)
            }
            _ => house.booking_wish(customer, who, when),
        };
        let answer = house.commit(&wish).await?;
        if wish["kind"] == "book" && answer["outcome"] == "done" {
            mine.push(booking_of(&answer)?);
        }
        // Some of the first reminders fall due while all this goes on.
        if let Some(booking) = own {
            house.make_due(booking, 1).await?;
        }
    }
    Ok(())
}

async fn remind(house: &House) -> anyhow::Result<()> {
    let pool = Worker::connect(&house.database.settings()).await?;
    let templates = Templates::try_new()?;
    for _ in 0..60 {
        hand_over(&pool, &templates, 5).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}
