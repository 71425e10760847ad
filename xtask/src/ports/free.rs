//! Whether a port can be had.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context as _, bail};

use super::owner;

/// A port somebody is about to listen on.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The port.
    pub port: u16,
    /// What for, as in "NATS".
    pub what: String,
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Fails with a list of the ports that are taken, who has them, and how to choose others.
pub fn refuse_taken(wanted: &[Wanted]) -> anyhow::Result<()> {
    let mut taken = Vec::new();
    for Wanted { port, what } in wanted.iter().filter(|wanted| !is_free(wanted.port)) {
        let owner = match owner::of_port(*port) {
            Some(owner) => format!("process {}: {}", owner.pid, owner.command),
            None => "a process this user may not see".to_owned(),
        };
        taken.push(format!("  {port} for {what}: taken by {owner}"));
    }
    if taken.is_empty() {
        return Ok(());
    }
    bail!(
        "these ports are taken:\n{}\nStop what has them, or move all of ours: `cargo xtask dev --port-offset 100`",
        taken.join("\n")
    )
}

/// A free port for a private server, below the range that outgoing connections use. `spread` keeps tasks that start
/// together from looking in the same place.
pub fn any_free(spread: u32) -> anyhow::Result<u16> {
    let first = 20_000 + u16::try_from(spread % 10_000).unwrap_or(0);
    (first..32_700)
        .find(|port| is_free(*port))
        .context("no free port between 20000 and 32700; close some servers")
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::{Wanted, any_free, refuse_taken};

    #[test]
    fn a_taken_port_is_reported_with_its_owner() -> anyhow::Result<()> {
        let port = any_free(std::process::id())?;
        let wanted = [Wanted { port, what: "NATS".to_owned() }];
        refuse_taken(&wanted)?;
        let _listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let message = refuse_taken(&wanted).map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(message.contains(&format!("{port} for NATS")), "{message}");
        assert!(message.contains(&std::process::id().to_string()), "{message}");
        assert!(message.contains("--port-offset"), "{message}");
        Ok(())
    }
}
