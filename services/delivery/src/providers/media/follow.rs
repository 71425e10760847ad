//! From an address to the file, over the redirects of its provider.

use reqwest::header::LOCATION;
use reqwest::{RequestBuilder, Response, Url};
use tokio::time::{Instant, timeout_at};

use super::hosts::Hosts;
use super::reach::{Reach, is_private};
use super::{MediaTrouble, refused};

/// Providers send on once.
const REDIRECTS: usize = 3;

/// Whose file it is and who may see the key.
pub struct Road<'a> {
    /// The account's own server.
    pub base: &'a Url,
    /// Domains that are shown the key, with everything below them.
    pub keyed: &'a [&'a str],
    /// Domains that hand files out without it.
    pub open: &'a [&'a str],
}

/// Asks for the file, at the address and wherever that sends on. `authorise` adds the key.
pub async fn follow(
    reach: &Reach,
    road: &Road<'_>,
    address: Url,
    authorise: impl Fn(RequestBuilder) -> RequestBuilder,
    deadline: Instant,
) -> Result<Response, MediaTrouble> {
    let private = is_private(road.base).await;
    let hosts = Hosts { base: road.base, private, keyed: road.keyed, open: road.open };
    let mut url = address;
    for _ in 0..=REDIRECTS {
        hosts.permit(&url)?;
        let request = reach.client(private).get(url.clone());
        let request = if hosts.is_shown_the_key(&url) { authorise(request) } else { request };
        let response = send(request, deadline).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if !status.is_redirection() {
            return Err(refused(status.as_u16()));
        }
        let next = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        url = next
            .and_then(|next| url.join(next).ok())
            .ok_or_else(|| MediaTrouble::Failed("it sends on to nowhere".to_owned()))?;
    }
    Err(MediaTrouble::Failed("it sends on too often".to_owned()))
}

/// One request. What went wrong is told without the address, which may hold a signature.
pub async fn send(request: RequestBuilder, deadline: Instant) -> Result<Response, MediaTrouble> {
    match timeout_at(deadline, request.send()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => {
            let mut cause: &dyn std::error::Error = &error;
            while let Some(source) = cause.source() {
                cause = source;
            }
            let words =
                if error.is_builder() { "no request can be made".to_owned() } else { cause.to_string() };
            Err(MediaTrouble::Failed(words.chars().take(120).collect()))
        }
        Err(_) => Err(MediaTrouble::Failed("no answer in time".to_owned())),
    }
}
