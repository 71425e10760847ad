//! The client all providers share.

use std::time::Duration;

use reqwest::Url;

/// How long a connection may take to be made, encryption included.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an unused connection is kept. Shorter than the 5 s after which a Node server closes its own: a request
/// written into a connection that is just being closed ends as an unknown outcome.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// A client with its connection pool; make one per process.
///
/// Nothing ambient gets in: no proxy from the environment, no redirect followed (it could repeat a message or send
/// it elsewhere), no time limit of its own beside connecting, since every call brings its deadline.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    builder().build()
}

/// The settings of [`client`], for a client of another kind.
pub(super) fn builder() -> reqwest::ClientBuilder {
    // An error says that one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .tcp_nodelay(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("frontdesk/", env!("CARGO_PKG_VERSION")))
}

/// A server's address as a setting gives it: http or https, without a query. `None`: it is none.
pub(super) fn base(address: &str) -> Option<Url> {
    let url: Url = address.trim().parse().ok()?;
    let fits = matches!(url.scheme(), "http" | "https") && url.query().is_none() && !url.cannot_be_a_base();
    fits.then_some(url)
}

/// The address of something below a [`base`]; each segment is quoted.
pub(super) fn below<'a>(base: &Url, segments: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // Only an address that cannot be a base has no segments, and `base` lets none in.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}
