use e2e::{Whose, storm::Storm};

/// As many messages as `FRONTDESK_STORM` says, of the seed in `FRONTDESK_STORM_SEED` (`cargo xtask soak` sets both).
fn great(whose: Whose) -> anyhow::Result<Storm> {
    let number = |name: &str, usual: u64| match std::env::var(name) {
        Ok(text) => text.parse::<u64>().map_err(anyhow::Error::from),
        Err(_) => Ok(usual),
    };
    let (messages, seed) = (number("FRONTDESK_STORM", 1000)?, number("FRONTDESK_STORM_SEED", 1)?);
    let customers = usize::try_from(messages / 10)?.max(1);
    Ok(Storm { whose, customers, each: 10, blows: customers.div_ceil(6).clamp(9, 40), seed })
}

#[expect(clippy::print_stderr, reason = "figures, shown when asked for")]
async fn weathered(storm: Storm) -> anyhow::Result<()> {
    eprintln!("{}", storm.play().await?);
    Ok(())
}

/// Nothing is lost, nothing is sent twice but what was unknown, each conversation is in order, what was given up says why, and
/// every message can be followed from its queue to its end.
#[tokio::test(flavor = "multi_thread")]
async fn lose_nothing_double_nothing_known_and_keep_every_line_in_order() -> anyhow::Result<()> {
    weathered(Storm { whose: Whose::Evolution, customers: 30, each: 4, blows: 4, seed: 1 }).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask soak plays it"]
async fn great_storm_at_evolution() -> anyhow::Result<()> {
    weathered(great(Whose::Evolution)?).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask soak plays it"]
async fn great_storm_at_meta() -> anyhow::Result<()> {
    weathered(great(Whose::Meta)?).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: cargo xtask soak plays it"]
async fn great_storm_at_twilio() -> anyhow::Result<()> {
    weathered(great(Whose::Twilio)?).await
}
