//! The parts of the service and how they are joined.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::serve::ListenerExt as _;
use bus::Bus;
use clock::SystemClock;
use contract::delivery::v1::channel_service_client::ChannelServiceClient;
use contract::ingest::v1::intake_service_server::IntakeServiceServer;
use contract::ingest::v1::quarantine_service_server::QuarantineServiceServer;
use contract::work::v1::job_service_server::JobServiceServer;
use contract::work::v1::trouble_service_server::TroubleServiceServer;
use runtime::{Jobs, Lifecycle, Needs, Readiness};
use settings::Settings;
use tokio::net::TcpListener;

use crate::accept::{Acceptor, Pools, Wakes};
use crate::channels::Channels;
use crate::config::Config;
use crate::grpc::{IntakeStatistics, Quarantine, Troubles};
use crate::http::{self, Door, Limits, router};
use crate::intake::{Intake, Parts, Shared};
use crate::repair::{self, Repair};
use crate::{housekeeping, metrics};

/// How long an append waits for a lock before its request is refused: below the time-outs of all providers.
const LOCK_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a call of a receiver may take.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a batch waits for a connection while the database is gone.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// Between attempts to reach the broker.
const BROKER_PAUSE: Duration = Duration::from_millis(500);

/// Where a started service listens.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    /// Webhooks.
    pub http: SocketAddr,
    /// gRPC.
    pub grpc: SocketAddr,
    /// Probes and metrics.
    pub admin: SocketAddr,
}

/// Starts everything; the tasks live on `lifecycle`.
pub async fn serve(settings: Settings, lifecycle: Lifecycle) -> anyhow::Result<()> {
    start(&settings, &lifecycle).await.map(drop)
}

/// The same, and says where it listens: with port 0 in the configuration nobody knows beforehand.
pub async fn start(settings: &Settings, lifecycle: &Lifecycle) -> anyhow::Result<Addresses> {
    let config: Config = settings.section("ingest")?;
    let (auth, database) = (settings.auth()?, settings.database()?);
    lexicon::ready().map_err(|error| anyhow::anyhow!("the word lists are broken: {error}"))?;
    metrics::describe();
    let readiness = Readiness::new();
    let started = readiness.latch("start");
    let admin = runtime::admin::serve(config.admin, readiness.clone(), lifecycle.clone()).await?;
    // Not NATS: what is accepted without it waits in the rows, so a broker that is away is no reason to send webhooks away.
    let needs = Needs { settings, service: "ingest", readiness: &readiness, lifecycle };
    needs.database().await?;

    let rows = postgres::connect(&database, "ingest", "rows").await?;
    let pools = Pools {
        inbox: pool("accept", 2).connect(&database).await?,
        delivery: pool("delivery", 4).connect(&database).await?,
    };

    let wakes = Wakes::default();
    lifecycle.spawn("broker", connect_broker(settings.nats()?, wakes.clone(), lifecycle.clone()));
    let channels = Channels::new(rows.clone());
    channels.refresh().await.context("reading the channels")?;
    let kept_fresh = channels.clone();
    let stopping = lifecycle.stopping();
    lifecycle.spawn("channels", kept_fresh.keep_fresh(stopping));
    let clock = SystemClock::shared();
    let jobs = Jobs::new("ingest", clock.clone());
    let tidy = housekeeping::run(
        jobs.clone(),
        rows.clone(),
        clock.clone(),
        config.quarantine_kept.duration(),
        lifecycle.stopping(),
    );
    lifecycle.spawn("housekeeping", tidy);

    let intake = Intake::new(Parts {
        channels,
        acceptor: Acceptor::start(pools, wakes.clone(), config.concurrent),
        rows,
        clock: clock.clone(),
        shared: Shared::new(&config),
        public_url: config.public_url.trim_end_matches('/').to_owned(),
    });
    let repair = Repair {
        intake: intake.clone(),
        delivery: ChannelServiceClient::new(
            rpc::connect(&config.delivery, &auth.service_token).context("ingest.delivery")?,
        ),
    };
    lifecycle.spawn(
        "traffic",
        repair::watch(intake.clone(), config.outage_after.duration(), lifecycle.stopping()),
    );
    lifecycle.spawn("repair", repair.clone().run(lifecycle.stopping()));
    if config.front_door {
        rpc::Web::new(config.http, &auth)
            .with_routes(http::metrics::router())
            .at_front(&http::metrics::PATHS)
            .serve_at_front(lifecycle)?;
    }
    let http = serve_webhooks(&config, intake.clone(), readiness, wakes, lifecycle).await?;
    let grpc = rpc::Server::new(config.grpc, &auth)
        .with_service(JobServiceServer::new(rpc::JobDoor(jobs)))
        .with_service(TroubleServiceServer::new(Troubles {
            intake: intake.clone(),
            clock,
            limits: config.limits(),
            seen: Arc::default(),
        }))
        .with_service(QuarantineServiceServer::new(Quarantine(intake.clone())))
        .with_service(IntakeServiceServer::new(IntakeStatistics { intake, repair }))
        .serve(lifecycle.clone())
        .await?;
    started.open();
    Ok(Addresses { http, grpc, admin })
}

/// A pool for calling a receiver's functions.
fn pool(purpose: &'static str, connections: u32) -> postgres::Pool {
    postgres::Pool::new("ingest", purpose)
        .lock_timeout(LOCK_TIMEOUT)
        .statement_timeout(STATEMENT_TIMEOUT)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .max_connections(connections)
}

/// Opens the port of the webhooks. At the end, requests under way are answered and their wake-ups sent.
async fn serve_webhooks(
    config: &Config,
    intake: Intake,
    readiness: Readiness,
    wakes: Wakes,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let limits = Limits {
        body: config.body_limit,
        read: config.read_timeout.duration(),
        accept: config.accept_timeout.duration(),
        retry_after: config.retry_after.duration(),
        concurrent: config.concurrent,
    };
    let addr = config.http;
    let listener = TcpListener::bind(addr)
        .await
        .with_context(|| format!("cannot open the webhook port {addr}; another process may have it"))?;
    let bound = listener.local_addr().context("cannot read the webhook port's address")?;
    // Answers are small and must not wait for company.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let (stopping, cut) = (lifecycle.stopping(), lifecycle.cut());
    let front = config.front_door.then(|| lifecycle.front());
    let router = router(Door::new(intake, limits, readiness), front);
    lifecycle.spawn("webhooks", async move {
        let serving = axum::serve(listener, router).with_graceful_shutdown(stopping.cancelled_owned());
        tokio::select! {
            done = serving => done.context("the webhook port failed")?,
            () = cut.cancelled() => {}
        }
        wakes.flush().await;
        Ok(())
    });
    Ok(bound)
}

/// Connects to the broker, however long that takes: accepting does not wait for it, and the sweeper makes up for wake-ups
/// that were not sent.
async fn connect_broker(nats: settings::Nats, wakes: Wakes, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let stopping = lifecycle.stopping();
    loop {
        match Bus::connect(&nats, "ingest").await {
            Ok(bus) => {
                wakes.connected(bus);
                return Ok(());
            }
            Err(error) => {
                tracing::warn!(error = %error, "no broker yet; messages are accepted and looked at a little later")
            }
        }
        if stopping.run_until_cancelled(tokio::time::sleep(BROKER_PAUSE)).await.is_none() {
            return Ok(());
        }
    }
}
