//! The parts of the service and how they are joined.

use anyhow::Context;
use contract::alerting::v1::{
    dead_letter_service_server::DeadLetterServiceServer, incident_service_server::IncidentServiceServer,
    retry_policy_service_server::RetryPolicyServiceServer, timeline_service_server::TimelineServiceServer,
};
use contract::work::v1::job_service_server::JobServiceServer;
use ids::InstanceId;
use runtime::{Jobs, Lifecycle, Needs, Readiness};
use settings::Settings;
use sqlx::PgPool;

use crate::{
    clients::Watched,
    config::Config,
    domain::incident::Rules,
    forget,
    grpc::{DeadLetters, Incidents, RetryPolicies, Timelines},
    intake::{advisories, sweep},
    metrics,
    notify::{self, Heartbeat, Poster, Targets},
    owners::Owners,
    tellers::Tellers,
    watch::{Watcher, watcher::Options},
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

    let incidents = watch(&config, &pool, &auth, &lifecycle)?;
    let jobs = Jobs::new("alerting", clock::SystemClock::shared());
    lifecycle.spawn(
        "forget",
        forget::run(
            jobs.clone(),
            pool.clone(),
            clock::SystemClock::shared(),
            config.incidents_kept.into(),
            lifecycle.stopping(),
        ),
    );
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
        .with_service(IncidentServiceServer::new(incidents))
        .with_service(JobServiceServer::new(rpc::JobDoor(jobs)))
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

/// Starts the watch for incidents, and those who tell of them.
fn watch(
    config: &Config,
    pool: &PgPool,
    auth: &settings::Auth,
    lifecycle: &Lifecycle,
) -> anyhow::Result<Incidents> {
    let addresses = [
        ("ingest", config.ingest.clone()),
        ("conversation", config.conversation.clone()),
        ("delivery", config.delivery.clone()),
        ("scheduler", config.scheduler.clone()),
    ];
    let watched = Watched::try_new(addresses, &auth.service_token).context("alerting.ingest")?;
    let client = notify::client().context("a client for receivers of alerts")?;
    let clock = clock::SystemClock::shared();
    let options = Options {
        every: config.look_every.into(),
        rules: Rules {
            recover_after: config.recover_after.into(),
            reopen_within: config.reopen_within.into(),
            remind_every: config.remind_every.into(),
        },
        silent_after: config.silent_after.into(),
        dead_letters: config.dead_letters.into(),
    };
    let targets = Targets {
        slack_url: config.slack_webhook_url.clone(),
        webhook_url: config.webhook_url.clone(),
        webhook_secret: config.webhook_secret.clone(),
    };
    let watcher = Watcher {
        pool: pool.clone(),
        watched,
        me: InstanceId::generate(),
        clock: clock.clone(),
        options,
        receivers: targets.configured().iter().map(|target| target.name().to_owned()).collect(),
        heartbeat: Heartbeat::new(client.clone(), &config.heartbeat_url, config.heartbeat_every.into()),
    };
    let poster =
        Poster { pool: pool.clone(), client, targets, clock, group_every: config.group_every.into() };
    let has_heartbeat = watcher.heartbeat.is_set();
    lifecycle.spawn("watch", watcher.run(lifecycle.stopping()));
    lifecycle.spawn("posts", poster.clone().run(lifecycle.stopping()));
    Ok(Incidents { pool: pool.clone(), poster, options, has_heartbeat })
}
