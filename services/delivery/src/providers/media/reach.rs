//! Connections for files: into the internet only, or into the network in which the channel's provider is.

use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url};

use super::hosts::{host_ip, is_public};
use crate::providers::http;

/// The clients for files. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reach {
    internet: Client,
    anywhere: Client,
}

impl Reach {
    /// Makes the clients.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn try_new() -> Result<Self, reqwest::Error> {
        Ok(Self {
            internet: http::builder().dns_resolver(InternetOnly).build()?,
            anywhere: http::builder().build()?,
        })
    }

    /// The client for an account's server that is private itself, or for one that is not.
    pub(in crate::providers) fn client(&self, private: bool) -> &Client {
        if private { &self.anywhere } else { &self.internet }
    }
}

/// Whether a server is in a private network. A name that cannot be found is none.
pub(in crate::providers) async fn is_private(base: &Url) -> bool {
    if let Some(ip) = host_ip(base) {
        return !is_public(ip);
    }
    let Some(host) = base.host_str() else { return false };
    let port = base.port_or_known_default().unwrap_or(443);
    match tokio::net::lookup_host((host, port)).await {
        Ok(mut found) => found.any(|address| !is_public(address.ip())),
        Err(_) => false,
    }
}

/// Finds the addresses of a name and refuses the name when any of them is private. What it found is what is connected to, so
/// a name cannot show one address to the check and another to the connection.
#[derive(Clone, Copy, Debug)]
struct InternetOnly;

impl Resolve for InternetOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| !is_public(address.ip())) {
                return Err("the name leads into a private network".into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to() {
        let reach = Reach::try_new().unwrap();
        let error = reach.client(false).get("http://localhost:1/").send().await.unwrap_err();
        let mut cause: &dyn std::error::Error = &error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        assert_eq!(cause.to_string(), "the name leads into a private network");
    }

    #[tokio::test]
    async fn private_servers_are_known_by_name_and_by_number() {
        for (url, private) in [
            ("http://127.0.0.1:8090", true),
            ("http://localhost:8090", true),
            ("http://[::1]/", true),
            ("http://10.0.0.7/", true),
            ("https://8.8.8.8/", false),
            ("https://nothing.invalid/", false),
        ] {
            assert_eq!(is_private(&url.parse().unwrap()).await, private, "{url}");
        }
    }
}
