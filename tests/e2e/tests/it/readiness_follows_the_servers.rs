use std::{collections::BTreeSet, time::Duration};

use e2e::{Program, Servers, Stack};

const PATIENCE: Duration = Duration::from_secs(30);
/// All that need the broker for their work. Ingest accepts without it.
const NEED_NATS: [&str; 4] = ["alerting", "conversation", "delivery", "scheduler"];
const ALL: [&str; 5] = ["alerting", "conversation", "delivery", "ingest", "scheduler"];

/// Waits until exactly these services name this part as closed, and nothing else is closed anywhere.
async fn until_closed(
    program: &Program,
    part: &str,
    services: &[&'static str],
    says: &str,
) -> anyhow::Result<()> {
    let wanted: BTreeSet<_> = services.iter().copied().collect();
    let look = async || {
        let all = program.closed().await;
        let as_wanted = all.len() == ALL.len()
            && all.iter().all(|(service, parts)| {
                if !wanted.contains(service) {
                    return parts.is_empty();
                }
                parts.len() == 1 && parts.get(part).is_some_and(|why| why.contains(says))
            });
        as_wanted.then_some(())
    };
    match testkit::eventually(PATIENCE, &format!("{part} to be closed in {wanted:?}"), look).await {
        Ok(()) => Ok(()),
        Err(error) => Err(error.context(format!("closed are {:?}", program.closed().await))),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_closes_with_a_server_that_goes_away_and_opens_with_its_return() -> anyhow::Result<()> {
    let mut stack = Stack::private().await?;
    until_closed(&stack.program, "nats", &[], "").await?;
    stack.nats.kill9()?;
    until_closed(&stack.program, "nats", &NEED_NATS, "NATS").await?;
    stack.nats.restart().await?;
    until_closed(&stack.program, "nats", &[], "").await?;

    let Servers::Private(postgres) = &mut stack.postgres else { anyhow::bail!("not a private server") };
    postgres.kill9()?;
    until_closed(&stack.program, "database", &ALL, "PostgreSQL does not answer").await?;
    let Servers::Private(postgres) = &mut stack.postgres else { anyhow::bail!("not a private server") };
    postgres.restart().await?;
    until_closed(&stack.program, "database", &[], "").await?;
    stack.customer("447700950001", "hi")?;
    stack.hears("447700950001", 1, PATIENCE).await?;
    Ok(())
}

/// After a power cut everything starts at once, and the broker may be the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_nats_waits_for_it_and_says_so() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    stack.program.stop().await?;
    stack.nats.kill9()?;
    stack.program.spawn()?;
    let look = async || {
        let closed = stack.program.closed().await;
        let waits =
            |service: &str| closed.get(service)?.get("nats").filter(|why| why.contains("cannot reach NATS"));
        let all_wait = NEED_NATS.into_iter().all(|service| waits(service).is_some());
        (all_wait && closed.get("ingest").is_some_and(|parts| parts.is_empty())).then_some(())
    };
    testkit::eventually(PATIENCE, "four services to wait for NATS", look).await?;
    assert!(stack.program.log_tail().contains("waiting for nats"), "{}", stack.program.log_tail());
    stack.customer("447700950002", "hi")?;
    assert!(stack.program.runs(), "{}", stack.program.log_tail());
    stack.nats.restart().await?;
    stack.program.ready().await?;
    stack.hears("447700950002", 1, PATIENCE).await?;
    // While it waits it can be stopped, too.
    stack.program.stop().await?;
    stack.nats.kill9()?;
    stack.program.spawn()?;
    let waiting = async || stack.program.closed().await.get("alerting")?.get("nats").map(drop);
    testkit::eventually(PATIENCE, "alerting to wait for NATS", waiting).await?;
    assert_eq!(stack.program.stop().await?, Some(0), "{}", stack.program.log_tail());
    Ok(())
}
