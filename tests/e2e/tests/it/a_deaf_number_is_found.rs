//! Connected, and nothing moves: what is silent is told from what is deaf, and what was missed meanwhile is fetched.

use std::time::Duration;

use contract::delivery::v1::{Deafness, ListChannelsRequest, channel_service_client::ChannelServiceClient};
use e2e::{Servers, Stack};
use simulators::faults::Trigger;
use simulators::whatsapp::{FaultKind, PhoneMessage};
use sqlx::PgPool;
use testkit::Database;

const SOON: Duration = Duration::from_secs(30);
const PHONE: &str = "447700973000";

/// A desk at which somebody writes in eight five minutes of every hour, by day and by night, for five weeks.
const BUSY: &str = "insert into ingest.traffic_hour (channel_id, hour, slots)
    select c.id, h, 255 from ingest.channel c,
           generate_series(date_trunc('hour', now()) - interval '34 days', now() - interval '3 hours', interval '1 hour') h
    on conflict do nothing";
/// Three hours pass in which nothing comes: longer than fits.
const HOURS_PASS: &str = "update ingest.traffic set last_event_at = now() - interval '3 hours',
        last_inbound_at = now() - interval '3 hours', last_receipt_at = now() - interval '3 hours'
    where last_event_at > now() - interval '2 hours' and not exists (select from delivery.hearing where deaf is not null)";
/// Looks now instead of within a minute, but not where somebody is looking (10 minutes).
const LOOK: &str =
    "update delivery.hearing set due_at = now() where due_at between now() and now() + interval '2 minutes'";
/// The same, for a doubt that is to be cleared up in a minute.
const LOOK_AGAIN: &str =
    "update delivery.hearing set due_at = now(), asked_at = asked_at - interval '2 minutes'
    where due_at between now() and now() + interval '2 minutes' and doubt is not null";

struct Desk {
    stack: Stack,
    rows: PgPool,
    channels: ChannelServiceClient<rpc::Client>,
}

impl Desk {
    async fn open() -> anyhow::Result<Self> {
        let postgres = Servers::Shared(Database::fresh(&[]).await?);
        let stack = Stack::with(postgres, &[("DELIVERY__CANARY_WAIT", "1s")]).await?;
        stack.customer(PHONE, "hi")?;
        stack.hears(PHONE, 1, SOON).await?;
        stack.is_done(SOON).await?;
        let known = "select count(*) from ingest.traffic where last_inbound_at is not null and last_receipt_at is not null";
        stack.counts(1, "its traffic is written down", known, SOON).await?;
        let busy = "select count(*) from ingest.traffic_hour where bit_count(slots::bit(12)) between 1 and 2";
        stack.counts(1, "and the five minutes in which somebody wrote", busy, SOON).await?;
        let rows = stack.rows().await?;
        sqlx::query(BUSY).execute(&rows).await?;
        let channels = ChannelServiceClient::new(stack.grpc("delivery", "viewer")?);
        Ok(Self { stack, rows, channels })
    }

    async fn deaf(&self) -> anyhow::Result<Option<Deafness>> {
        let listed = self.channels.clone().list_channels(ListChannelsRequest::default()).await?.into_inner();
        Ok(listed.channels.into_iter().find_map(|channel| channel.deaf))
    }

    async fn until_deaf(&self, more: &[&'static str]) -> anyhow::Result<Deafness> {
        let found = async || {
            for what in more.iter().chain(&[HOURS_PASS, LOOK]) {
                sqlx::query(*what).execute(&self.rows).await.ok()?;
            }
            self.deaf().await.ok()?
        };
        testkit::eventually(SOON, "the channel to be deaf", found)
            .await
            .map_err(|error| error.context(self.stack.program.log_tail()))
    }

    async fn until_it_hears(&self) -> anyhow::Result<()> {
        let hears = async || {
            sqlx::query(LOOK).execute(&self.rows).await.ok()?;
            self.deaf().await.ok()?.is_none().then_some(())
        };
        testkit::eventually(SOON, "the channel to hear again", hears)
            .await
            .map_err(|error| error.context(self.stack.program.log_tail()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_is_asked_about_and_only_a_canary_that_is_lost_makes_it_deaf() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    // Nobody writes, and that is all.
    for what in [HOURS_PASS, LOOK] {
        sqlx::query(what).execute(&desk.rows).await?;
    }
    let proven = "select count(*) from delivery.hearing where proven_at is not null and deaf is null and doubt is null";
    desk.stack.counts(1, "a canary came back", proven, SOON).await?;
    let looked =
        "select count(*) from ingest.repair where cause = 'silence' and state = 'done' and missed = 0";
    desk.stack.counts(1, "the silent time was looked through", looked, SOON).await?;
    let canaries = "select count(*) from delivery.canary";
    desk.stack.counts(1, "one message went round", canaries, SOON).await?;
    sqlx::query(LOOK).execute(&desk.rows).await?;
    let rested = "select count(*) from delivery.hearing where due_at > now() + interval '50 seconds'";
    desk.stack.counts(1, "it was looked at again", rested, SOON).await?;
    desk.stack.counts(1, "and not asked again", canaries, SOON).await?;

    // Now nothing comes any more, not even a canary.
    desk.stack.whatsapp.fault(FaultKind::WebhooksLost {}, Trigger::ALWAYS);
    sqlx::query(
        "update delivery.hearing set asked_at = null, proven_at = null, judged_at = null, fits_until = null",
    )
    .execute(&desk.rows)
    .await?;
    let deaf = desk.until_deaf(&[LOOK_AGAIN]).await?;
    assert_eq!((deaf.because.as_str(), deaf.link.as_str()), ("silence", "way_back"));
    assert!(deaf.explanation.contains("nothing came back"), "{deaf:?}");
    desk.stack.counts(3, "it took two", canaries, SOON).await?;

    // It ends with whatever comes.
    desk.stack.whatsapp.forgive_all();
    desk.stack.customer("447700973001", "hello?")?;
    desk.until_it_hears().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_list_has_proves_it_and_goes_to_a_person() -> anyhow::Result<()> {
    let desk = Desk::open().await?;
    let heard = desk.stack.sent_to(PHONE).len();
    desk.stack.whatsapp.fault(FaultKind::WebhooksLost {}, Trigger::ALWAYS);
    // Written while nothing came through; then the desk spoke.
    let ten_minutes_ago = desk.stack.now().await? - 600;
    let lost = PhoneMessage { at_s: Some(ten_minutes_ago), ..PhoneMessage::text("is anybody there?") };
    desk.stack.whatsapp.customer_writes(PHONE, lost)?;
    let deaf = desk.until_deaf(&[]).await?;
    assert_eq!((deaf.because.as_str(), deaf.link.as_str()), ("missed", "way_back"), "{deaf:?}");
    let silent = "select count(*) from ingest.traffic where last_inbound_at < now() - interval '2 hours'";
    desk.stack.counts(1, "what was fetched is no sign that anything comes", silent, SOON).await?;
    let theirs = "select count(*) from conversation.conversation where owned_by = 'waiting_human'";
    desk.stack.counts(1, "a person gets what was found late", theirs, SOON).await?;
    desk.stack.is_done(SOON).await?;
    let answers = desk.stack.sent_to(PHONE).split_off(heard);
    assert!(answers.len() <= 1, "at most that a person will answer: {answers:?}");

    desk.stack.whatsapp.forgive_all();
    desk.stack.customer("447700973002", "hello?")?;
    desk.until_it_hears().await
}
