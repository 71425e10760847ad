//! The parts of the service and how they are joined.

use anyhow::Context;
use contract::alerting::v1::{
    dead_letter_service_server::DeadLetterServiceServer,
    retry_policy_service_server::RetryPolicyServiceServer, timeline_service_server::TimelineServiceServer,
};
use runtime::{Lifecycle, Needs, Readiness};
use settings::Settings;

use crate::{
    config::Config,
    grpc::{DeadLetters, RetryPolicies, Timelines},
    intake::{advisories, sweep},
    metrics,
    owners::Owners,
    tellers::Tellers,
};

/// Starts everything; the tasks live on `lifecycle`.
pub async fn serve(settings: Settings, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let config: Config = settings.section("alerting")?;
    let auth = settings.auth()?;
    metrics::describe();
    let readiness = Readiness::new();
    let started = readiness.latch("start");
    runtime::admin::serve(config.admin, readiness.clone(), lifecycle.clone()).await?;
    let needs =
        Needs { settings: &settings, service: "alerting", readiness: &readiness, lifecycle: &lifecycle };
    needs.database().await?;
    let Some(bus) = needs.nats().await? else { return Ok(()) };

    let pool = postgres::connect(&settings.database()?, "alerting", "rows").await?;
    let owners = Owners::try_new(&config.conversation, &config.delivery, &auth.service_token)
        .context("alerting.conversation or alerting.delivery")?;

    let told_by = [
        ("conversation", config.conversation.as_str()),
        ("delivery", config.delivery.as_str()),
        ("scheduler", config.scheduler.as_str()),
    ];
    let tellers = Tellers::try_new(told_by, &auth.service_token).context("alerting.scheduler")?;

    let stop = lifecycle.stopping();
    lifecycle.spawn("advisories", {
        let follow = advisories::follow(bus, pool.clone(), owners.clone(), stop.clone());
        async move {
            follow.await;
            Ok(())
        }
    });
    lifecycle.spawn("sweep", {
        let sweep = sweep::sweep(pool.clone(), owners.clone(), stop);
        async move {
            sweep.await;
            Ok(())
        }
    });
    rpc::Server::new(config.grpc, &auth)
        .with_service(DeadLetterServiceServer::new(DeadLetters { pool: pool.clone(), owners }))
        .with_service(RetryPolicyServiceServer::new(RetryPolicies { pool: pool.clone() }))
        .with_service(TimelineServiceServer::new(Timelines {
            pool,
            tellers,
            clock: clock::SystemClock::shared(),
        }))
        .serve(lifecycle)
        .await?;
    started.open();
    Ok(())
}
