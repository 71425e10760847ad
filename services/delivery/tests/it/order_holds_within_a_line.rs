use std::time::Duration;

use simulators::faults::Trigger;
use simulators::whatsapp::FaultKind;

use crate::fixture::{Replica, Say, Stage, slow};

#[tokio::test]
async fn fifty_messages_of_a_line_arrive_as_they_were_queued_although_some_are_tried_again()
-> anyhow::Result<()> {
    let stage = Stage::with(slow(Duration::from_millis(3))).await?;
    let _replica = Replica::start(&stage).await?;
    let texts: Vec<String> = (1..=50).map(|n| format!("message {n}")).collect();
    let says: Vec<Say> = texts.iter().map(|text| Say::reply(1, text).with("profile", "fast")).collect();
    stage.say_all(&says[..20]).await?;
    stage.until_taken(10).await?;
    stage.sim.fault(FaultKind::ErrorBefore { status: 503 }, Trigger::next(2));
    for say in &says[20..] {
        stage.say(say.clone()).await?;
    }
    stage.until_all("sent", 50).await?;
    assert_eq!(stage.texts(), texts);
    assert_eq!(stage.count("select sum(attempts) from delivery.message").await?, 52);
    Ok(())
}
