use std::{collections::BTreeSet, time::Duration};

use e2e::Stack;
use uuid::Uuid;

const PHONE: &str = "447700970001";
const WORDS: &str = "hi";
const PATIENCE: Duration = Duration::from_secs(30);

/// Searching the log for one id shows what happened to a customer's message, and nothing of what it said or who wrote it.
#[tokio::test(flavor = "multi_thread")]
async fn from_the_webhook_to_the_receipt() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    stack.customer(PHONE, WORDS)?;
    let heard = stack.hears(PHONE, 1, PATIENCE).await?;
    let id: Uuid = sqlx::query_scalar("select correlation_id from conversation.item limit 1")
        .fetch_one(&stack.rows().await?)
        .await?;
    let of_it = || {
        let lines = stack.program.log().into_iter();
        lines.filter(|line| line["correlation_id"] == id.to_string().as_str()).collect::<Vec<_>>()
    };
    let walk = BTreeSet::from([
        ("ingest", "event accepted"),
        ("conversation", "turn committed"),
        ("delivery", "message called"),
        ("ingest", "receipt recorded"),
    ]);
    let look = async || {
        let lines = of_it();
        let told: BTreeSet<_> = lines
            .iter()
            .filter_map(|line| Some((line["service"].as_str()?, line["message"].as_str()?)))
            .collect();
        walk.is_subset(&told).then_some(())
    };
    if let Err(error) = testkit::eventually(PATIENCE, "every step to be told", look).await {
        return Err(error.context(format!("told were {:#?}", of_it())));
    }
    for line in of_it() {
        assert!(line["ms"].is_u64(), "{line}");
        assert!(line["level"] == "INFO", "{line}");
    }
    let whole = serde_json::to_string(&stack.program.log())?;
    for private in [PHONE, heard[0].as_str()] {
        assert!(!whole.contains(private), "the log knows {private}");
    }
    Ok(())
}
