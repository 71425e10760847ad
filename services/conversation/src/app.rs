//! The parts of the service and how they are joined.

use std::sync::Arc;

use anyhow::Context;
use bus::{Bus, ConsumerSpec, Wake, streams};
use clock::SystemClock;
use contract::{
    conversation::v1::{
        channel_service_server::ChannelServiceServer, contact_service_server::ContactServiceServer,
        conversation_service_server::ConversationServiceServer,
    },
    work::v1::{
        dead_item_service_server::DeadItemServiceServer, job_service_server::JobServiceServer,
        timeline_service_server::TimelineServiceServer, trouble_service_server::TroubleServiceServer,
    },
};
use runtime::{Jobs, Lifecycle, Needs, Readiness};
use settings::Settings;
use sqlx::PgPool;
use tokio::sync::{RwLock, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use work::Heart;

use crate::{
    bootstrap,
    brain::Brain,
    channels::Desk,
    config::Config,
    grpc::{Channels, Contacts, Conversations, DeadItems, Timelines, Troubles},
    http, links,
    media::Media,
    metrics,
    profiles::Profiles,
    prune_seen, turn,
    worker::{self, Commits, Debounce, Hearing, Running, Worker},
};

/// The turn's three tries plus slack: bursts are put off by NAK, and the row decides anyway.
const MAX_DELIVER: i64 = 20;
const MAX_ACK_PENDING: i64 = 20_000;
const PULLED: usize = 256;
/// Heartbeats have a connection of their own: a busy pool must not cost the lease.
const HEARTBEAT_CONNECTIONS: u32 = 1;

/// The streams are this service's and delivery's engine; whoever migrates first makes them.
pub async fn prepare(settings: Settings) -> anyhow::Result<()> {
    let bus = Bus::connect_patiently(&settings.nats()?, "migrate", |_| {}).await?;
    bus.migrate_streams().await.context("streams")
}

/// Starts everything; the tasks live on `lifecycle`.
pub async fn serve(settings: Settings, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let config: Config = settings.section("conversation")?;
    let (database, auth) = (settings.database()?, settings.auth()?);
    lexicon::ready().map_err(|error| anyhow::anyhow!("the word lists are broken: {error}"))?;
    metrics::describe();
    turn::describe_metrics();
    let readiness = Readiness::new();
    let started = readiness.latch("start");
    runtime::admin::serve(config.admin, readiness.clone(), lifecycle.clone()).await?;
    let needs =
        Needs { settings: &settings, service: "conversation", readiness: &readiness, lifecycle: &lifecycle };
    needs.database().await?;
    let Some(bus) = needs.nats().await? else { return Ok(()) };

    let pool = postgres::connect(&database, "conversation", "rows").await?;
    bus.restore_streams().await?;
    bootstrap::apply(&settings, &pool).await?;
    let beats = postgres::Pool::new("conversation", "heartbeat")
        .max_connections(HEARTBEAT_CONNECTIONS)
        .connect(&database)
        .await?;
    let heart = Heart::join(pool.clone(), beats, "conversation").await?;
    let brain = Brain::try_new(&config, &auth.service_token, pool.clone())?;
    let kept = config.seen_kept.duration();
    anyhow::ensure!(
        kept >= prune_seen::LEAST,
        "conversation.seen_kept is below 8 days; providers repeat for a week"
    );
    let jobs = Jobs::new("conversation", SystemClock::shared());
    lifecycle.spawn("prune_seen", prune_seen::run(jobs.clone(), pool.clone(), kept, lifecycle.stopping()));
    lifecycle.spawn("links", links::run(pool.clone(), bus.clone(), lifecycle.stopping()));
    let desk = Desk::new(pool.clone(), &config.public_url, &config.secrets_folder)?;
    let media = Media::try_new(&settings, &config.delivery, &auth.service_token)?;
    let hearing = media.start(&pool, &bus, &lifecycle);
    start_worker(&config, &lifecycle, heart, pool.clone(), bus.clone(), brain, hearing);
    let shown = http::Shown {
        pool: pool.clone(),
        objects: media.objects(),
        links: media.links(),
        clock: SystemClock::shared(),
    };
    http::serve(config.http, shown, &lifecycle).await?;

    let conversations =
        Conversations { pool: pool.clone(), links: media.links(), clock: SystemClock::shared() };
    rpc::Server::new(config.grpc, &auth)
        .with_service(ConversationServiceServer::new(conversations))
        .with_service(ChannelServiceServer::new(Channels { desk }))
        .with_service(ContactServiceServer::new(Contacts { pool: pool.clone(), bus: bus.clone() }))
        .with_service(TimelineServiceServer::new(Timelines {
            pool: pool.clone(),
            clock: SystemClock::shared(),
            quiet_cap: config.quiet_cap.into(),
        }))
        .with_service(JobServiceServer::new(rpc::JobDoor(jobs)))
        .with_service(TroubleServiceServer::new(Troubles { pool: pool.clone(), limits: config.limits() }))
        .with_service(DeadItemServiceServer::new(DeadItems {
            pool,
            bus,
            clock: SystemClock::shared(),
            stale_after: config.stale_after.into(),
        }))
        .serve(lifecycle)
        .await?;
    started.open();
    Ok(())
}

/// The consumer, the gatherer and the three loops of ordered work.
fn start_worker(
    config: &Config,
    lifecycle: &Lifecycle,
    heart: Heart,
    pool: PgPool,
    bus: Bus,
    brain: Brain,
    hearing: Option<Hearing>,
) {
    let stop = lifecycle.stopping();
    // The heart beats until the runs have ended: they commit under a live lease.
    let ended = CancellationToken::new();
    let (lease, beat) = work::beat(heart.clone(), ended.clone());
    lifecycle.spawn("heartbeat", async move {
        beat.await;
        Ok(())
    });

    let worker = Arc::new(Worker {
        commits: Commits::start(pool.clone(), heart.me(), lease.clone()),
        heart: heart.clone(),
        lease,
        pool,
        bus: bus.clone(),
        profiles: Profiles::new(config.model()),
        brain,
        hearing,
        debounce: Debounce { quiet: config.quiet.into(), cap: config.quiet_cap.into() },
        running: Running::default(),
        permits: Arc::new(Semaphore::new(config.concurrent)),
        company: Arc::new(RwLock::new(())),
    });
    let (into, wakes) = mpsc::channel(PULLED);
    let spec = ConsumerSpec {
        stream: streams::FD_IN,
        durable: "conversation".into(),
        filter: "fd.in.v1.>".into(),
        max_deliver: MAX_DELIVER,
        max_ack_pending: MAX_ACK_PENDING,
        batch: PULLED,
        from_new: false,
    };
    lifecycle.spawn("consumer", {
        let consume = bus::consume(bus.clone(), spec, into.clone(), stop.clone());
        async move {
            consume.await;
            Ok(())
        }
    });
    lifecycle.spawn("sweeper", {
        let sweep = work::sweep(heart.clone(), stop.clone(), move |keys| {
            let (bus, into) = (bus.clone(), into.clone());
            async move {
                for (key, tenant) in keys {
                    let subject = streams::inbound_subject(tenant);
                    // Of a wake-up that went nowhere the next one may go the same way: to the open pull of a process that
                    // stands still, or to a broker that is away. So this process looks too, as far as it has room.
                    drop(into.try_send(Wake::local(&bus, subject.clone(), key)));
                    bus.wake(subject, key).await;
                }
            }
        });
        async move {
            sweep.await;
            Ok(())
        }
    });
    lifecycle.spawn("reconcile", {
        let running = worker.running.clone();
        let reconcile = work::reconcile(heart.clone(), stop.clone(), move || running.keys());
        async move {
            reconcile.await;
            Ok(())
        }
    });
    lifecycle.spawn("turns", {
        let (concurrent, permits) = (config.concurrent, worker.permits.clone());
        let cut = lifecycle.cut();
        async move {
            worker::gather(worker, wakes, stop).await;
            // Runs under way finish; what is left at the cut goes back with its starts restored.
            let all = u32::try_from(concurrent).unwrap_or(u32::MAX);
            tokio::select! {
                _ = permits.acquire_many(all) => {}
                () = cut.cancelled() => {}
            }
            let left = heart.owned().await.unwrap_or_default();
            if !left.is_empty() {
                heart.hand_back(&left).await.context("handing conversations back")?;
            }
            ended.cancel();
            Ok(())
        }
    });
}
