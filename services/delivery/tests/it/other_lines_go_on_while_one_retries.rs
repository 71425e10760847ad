use simulators::faults::Trigger;
use simulators::whatsapp::{Fault, FaultKind};

use crate::fixture::{Replica, Say, Stage};

#[tokio::test]
async fn a_line_that_waits_for_its_retry_holds_up_itself_and_nobody_else() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let _replica = Replica::start(&stage).await?;
    let fault = Fault::from(FaultKind::ErrorBefore { status: 500 }).for_number(Say::phone(1));
    stage.sim.fault(fault, Trigger::ALWAYS);
    let mut says = vec![Say::reply(1, "fails"), Say::reply(1, "behind it")];
    says.extend((2..=21).map(|customer| Say::reply(customer, "elsewhere")));
    // Another lane of the same conversation is another line.
    says.push(Say::reminder(22, "another lane"));
    let ids = stage.say_all(&says).await?;
    stage.until_taken(21).await?;
    let failed = stage.until(ids[0], "the first waits for its retry", |row| row.tries == 1).await?;
    assert_eq!((failed.state.as_str(), failed.attempts), ("queued", 1));
    let behind = stage.message(ids[1]).await?;
    assert_eq!((behind.state.as_str(), behind.attempts), ("queued", 0), "it must not overtake");
    for id in &ids[2..] {
        stage.until_state(*id, "sent").await?;
    }
    assert_eq!(stage.door().await?, "open", "the provider works, one message does not");
    Ok(())
}
