//! The parts of the service and how they are joined.

use std::sync::Arc;

use anyhow::Context;
use bus::Bus;
use clock::Clock;
use contract::{
    delivery::v1::{
        campaign_service_server::CampaignServiceServer, channel_service_server::ChannelServiceServer,
        connection_service_server::ConnectionServiceServer, media_service_server::MediaServiceServer,
        message_service_server::MessageServiceServer, queue_service_server::QueueServiceServer,
        send_service_server::SendServiceServer, template_service_server::TemplateServiceServer,
    },
    work::v1::{
        dead_item_service_server::DeadItemServiceServer, job_service_server::JobServiceServer,
        timeline_service_server::TimelineServiceServer, trouble_service_server::TroubleServiceServer,
    },
};
use runtime::{Jobs, Lifecycle, Needs, Readiness};
use settings::Settings;
use tokio_util::sync::CancellationToken;
use work::Heart;

use crate::{
    campaigns::{self, Campaigns},
    config::Config,
    dispatch::{Dispatcher, Options, Parts},
    escalation::Escalation,
    gauges,
    grpc::{Channels, Connections, DeadItems, Media, Messages, Queues, Templates, Timelines, Troubles},
    hearing::{Listener, Rules},
    http::{self as http_api, Doors},
    metrics,
    providers::{Providers, http, media::Reach},
    prune::{self, Kept},
    send::Sender,
    setup::Desk,
    silence, tidy,
};

/// Heartbeats have a connection of their own: a busy pool must not cost the lease.
const HEARTBEAT_CONNECTIONS: u32 = 1;

/// The streams are this service's and conversation's engine; whoever migrates first makes them.
pub async fn prepare(settings: Settings) -> anyhow::Result<()> {
    let bus = Bus::connect_patiently(&settings.nats()?, "migrate", |_| {}).await?;
    bus.migrate_streams().await.context("streams")
}

