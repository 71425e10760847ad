//! Who queues messages and publishes no wake-up (`delivery.enqueue_v1(…, notify => true)`) has PostgreSQL tell.

use std::time::Duration;

use ids::ChannelId;
use sqlx::{PgPool, postgres::PgListener};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use super::dispatcher::Report;

/// The channel `delivery.enqueue_v1` notifies.
const QUEUED: &str = "delivery_enqueued";
/// Between attempts to listen again.
const AGAIN: Duration = Duration::from_millis(500);

/// Tells the loop of everything other programs queue, until `stop`. The connection is made again whenever it is lost; what
/// was missed meanwhile is looked for then.
pub(super) async fn listen(pool: PgPool, reports: UnboundedSender<Report>, stop: CancellationToken) {
    loop {
        let heard = stop.run_until_cancelled(hear(&pool, &reports)).await;
        match heard {
            None | Some(Ok(())) => return,
            Some(Err(error)) => {
                warn!(%error, "cannot hear what other programs queue; until then the look every second finds it");
            }
        }
        if stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await.is_none() {
            return;
        }
    }
}

/// Ends well when nobody wants to hear any more.
async fn hear(pool: &PgPool, reports: &UnboundedSender<Report>) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    // A lost connection must be noticed, not replaced in silence: something may have been missed.
    listener.eager_reconnect(false);
    listener.listen(QUEUED).await?;
    let tell = |channel| reports.send(Report::Enqueued { channel }).is_ok();
    if !tell(None) {
        return Ok(());
    }
    loop {
        let Some(notice) = listener.try_recv().await? else {
            return Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into());
        };
        // One word names the channel; without one it may be any.
        let channel = notice.payload().parse::<Uuid>().ok().map(ChannelId::from_uuid);
        if !tell(channel) {
            return Ok(());
        }
    }
}
