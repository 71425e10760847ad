use std::time::Duration;

use e2e::Stack;
use simulators::play::{PlayOptions, play};

#[tokio::test(flavor = "multi_thread")]
async fn the_play_is_seen_from_the_first_word_to_the_free_slot() -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let patience = Duration::from_secs(20);
    let options = PlayOptions {
        whatsapp: stack.whatsapp.url(),
        patience,
        reminder_patience: patience,
        ..PlayOptions::default()
    };
    let mut printed = Vec::new();
    let played = play(&options, &mut printed).await;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    assert!(played.is_ok(), "{:?}\n{printed}\n{}", played.err(), stack.program.log_tail());
    let rows = stack.rows().await?;
    let cancelled: i64 =
        sqlx::query_scalar("select count(*) from scheduler.booking where status = 'cancelled'")
            .fetch_one(&rows)
            .await?;
    assert_eq!(cancelled, 1);
    Ok(())
}
