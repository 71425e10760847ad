use ids::BookingId;
use jiff::{SignedDuration, ToSpan};
use scheduler::calendar::{HoldRequest, Query, find_slots, hold_slot};
use scheduler::domain::slot_handle::Signer;
use scheduler::store::busy::Except;
use serde_json::json;
use settings::Secret;

use crate::fixture::{House, apply, in_hours, now};

/// A visit at ten that moves to a quarter past ten overlaps itself, which is nobody's business.
#[tokio::test]
async fn a_quarter_of_an_hour_later() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut declared = house.declared.clone();
    declared.slot_step = Some(15);
    apply(&house.pool, &declared).await?;
    let starts_at = in_hours(30)?;
    let starts_at = jiff::Timestamp::from_second(starts_at.as_second().div_euclid(900) * 900)?;
    let booking = house.book(starts_at).await?;
    let moving = Some(BookingId::from_uuid(booking));

    let later = starts_at + 15.minutes();
    let mut query = Query {
        tenant: house.tenant(),
        service: "cut".into(),
        staff: Some("bea".into()),
        from: later,
        to: later + 1.minute(),
        part_of_day: None,
        limit: 1,
        except: Except { conversation: Some(house.ann.conversation), booking: moving },
    };
    let signer = Signer::try_new(&Secret::from("a signing key for these tests"))?;
    let mut connection = house.pool.acquire().await?;
    let lasts = SignedDuration::from_mins(30);
    let found = find_slots(&mut connection, &signer, &query, now()?, lasts).await?;
    assert_eq!(found.slots.len(), 1);
    query.except.booking = None;
    assert!(find_slots(&mut connection, &signer, &query, now()?, lasts).await?.slots.is_empty());

    let request = HoldRequest {
        tenant: house.tenant(),
        handle: found.slots[0].handle.clone(),
        conversation: house.ann.conversation,
        minutes: 5,
        moving,
    };
    let kept = hold_slot(&mut connection, &signer, &request, now()?).await?;
    let to = json!({ "booking_id": booking, "starts_at": kept.slot.starts_at, "hold_id": kept.held.id });
    assert_eq!(house.commit(&house.wish(house.ann, "move", &to)).await?["outcome"], "done");
    Ok(())
}