/// Starts everything; the tasks live on `lifecycle`.
pub async fn serve(settings: Settings, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let config: Config = settings.section("delivery")?;
    let escalation: Escalation = settings.section("escalation")?;
    let (database, auth) = (settings.database()?, settings.auth()?);
    metrics::describe();
    let readiness = Readiness::new();
    let started = readiness.latch("start");
    runtime::admin::serve(config.admin, readiness.clone(), lifecycle.clone()).await?;
    let needs =
        Needs { settings: &settings, service: "delivery", readiness: &readiness, lifecycle: &lifecycle };
    needs.database().await?;
    let Some(bus) = needs.nats().await? else { return Ok(()) };

    let pool = postgres::connect(&database, "delivery", "rows").await?;
    bus.restore_streams().await?;
    let beats = postgres::Pool::new("delivery", "heartbeat")
        .max_connections(HEARTBEAT_CONNECTIONS)
        .connect(&database)
        .await?;
    let notices = postgres::Pool::new("delivery", "listen").max_connections(1).connect(&database).await?;
    let heart = Heart::join(pool.clone(), beats, "delivery").await?;
    let me = heart.me();

    // The heart beats until the very end: what is under way is settled under a live lease.
    let ended = CancellationToken::new();
    let (lease, beat) = work::beat(heart.clone(), ended.clone());
    lifecycle.spawn("heartbeat", async move {
        beat.await;
        Ok(())
    });
    let provider = Arc::new(Providers::new(http::client()?));
    let public_url: Arc<str> = config.public_url.as_str().into();
    let desk = Desk {
        pool: pool.clone(),
        providers: provider.clone(),
        public_url: public_url.clone(),
        call_timeout: config.call_timeout.into(),
    };
    let templates =
        Templates { pool: pool.clone(), provider: provider.clone(), public_url: public_url.clone() };
    let asked = provider.clone();
    tracing::info!("OutboxProcessor: sending has started");
    lifecycle.spawn("dispatcher", {
        let options = Options {
            sending: config.send_enabled,
            calls: config.calls,
            calls_per_channel: config.calls_per_channel,
            call_timeout: config.call_timeout.into(),
            listed_by: config.listed_by.into(),
            evidence_for: config.evidence_for.into(),
            send_jitter: config.send_jitter.into(),
            look_every: config.look_every.into(),
            templates_every: config.templates_every.into(),
        };
        let parts =
            Parts { heart, lease, pool: pool.clone(), bus: bus.clone(), provider, notices, public_url };
        let run = Dispatcher::run(parts, options, clock::SystemClock.now(), lifecycle.stopping());
        async move {
            run.await;
            ended.cancel();
            Ok(())
        }
    });
    lifecycle.spawn("gauges", {
        let publish = gauges::publish(pool.clone(), lifecycle.stopping());
        async move {
            publish.await;
            Ok(())
        }
    });
    let media =
        Media::new(pool.clone(), Reach::try_new()?, config.media_largest, config.media_timeout.duration());
    let jobs = Jobs::new("delivery", clock::SystemClock::shared());
    let silence =
        silence::run(jobs.clone(), pool.clone(), config.receipt_deadline.into(), lifecycle.stopping());
    lifecycle.spawn("silence", silence);
    let listener = Listener {
        pool: pool.clone(),
        desk: desk.clone(),
        clock: clock::SystemClock::shared(),
        rules: Rules {
            sending: config.send_enabled,
            canary_every: config.canary_every.into(),
            canaries_per_day: config.canaries_per_day,
            canary_patience: config.canary_wait.into(),
            receipt_deadline: config.receipt_deadline.into(),
        },
    };
    lifecycle.spawn("hearing", listener.run(lifecycle.stopping()));
    anyhow::ensure!(
        config.messages_kept.duration() >= prune::LEAST,
        "delivery.messages_kept is below 35 days; a repeated request must find its message for 30"
    );
    let kept = Kept { messages: config.messages_kept.into(), events: config.events_kept.into() };
    lifecycle.spawn("tidy", tidy::run(jobs.clone(), pool.clone(), kept, lifecycle.stopping()));
    lifecycle.spawn("campaigns", campaigns::feed::run(pool.clone(), lifecycle.stopping()));
    let sender = Sender { pool: pool.clone(), sending: config.send_enabled };
    let queues = Queues { pool: pool.clone(), bus: bus.clone(), clock: clock::SystemClock::shared(), me };
    rpc::Web::new(config.http, &auth)
        .with_routes(http_api::router(Doors {
            sender: sender.clone(),
            messages: Messages { pool: pool.clone() },
        }))
        .with_routes(http_api::queue::router(queues.clone()))
        .at_front(&http_api::PATHS)
        .serve(lifecycle.clone())
        .await?;
    rpc::Server::new(config.grpc, &auth)
        .with_service(MediaServiceServer::new(media))
        .with_service(MessageServiceServer::new(Messages { pool: pool.clone() }))
        .with_service(CampaignServiceServer::new(Campaigns { pool: pool.clone(), sender: sender.clone() }))
        .with_service(SendServiceServer::new(sender))
        .with_service(ChannelServiceServer::new(Channels {
            pool: pool.clone(),
            bus: bus.clone(),
            providers: asked,
            patience: config.call_timeout.into(),
        }))
        .with_service(TemplateServiceServer::new(templates))
        .with_service(ConnectionServiceServer::new(Connections { desk, sending: config.send_enabled }))
        .with_service(QueueServiceServer::new(queues))
        .with_service(TimelineServiceServer::new(Timelines {
            pool: pool.clone(),
            clock: clock::SystemClock::shared(),
        }))
        .with_service(JobServiceServer::new(rpc::JobDoor(jobs)))
        .with_service(TroubleServiceServer::new(Troubles {
            pool: pool.clone(),
            clock: clock::SystemClock::shared(),
            limits: escalation.into(),
            receipt_deadline: config.receipt_deadline.into(),
        }))
        .with_service(DeadItemServiceServer::new(DeadItems {
            pool,
            bus,
            clock: clock::SystemClock::shared(),
            sending: config.send_enabled,
        }))
        .serve(lifecycle)
        .await?;
    started.open();
    Ok(())
}
