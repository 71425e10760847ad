//! The parts of the service and how they are joined.

use std::sync::Arc;

use anyhow::Context;
use clock::SystemClock;
use contract::scheduler::v1::booking_service_server::BookingServiceServer;
use contract::scheduler::v1::calendar_service_server::CalendarServiceServer;
use contract::scheduler::v1::reminder_service_server::ReminderServiceServer;
use contract::work::v1::job_service_server::JobServiceServer;
use contract::work::v1::timeline_service_server::TimelineServiceServer;
use contract::work::v1::trouble_service_server::TroubleServiceServer;
use jiff::SignedDuration;
use runtime::{Jobs, Lifecycle, Needs, Readiness};
use settings::Settings;

use crate::config::Config;
use crate::domain::slot_handle::Signer;
use crate::domain::wording::Templates;
use crate::grpc::{Bookings, Calendars, Reminders, Timelines, Troubles};
use crate::reminders::{Worker, WorkerConfig};
use crate::{bootstrap, housekeeping, http, metrics};

/// Starts everything; the tasks live on `lifecycle`.
pub async fn serve(settings: Settings, lifecycle: Lifecycle) -> anyhow::Result<()> {
    let config: Config = settings.section("scheduler")?;
    let auth = settings.auth()?;
    let database = settings.database()?;
    let signer = Signer::try_new(&config.slot_signing_key).context("scheduler.slot_signing_key")?;
    let offer_lasts =
        SignedDuration::try_from(config.offer_lasts.duration()).context("scheduler.offer_lasts")?;
    let templates = Arc::new(Templates::try_new()?);
    let clock = SystemClock::shared();
    metrics::describe();
    let readiness = Readiness::new();
    let started = readiness.latch("start");
    runtime::admin::serve(config.admin, readiness.clone(), lifecycle.clone()).await?;
    let needs =
        Needs { settings: &settings, service: "scheduler", readiness: &readiness, lifecycle: &lifecycle };
    needs.database().await?;
    let Some(bus) = needs.nats().await? else { return Ok(()) };

    let pool = postgres::connect(&database, "scheduler", "calls").await?;
    bootstrap::apply(&settings, &pool).await?;
    let worker = Worker {
        pool: Worker::connect(&database).await?,
        bus,
        templates: templates.clone(),
        config: WorkerConfig { tick: config.reminder_tick.duration(), batch: config.reminder_batch.max(1) },
    };
    lifecycle.spawn("reminders", worker.run(lifecycle.stopping()));
    let jobs = Jobs::new("scheduler", clock.clone());
    housekeeping::spawn(&jobs, &pool, &lifecycle);

    let calendars = Calendars { pool: pool.clone(), clock: clock.clone(), signer, offer_lasts };
    let bookings = Bookings { pool: pool.clone(), clock: clock.clone(), templates: templates.clone() };
    let timelines = Timelines { pool: pool.clone() };
    let troubles = Troubles { pool: pool.clone() };
    let reminders = Reminders { pool, clock, templates };
    rpc::Web::new(config.http, &auth)
        .with_routes(http::router(bookings.clone()))
        .at_front(&http::PATHS)
        .serve(lifecycle.clone())
        .await?;
    rpc::Server::new(config.grpc, &auth)
        .with_service(CalendarServiceServer::new(calendars))
        .with_service(BookingServiceServer::new(bookings))
        .with_service(ReminderServiceServer::new(reminders))
        .with_service(TimelineServiceServer::new(timelines))
        .with_service(JobServiceServer::new(rpc::JobDoor(jobs)))
        .with_service(TroubleServiceServer::new(troubles))
        .serve(lifecycle)
        .await?;
    started.open();
    Ok(())
}
