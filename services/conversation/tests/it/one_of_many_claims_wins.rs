use std::collections::HashSet;

use work::Verdict;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn of_eight_instances_that_look_at_once_one_claims_and_the_others_know_it() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let mut keys = Vec::new();
    for n in 0..20 {
        keys.push(fixture.text(&format!("+4477009001{n:02}"), &format!("m{n}")).await?);
    }
    let mut claims = Vec::new();
    for _ in 0..8 {
        let (heart, keys) = (fixture.instance().await?, keys.clone());
        claims.push(tokio::spawn(async move { heart.claim(&keys).await }));
    }
    let mut won = Vec::new();
    for claim in claims {
        for claim in claim.await?? {
            match claim.verdict {
                Verdict::Claimed(held) => won.push(held.key),
                other => assert_eq!(other, Verdict::Owned),
            }
        }
    }
    assert_eq!(won.len(), keys.len());
    assert_eq!(won.into_iter().collect::<HashSet<_>>(), keys.into_iter().collect());
    Ok(())
}
