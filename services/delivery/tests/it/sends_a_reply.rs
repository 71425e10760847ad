use crate::fixture::{AttemptRow, Replica, Say, Stage};

#[tokio::test]
async fn what_is_queued_is_sent_once_and_climbs_the_ladder() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "Good morning")).await?;
    let sent = stage.until_state(id, "sent").await?;
    let taken = stage.taken();
    let [only] = taken.as_slice() else { anyhow::bail!("{taken:?}") };
    assert_eq!((only.number.as_str(), only.text.as_str()), (Say::phone(1).as_str(), "Good morning"));
    assert_eq!(sent.provider_id.as_ref(), Some(&only.provider_id));
    assert_eq!((sent.attempts, sent.tries, sent.reason), (1, 1, None));
    let accepted = AttemptRow { n: 1, outcome: "accepted".into(), class: None, code: None, cause: None };
    assert_eq!(stage.attempts(id).await?, [accepted]);
    stage.until_no_wake_up().await?;

    for (status, outcome, shown) in [
        ("sent", "known", "sent"),
        ("delivered", "raised", "delivered"),
        ("read", "raised", "read"),
        ("read", "known", "read"),
        ("delivered", "known", "read"),
    ] {
        assert_eq!(stage.receipt(&only.provider_id, status).await?, outcome, "{status}");
        assert_eq!(stage.shown(id).await?, shown, "{status}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_wake_up_costs_about_a_second() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let first = stage.say(Say::reply(1, "Good morning")).await?;
    stage.until_state(first, "sent").await?;
    let began = std::time::Instant::now();
    let ids = stage.enqueue(&[Say::reply(1, "Nobody was told")]).await?;
    stage.until_state(ids[0], "sent").await?;
    let took = began.elapsed();
    assert!(took.as_secs_f64() < 3.0, "{took:?}");
    Ok(())
}
