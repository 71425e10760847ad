use std::time::Duration;

use conversation::{
    domain::troubles::{self, Limits},
    store,
};

use crate::fixture::Fixture;

const LIMITS: Limits =
    Limits { stuck_after: Duration::from_secs(120), stuck_most: 5, person_within: Duration::from_secs(900) };

async fn told(fixture: &Fixture) -> anyhow::Result<Vec<(&'static str, i64)>> {
    let facts = store::troubles::facts(&fixture.pool, &LIMITS).await?;
    Ok(troubles::of(&facts, &LIMITS).iter().map(|one| (one.kind, one.count)).collect())
}

#[tokio::test]
async fn conversations_nobody_works_on_and_people_nobody_comes_to() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    for customer in 0..6 {
        fixture.text(&format!("+4477009000{customer:02}"), &format!("in-{customer}")).await?;
    }
    assert_eq!(told(&fixture).await?, [], "they have only just written");
    sqlx::raw_sql("update conversation.item set received_at = now() - interval '3 minutes'")
        .execute(&fixture.owner)
        .await?;
    assert_eq!(told(&fixture).await?, [("CONVERSATIONS_STUCK", 6)]);
    sqlx::raw_sql("update conversation.item set state = 'done' where provider_id = 'in-0'")
        .execute(&fixture.owner)
        .await?;
    assert_eq!(told(&fixture).await?, [], "five are within the limit");

    // Two wait for a person, one of them for too long; it counts from when the person was asked for.
    sqlx::raw_sql(
        "update conversation.conversation set owned_by = 'waiting_human', created_at = now() - interval '1 day'
         where id in (select id from conversation.conversation order by id limit 2);
         insert into conversation.transition (conversation_id, tenant_id, entity, entity_id, to_state, cause, at)
         select id, tenant_id, 'conversation', id, 'waiting_human', 'asked',
                now() - row_number() over (order by id) * interval '10 minutes'
         from conversation.conversation where owned_by = 'waiting_human'",
    )
    .execute(&fixture.owner)
    .await?;
    assert_eq!(told(&fixture).await?, [("PEOPLE_WAITING", 1)]);
    Ok(())
}
