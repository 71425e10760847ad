use conversation::store::turns;
use work::Verdict;

use crate::fixture::{Fixture, turn, verdict};

/// A process that dies takes everything with it that it was working on. Only dying alone convicts.
#[tokio::test]
async fn two_unfinished_starts_make_a_suspect_and_a_death_alone_makes_poison() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    for expected in ["claimed", "claimed", "suspect", "poison"] {
        let heart = fixture.instance().await?;
        let found = match verdict(&heart, key).await? {
            Verdict::Claimed(_) => "claimed",
            Verdict::Suspect(held) => {
                assert!(heart.start_alone(held).await?);
                "suspect"
            }
            Verdict::Poison(_) => "poison",
            other => anyhow::bail!("{other:?}"),
        };
        assert_eq!(found, expected);
        fixture.kill(&heart).await?;
    }
    Ok(())
}

/// Suspects wait for each other in their process. When it ends, only the one that was running was alone with it.
#[tokio::test]
async fn a_suspect_that_still_waited_is_not_convicted_by_the_death_of_another() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let guilty = fixture.text("+447700900100", "m1").await?;
    let waiting = fixture.text("+447700900101", "m2").await?;
    for _ in 0..2 {
        let heart = fixture.instance().await?;
        heart.claim(&[guilty, waiting]).await?;
        fixture.kill(&heart).await?;
    }
    let heart = fixture.instance().await?;
    let Verdict::Suspect(held) = verdict(&heart, guilty).await? else { anyhow::bail!("not a suspect") };
    assert!(matches!(verdict(&heart, waiting).await?, Verdict::Suspect(_)));
    assert!(heart.start_alone(held).await?);
    fixture.kill(&heart).await?;
    let heart = fixture.instance().await?;
    assert!(matches!(verdict(&heart, guilty).await?, Verdict::Poison(_)));
    assert!(matches!(verdict(&heart, waiting).await?, Verdict::Suspect(_)));
    assert!(!heart.start_alone(held).await?, "an epoch that was lost notes nothing");
    Ok(())
}

#[tokio::test]
async fn a_finished_run_clears_the_count() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let key = fixture.text("+447700900100", "m1").await?;
    for _ in 0..2 {
        let heart = fixture.instance().await?;
        verdict(&heart, key).await?;
        fixture.kill(&heart).await?;
    }
    let heart = fixture.instance().await?;
    let Verdict::Suspect(held) = verdict(&heart, key).await? else { anyhow::bail!("not a suspect") };
    turns::commit(&fixture.pool, heart.me(), &[turn(held, 1)]).await?;
    fixture.text("+447700900100", "m2").await?;
    assert!(matches!(verdict(&heart, key).await?, Verdict::Claimed(_)));
    Ok(())
}
