use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::fixture::{LANES, Pace, Replica, Say, Stage};

#[tokio::test]
async fn lanes_share_a_backlog_eight_to_three_to_one() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    // One at a time, so that the order in which they are taken is the order in which they arrive.
    stage.pace(Pace { per_second: 40.0, burst: 1 }).await?;
    let mut says = Vec::new();
    // The worst lane is queued first.
    for (number, lane) in LANES.iter().enumerate().rev() {
        for customer in 0..16 {
            let customer = u32::try_from(number)? * 20 + customer;
            says.push(Say::reply(customer, format!("{lane} {customer:02}")).with("lane", *lane));
        }
    }
    stage.enqueue(&says).await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_all("sent", 48).await?;
    let texts = stage.texts();
    let of = |lane: &str, texts: &[String]| texts.iter().filter(|text| text.starts_with(lane)).count();
    assert!(texts[0].starts_with("high"), "{texts:?}");
    let first = LANES.map(|lane| of(lane, &texts[..24]));
    assert!(
        first.into_iter().zip([16, 6, 2]).all(|(count, share)| count.abs_diff(share) <= 1),
        "{first:?} in {texts:?}"
    );
    // Then two lanes are left.
    let left = LANES.map(|lane| of(lane, &texts[24..32]));
    assert!(left[1] >= 5 && left[2] >= 1, "{left:?} in {texts:?}");
    for lane in LANES {
        let mine: Vec<&String> = texts.iter().filter(|text| text.starts_with(lane)).collect();
        assert!(mine.is_sorted(), "the oldest of a lane goes first: {mine:?}");
    }
    Ok(())
}

/// One business sends three thousand messages as fast as its channel may; another one's replies do not notice.
#[tokio::test]
async fn the_flood_of_one_delays_no_reply_of_another() -> anyhow::Result<()> {
    const FLOOD: u32 = 3000;
    let stage = Stage::new().await?;
    let other = Uuid::from_u128(7);
    stage.channel(other, "quay", Pace::FREE).await?;
    let _replica = Replica::start(&stage).await?;
    let flood: Vec<Say> =
        (0..FLOOD).map(|n| Say::reply(n, format!("offer {n}")).with("lane", "bulk")).collect();
    stage.say_all(&flood).await?;
    let mut slowest = Duration::ZERO;
    for n in 0..20 {
        let asked = Instant::now();
        let reply = Say::reply(50_000 + n, format!("reply {n}")).with("channel_id", other.to_string());
        let id = stage.say(reply).await?;
        stage.until_state(id, "sent").await?;
        slowest = slowest.max(asked.elapsed());
    }
    let left =
        stage.count("select count(*) from delivery.message where state = 'queued' and lane = 2").await?;
    assert!(left > 0, "the flood was over before the replies were measured");
    assert!(slowest < Duration::from_millis(1500), "the slowest reply took {slowest:?} beside {left} others");
    Ok(())
}
