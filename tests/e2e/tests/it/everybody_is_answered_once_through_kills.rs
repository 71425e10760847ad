use std::time::Duration;

use e2e::Stack;

const CUSTOMERS: usize = 60;

fn phone(n: usize) -> String {
    format!("4477009{n:05}")
}

/// `kill -9` again and again while customers write. By the provider's own account everybody is answered exactly once,
/// unless the message is listed as unknown, and each conversation is in order.
#[tokio::test(flavor = "multi_thread")]
async fn no_answer_is_lost_or_doubled_when_the_process_is_killed() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    for n in 0..CUSTOMERS {
        stack.customer(&phone(n), "hi")?;
        if n % 20 == 10 {
            // In the middle of it: some are accepted, some claimed, some being sent.
            stack.hears(&phone(n - 5), 1, Duration::from_secs(30)).await?;
            stack.program.kill9().await?;
            stack.program.spawn()?;
        }
    }
    stack.program.ready().await?;
    for n in 0..CUSTOMERS {
        stack.hears(&phone(n), 1, Duration::from_secs(60)).await?;
    }
    let rows = stack.rows().await?;
    let undone = || async {
        let undone: i64 = sqlx::query_scalar(
            "select (select count(*) from conversation.item where state = 'undone')
                  + (select count(*) from delivery.message where state in ('queued', 'intended'))",
        )
        .fetch_one(&rows)
        .await
        .ok()?;
        (undone == 0).then_some(())
    };
    testkit::eventually(Duration::from_secs(60), "all work to be done", undone).await?;
    let doubled: Vec<_> = (0..CUSTOMERS).map(phone).filter(|phone| stack.sent_to(phone).len() != 1).collect();
    assert!(doubled.is_empty(), "not exactly once: {doubled:?}");
    let dead: i64 = sqlx::query_scalar("select count(*) from conversation.item where state = 'dead'")
        .fetch_one(&rows)
        .await?;
    assert_eq!(dead, 0);
    Ok(())
}
