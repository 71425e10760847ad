//! The public HTTP of this service: files, for whoever holds a signed link.

mod media;

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use clock::SharedClock;
use runtime::Lifecycle;
use sqlx::PgPool;
use tokio::net::TcpListener;

use crate::media::link::Links;
use crate::media::objects::Objects;

/// What the routes share.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Rows.
    pub pool: PgPool,
    /// Where the bytes are.
    pub objects: Objects,
    /// Checks links; `None`: there are none.
    pub links: Option<Links>,
    /// The time links end by.
    pub clock: SharedClock,
}

/// All routes.
pub fn router(shown: Shown) -> Router {
    Router::new().route("/media/{item}", get(media::show)).with_state(shown)
}

/// Opens the port and serves until the process stops.
pub async fn serve(addr: SocketAddr, shown: Shown, lifecycle: &Lifecycle) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(addr).await.with_context(|| {
        format!("cannot open the HTTP port {addr} (conversation.http); another process may have it")
    })?;
    let bound = listener.local_addr().context("cannot read the HTTP port's address")?;
    let (stopping, cut) = (lifecycle.stopping(), lifecycle.cut());
    lifecycle.spawn("http", async move {
        let serving = axum::serve(listener, router(shown)).with_graceful_shutdown(stopping.cancelled_owned());
        tokio::select! {
            done = serving => done.context("the HTTP port failed"),
            () = cut.cancelled() => Ok(()),
        }
    });
    Ok(bound)
}
