use jiff::{SignedDuration, Timestamp};
use scheduler::calendar::{HoldRefused, HoldRequest, Kept, Query, find_slots, hold_slot};
use scheduler::domain::slot_handle::Signer;
use scheduler::store::busy::Except;
use settings::Secret;

use crate::fixture::{Customer, House, in_hours, now};

fn signer() -> anyhow::Result<Signer> {
    Ok(Signer::try_new(&Secret::from("a signing key for these tests"))?)
}

/// The times with the first member of staff that a conversation is offered around `at`.
async fn offered(
    house: &House,
    customer: Customer,
    at: Timestamp,
) -> anyhow::Result<Vec<(Timestamp, String)>> {
    let query = Query {
        tenant: house.tenant(),
        service: "cut".into(),
        staff: Some("bea".into()),
        from: at - SignedDuration::from_mins(30),
        to: at + SignedDuration::from_hours(1),
        part_of_day: None,
        limit: 6,
        except: Except { conversation: Some(customer.conversation), booking: None },
    };
    let mut connection = house.pool.acquire().await?;
    let found =
        find_slots(&mut connection, &signer()?, &query, now()?, SignedDuration::from_mins(30)).await?;
    Ok(found.slots.into_iter().map(|offered| (offered.slot.starts_at, offered.handle)).collect())
}

async fn hold(house: &House, customer: Customer, handle: &str) -> anyhow::Result<Result<Kept, HoldRefused>> {
    let request = HoldRequest {
        tenant: house.tenant(),
        handle: handle.to_owned(),
        conversation: customer.conversation,
        minutes: 10,
        moving: None,
    };
    let mut connection = house.pool.acquire().await?;
    Ok(hold_slot(&mut connection, &signer()?, &request, now()?).await)
}

#[tokio::test]
async fn others_are_neither_offered_it_nor_booked_into_it() -> anyhow::Result<()> {
    let house = House::open().await?;
    let ben = house.newcomer().await?;
    let slots = offered(&house, house.ann, in_hours(30)?).await?;
    let (starts_at, handle) = slots[1].clone();
    let kept = hold(&house, house.ann, &handle).await??;
    assert_eq!(
        (kept.slot.starts_at, kept.service.name.as_str(), kept.staff.name.as_str()),
        (starts_at, "Haircut", "Bea")
    );

    let has = |slots: &[(Timestamp, String)]| slots.iter().any(|(at, _)| *at == starts_at);
    assert!(!has(&offered(&house, ben, starts_at).await?));
    assert!(has(&offered(&house, house.ann, starts_at).await?), "it is hers to have");
    assert!(matches!(hold(&house, ben, &handle).await?, Err(HoldRefused::Taken)));
    assert_eq!(house.commit(&house.booking_wish(ben, 0, starts_at)).await?["outcome"], "taken");

    let mut yes = house.booking_wish(house.ann, 0, starts_at);
    yes["hold_id"] = serde_json::json!(kept.held.id);
    assert_eq!(house.commit(&yes).await?["outcome"], "done");
    let holds: i64 =
        sqlx::query_scalar("select count(*) from scheduler.hold").fetch_one(&house.owner).await?;
    assert_eq!(holds, 0);
    assert!(matches!(hold(&house, house.ann, &handle).await?, Err(HoldRefused::Taken)), "booked now");
    Ok(())
}

#[tokio::test]
async fn holding_it_again_prolongs_it_and_holding_another_lets_it_go() -> anyhow::Result<()> {
    let house = House::open().await?;
    let ben = house.newcomer().await?;
    let slots = offered(&house, house.ann, in_hours(30)?).await?;
    let first = hold(&house, house.ann, &slots[0].1).await??;
    let again = hold(&house, house.ann, &slots[0].1).await??;
    assert_eq!(again.held.id, first.held.id);
    assert!(again.held.expires_at >= first.held.expires_at);
    let other = hold(&house, house.ann, &slots[1].1).await??;
    assert_ne!(other.held.id, first.held.id);
    assert!(hold(&house, ben, &slots[0].1).await?.is_ok());
    Ok(())
}

#[tokio::test]
async fn it_ends_by_itself() -> anyhow::Result<()> {
    let house = House::open().await?;
    let ben = house.newcomer().await?;
    let slots = offered(&house, house.ann, in_hours(30)?).await?;
    hold(&house, house.ann, &slots[0].1).await??;
    sqlx::query("update scheduler.hold set expires_at = now() - interval '1 second'")
        .execute(&house.owner)
        .await?;
    assert!(hold(&house, ben, &slots[0].1).await?.is_ok());
    assert_eq!(house.commit(&house.booking_wish(ben, 0, slots[0].0)).await?["outcome"], "done");
    let mut connection = house.pool.acquire().await?;
    assert_eq!(scheduler::store::holds::sweep(&mut connection).await?, 1);
    Ok(())
}
