//! Ports for the services of this run.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::Context as _;

/// In the order of a message's walk.
pub const SERVICES: [&str; 5] = ["ingest", "conversation", "delivery", "scheduler", "alerting"];

/// Below the range from which the system takes ports for outgoing connections: one of those could be in the way by the
/// time a service binds.
const FIRST: u16 = 20_000;
const LAST: u16 = 32_000;

/// Where the services listen.
#[derive(Debug, Clone)]
pub struct Addresses {
    http: SocketAddr,
    files: SocketAddr,
    messages: SocketAddr,
    bookings: SocketAddr,
    grpc: Vec<SocketAddr>,
    admin: Vec<SocketAddr>,
}

impl Addresses {
    /// Finds ports that nobody uses.
    ///
    /// # Errors
    /// When there are not enough.
    pub fn free() -> anyhow::Result<Self> {
        let number = SERVICES.len();
        // Two runs at the same time look at different places first.
        let offset = u16::try_from(std::process::id() % 8_000).unwrap_or_default();
        let candidates = (FIRST + offset..LAST).chain(FIRST..FIRST + offset);
        let mut free = candidates.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).filter(is_free);
        let mut take = |number| -> anyhow::Result<Vec<SocketAddr>> {
            let taken: Vec<SocketAddr> = free.by_ref().take(number).collect();
            anyhow::ensure!(taken.len() == number, "there are not enough free ports from {FIRST} to {LAST}");
            Ok(taken)
        };
        let mut one = || take(1)?.first().copied().context("one port was asked for");
        let (http, files, messages, bookings) = (one()?, one()?, one()?, one()?);
        Ok(Self { http, files, messages, bookings, grpc: take(number)?, admin: take(number)? })
    }

    /// Where webhooks go.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where staff look at files.
    pub fn files(&self) -> SocketAddr {
        self.files
    }

    /// Where other programs send messages.
    pub fn messages(&self) -> SocketAddr {
        self.messages
    }

    /// Where other programs book.
    pub fn bookings(&self) -> SocketAddr {
        self.bookings
    }

    /// Each service's gRPC.
    pub fn grpc(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> + '_ {
        SERVICES.into_iter().zip(self.grpc.iter().copied())
    }

    /// Each service's probes.
    pub fn admin(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.admin.iter().copied()
    }
}

fn is_free(address: &SocketAddr) -> bool {
    TcpListener::bind(address).is_ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_service_gets_ports_of_its_own() -> anyhow::Result<()> {
        let addresses = Addresses::free()?;
        let mut all: BTreeSet<SocketAddr> =
            addresses.admin().chain(addresses.grpc().map(|(_, a)| a)).collect();
        all.extend([addresses.http(), addresses.files(), addresses.messages(), addresses.bookings()]);
        assert_eq!(all.len(), 14);
        Ok(())
    }
}
