use crate::fixture::{LANES, Pace, Replica, Say, Stage};

#[tokio::test]
async fn a_backlog_leaves_lane_by_lane() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    // One at a time, so that the order in which they are taken is the order in which they arrive.
    stage.pace(Pace { per_second: 40.0, burst: 1 }).await?;
    let mut says = Vec::new();
    // The worst lane is queued first.
    for (number, lane) in LANES.iter().enumerate().rev() {
        for customer in 0..6 {
            let customer = u32::try_from(number)? * 10 + customer;
            says.push(Say::reply(customer, format!("{lane} {customer:02}")).with("lane", *lane));
        }
    }
    stage.enqueue(&says).await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_all("sent", 18).await?;
    let expected: Vec<String> = LANES
        .iter()
        .enumerate()
        .flat_map(|(number, lane)| {
            (0..6).map(move |customer| format!("{lane} {:02}", number * 10 + customer))
        })
        .collect();
    assert_eq!(stage.texts(), expected);
    Ok(())
}
