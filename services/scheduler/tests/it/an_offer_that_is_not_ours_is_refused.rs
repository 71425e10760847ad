use ids::TenantId;
use jiff::SignedDuration;
use scheduler::calendar::{HoldRefused, HoldRequest, Kept, Query, find_slots, hold_slot};
use scheduler::domain::slot_handle::{Refusal, Signer};
use scheduler::store::busy::Except;
use settings::Secret;

use crate::fixture::{House, apply, declared, in_hours, now};

struct Offer {
    house: House,
    signer: Signer,
    handle: String,
}

async fn offer() -> anyhow::Result<Offer> {
    let house = House::open().await?;
    let signer = Signer::try_new(&Secret::from("a signing key for these tests"))?;
    let query = Query {
        tenant: house.tenant(),
        service: "cut".into(),
        staff: None,
        from: in_hours(30)?,
        to: in_hours(40)?,
        part_of_day: None,
        limit: 1,
        except: Except::default(),
    };
    let mut connection = house.pool.acquire().await?;
    let found = find_slots(&mut connection, &signer, &query, now()?, SignedDuration::from_mins(30)).await?;
    let handle = found.slots[0].handle.clone();
    Ok(Offer { house, signer, handle })
}

impl Offer {
    async fn hold(
        &self,
        tenant: TenantId,
        handle: &str,
        later: SignedDuration,
    ) -> anyhow::Result<Result<Kept, HoldRefused>> {
        let request = HoldRequest {
            tenant,
            handle: handle.to_owned(),
            conversation: self.house.ann.conversation,
            minutes: 10,
            moving: None,
        };
        let mut connection = self.house.pool.acquire().await?;
        Ok(hold_slot(&mut connection, &self.signer, &request, now()? + later).await)
    }
}

#[tokio::test]
async fn forged_late_and_foreign_ones() -> anyhow::Result<()> {
    let offer = offer().await?;
    let (tenant, soon) = (offer.house.tenant(), SignedDuration::ZERO);
    let forged = |held: Result<Kept, HoldRefused>| matches!(held, Err(HoldRefused::Handle(Refusal::Forged)));
    assert!(forged(offer.hold(tenant, "slot_tomorrow-at-ten", soon).await?));
    let last = if offer.handle.ends_with('A') { "E" } else { "A" };
    let altered = format!("{}{last}", &offer.handle[..offer.handle.len() - 1]);
    assert!(forged(offer.hold(tenant, &altered, soon).await?));

    // A neighbour with a calendar of the very same shape.
    let neighbour = declared("neighbour");
    apply(&offer.house.pool, &neighbour).await?;
    assert!(forged(offer.hold(neighbour.tenant_id, &offer.handle, soon).await?));

    let late = offer.hold(tenant, &offer.handle, SignedDuration::from_mins(31)).await?;
    assert!(matches!(late, Err(HoldRefused::Handle(Refusal::Expired))));
    assert!(offer.hold(tenant, &offer.handle, soon).await?.is_ok(), "the true one is good");
    Ok(())
}

#[tokio::test]
async fn one_that_the_rules_no_longer_give() -> anyhow::Result<()> {
    let offer = offer().await?;
    let mut closed = offer.house.declared.clone();
    closed.hours.clear();
    apply(&offer.house.pool, &closed).await?;
    let held = offer.hold(offer.house.tenant(), &offer.handle, SignedDuration::ZERO).await?;
    assert!(matches!(held, Err(HoldRefused::Withdrawn)));
    Ok(())
}
