use std::time::Duration;

use crate::fixture::{PATIENCE, Pace, Replica, Say, Stage, Taken};

const PACE: Pace = Pace { per_second: 20.0, burst: 5 };
/// Calls take their time on the way; by so much two may come closer than they left.
const ON_THE_WAY: f64 = 0.15;

/// In no span of time more than the bucket holds and fills.
fn within_the_bucket(taken: &[Taken]) {
    for (first, from) in taken.iter().enumerate() {
        for (last, to) in taken.iter().enumerate().skip(first) {
            let seconds = (to.received_us - from.received_us) as f64 / 1e6;
            let most = f64::from(PACE.burst) + PACE.per_second * (seconds + ON_THE_WAY);
            let count = last - first + 1;
            assert!(count as f64 <= most, "{count} messages in {seconds} s");
        }
    }
}

#[tokio::test]
async fn the_provider_never_sees_more_than_one_buckets_worth() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    stage.pace(PACE).await?;
    let mut owner = Replica::start(&stage).await?;
    let mut spare = Replica::start(&stage).await?;
    let says: Vec<Say> = (0..70).map(|customer| Say::reply(customer, format!("to {customer}"))).collect();
    stage.say_all(&says).await?;
    // Twice in the middle of the stream the owner goes and another one takes over.
    for part in [20, 45] {
        stage.until_taken(part).await?;
        owner.stop().await?;
        owner = spare;
        spare = Replica::start(&stage).await?;
    }
    stage.until_all("sent", 70).await?;
    let taken = stage.taken();
    assert_eq!(taken.len(), 70);
    within_the_bucket(&taken);
    let span =
        taken.last().map_or(0, |last| last.received_us) - taken.first().map_or(0, |first| first.received_us);
    println_takes(Duration::from_micros(span.unsigned_abs()));
    drop((owner, spare));
    Ok(())
}

fn println_takes(span: Duration) {
    let ideal = f64::from(70 - PACE.burst) / PACE.per_second;
    eprint(&format!(
        "70 messages through two changes of owner took {span:?}; the bucket alone takes {ideal} s"
    ));
}

#[expect(clippy::print_stderr, reason = "a measurement, shown when asked for")]
fn eprint(text: &str) {
    eprintln!("{text}");
}

#[tokio::test]
async fn a_newcomer_gets_its_share_and_nothing_is_said_twice() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    for number in 0..5_u128 {
        stage.channel(uuid::Uuid::from_u128(100 + number), &format!("harbour-{number}"), PACE).await?;
    }
    let one = Replica::start(&stage).await?;
    let mut says = Vec::new();
    for number in 0..5_u128 {
        for n in 0..30 {
            let say = Say::reply(u32::try_from(number)?, format!("{number} {n:02}"));
            says.push(say.with("channel_id", uuid::Uuid::from_u128(100 + number).to_string()));
        }
    }
    stage.say_all(&says).await?;
    stage.until_taken(20).await?;
    let two = Replica::start(&stage).await?;
    let shared = async || {
        let owners = "select count(*) from (select owner from delivery.work where delivery.is_live(owner)
                                            group by 1 having count(*) = 3) o";
        (stage.count(owners).await.ok()? == 2).then_some(())
    };
    testkit::eventually(PATIENCE, "each owns three of the six channels", shared).await?;
    stage.until_all("sent", 150).await?;
    let texts = stage.texts();
    for number in 0..5 {
        let of_channel: Vec<_> =
            texts.iter().filter(|text| text.starts_with(&format!("{number} "))).cloned().collect();
        let expected: Vec<String> = (0..30).map(|n| format!("{number} {n:02}")).collect();
        assert_eq!(of_channel, expected);
    }
    drop((one, two));
    Ok(())
}

#[tokio::test]
async fn two_replicas_share_the_channels() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    for number in 0..6_u128 {
        stage.channel(uuid::Uuid::from_u128(100 + number), &format!("harbour-{number}"), Pace::FREE).await?;
    }
    let _one = Replica::start(&stage).await?;
    let _two = Replica::start(&stage).await?;
    let mut says = Vec::new();
    for number in 0..6_u128 {
        for n in 0..20 {
            let say = Say::reply(u32::try_from(number)?, format!("{number} {n}"));
            says.push(say.with("channel_id", uuid::Uuid::from_u128(100 + number).to_string()));
        }
    }
    stage.say_all(&says).await?;
    stage.until_all("sent", 120).await?;
    let texts = stage.texts();
    for number in 0..6 {
        let of_channel: Vec<_> =
            texts.iter().filter(|text| text.starts_with(&format!("{number} "))).cloned().collect();
        let expected: Vec<String> = (0..20).map(|n| format!("{number} {n}")).collect();
        assert_eq!(of_channel, expected);
    }
    assert_eq!(texts.len(), 120);
    Ok(())
}
