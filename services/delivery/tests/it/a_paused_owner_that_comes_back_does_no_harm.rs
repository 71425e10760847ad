use std::collections::BTreeMap;
use std::time::Duration;

use testkit::Proxy;

use crate::fixture::{PATIENCE, Replica, Say, Stage, slow};

#[tokio::test]
async fn nothing_is_said_twice_and_no_order_is_lost() -> anyhow::Result<()> {
    let stage = Stage::with(slow(Duration::from_millis(150))).await?;
    let line = Proxy::to(stage.database.addr()?).await?;
    let seen = stage.database.settings_through(line.addr())?;
    let paused = Replica::on(&stage, seen.url.expose(), &[]).await?;
    let says: Vec<Say> = (0..40).map(|n| Say::reply(n % 8, format!("{} {n:02}", n % 8))).collect();
    stage.say_all(&says).await?;
    stage.until_taken(10).await?;
    // From here on it hears nothing from the database and cannot be heard, with calls under way.
    line.hold();
    let _other = Replica::start(&stage).await?;
    let epoch = "select epoch from delivery.work";
    let first = stage.count(epoch).await?;
    let others = async || (stage.count(epoch).await.ok()? > first).then_some(());
    testkit::eventually(PATIENCE, "another one has taken over", others).await?;
    line.release();
    stage.until_all("sent", 40).await?;
    let texts = stage.texts();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for text in &texts {
        *counts.entry(text).or_default() += 1;
    }
    assert!(counts.len() == 40 && counts.values().all(|count| *count == 1), "{counts:?}");
    for customer in 0..8 {
        let of_line: Vec<_> = texts.iter().filter(|text| text.starts_with(&customer.to_string())).collect();
        assert!(of_line.is_sorted(), "{of_line:?}");
    }
    drop(paused);
    Ok(())
}
