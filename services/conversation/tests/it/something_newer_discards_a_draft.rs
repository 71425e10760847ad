use conversation::store::turns::{self, Committed};
use serde_json::json;

use crate::fixture::{Fixture, claimed, turn};

#[tokio::test]
async fn a_newer_message_discards_a_discardable_draft_and_nothing_of_it_is_written() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    fixture.text("+447700900100", "m2").await?;
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn(held, 1)]).await?, [Committed::Obsolete]);
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 0);
    assert_eq!(fixture.count("select count(*) from conversation.turn").await?, 0);
    assert_eq!(
        turns::load(&fixture.pool, &[key]).await?[0].seen_seq,
        2,
        "still mine: read again and answer both"
    );
    Ok(())
}

#[tokio::test]
async fn a_person_who_takes_over_discards_a_draft() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    let held = claimed(&one, key).await?;
    sqlx::query("select conversation.set_owner($1, 'human', 'test')")
        .bind(key)
        .execute(&fixture.pool)
        .await?;
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn(held, 1)]).await?, [Committed::Obsolete]);
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 0);
    Ok(())
}

/// Effect, reply, state and cursor stand or fall together; a neighbour in the same batch is not touched by it.
#[tokio::test]
async fn a_refused_effect_takes_its_whole_turn_with_it_and_nobody_elses() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let mut batch = Vec::new();
    for (phone, wanted) in [("+447700900100", "taken"), ("+447700900101", "done")] {
        let held = claimed(&one, fixture.text(phone, phone).await?).await?;
        let proposal = uuid::Uuid::now_v7();
        sqlx::query(
            "insert into conversation.proposal (id, conversation_id, tenant_id, frozen, state, expires_at)
                     values ($1, $2, $3, '{}', 'open', now() + interval '1 hour')",
        )
        .bind(proposal)
        .bind(held.key)
        .bind(crate::fixture::TENANT)
        .execute(&fixture.owner)
        .await?;
        let mut turn = turn(held, 1);
        turn.effect = Some(json!({ "proposal_id": proposal, "wanted": wanted }));
        turn.close = Some(json!({ "id": proposal, "state": "confirmed" }));
        batch.push(turn);
    }
    let done = turns::commit(&fixture.pool, one.me(), &batch).await?;
    assert_eq!(done[0], Committed::Refused(json!({ "outcome": "taken" })));
    assert_eq!(done[1], Committed::Done { released: true, effect: Some(json!({ "outcome": "done" })) });
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 1);
    assert_eq!(fixture.count("select count(*) from conversation.proposal where state = 'open'").await?, 1);
    assert_eq!(fixture.count("select count(*) from conversation.effect").await?, 1);
    Ok(())
}

/// The COMMIT's answer was lost and the turn is committed again: its row tells, and the cursor does not move twice.
#[tokio::test]
async fn a_turn_committed_twice_is_known_by_its_row() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let one = fixture.instance().await?;
    let held = claimed(&one, fixture.text("+447700900100", "m1").await?).await?;
    let turn = turn(held, 1);
    turns::commit(&fixture.pool, one.me(), std::slice::from_ref(&turn)).await?;
    assert!(turns::is_committed(&fixture.pool, turn.turn.id).await?);
    assert_eq!(turns::commit(&fixture.pool, one.me(), &[turn]).await?, [Committed::Lost]);
    assert_eq!(fixture.count("select count(*) from delivery.said").await?, 1);
    Ok(())
}
