//! Ports that a test gives to a program of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};

use anyhow::Context;

/// Below the range from which systems take the ports of outgoing connections: one of those, made by anybody between our
/// choice and the program's start, would keep the program from listening.
const FIRST: u16 = 10_000;
const MOST: u16 = 20_000;
/// From one try to the next: has no factor in common with `MOST`, so that all are tried.
const STEP: u32 = 7_919;

/// What this process has chosen, locked as long as it lives: other test processes, of other checkouts too, choose others.
static CHOSEN: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port on loopback on which nobody listens, and which no other test is given while this process lives.
pub fn free_port() -> anyhow::Result<u16> {
    let folder = std::env::temp_dir().join("frontdesk-test-ports");
    fs::create_dir_all(&folder).context("cannot make the folder of the ports in use")?;
    // Processes begin at different places, so that they seldom try the same one.
    let begin = std::process::id() % u32::from(MOST);
    for step in 0..u32::from(MOST) {
        let port = FIRST + u16::try_from((begin + step * STEP) % u32::from(MOST))?;
        let file = File::options().append(true).create(true).open(folder.join(port.to_string()))?;
        if file.try_lock().is_err() || TcpListener::bind(("127.0.0.1", port)).is_err() {
            continue;
        }
        CHOSEN.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        return Ok(port);
    }
    anyhow::bail!("no port between {FIRST} and {} is free", FIRST + MOST)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Sixteen stacks that started together met on one port, and one of them did not start.
    #[test]
    fn no_port_is_given_twice_and_none_that_a_connection_may_have() -> anyhow::Result<()> {
        let ports = (0..100).map(|_| free_port()).collect::<anyhow::Result<HashSet<u16>>>()?;
        assert_eq!(ports.len(), 100);
        assert!(ports.iter().all(|port| *port < 32_768), "{ports:?}");
        for port in ports {
            let file = File::options()
                .append(true)
                .open(std::env::temp_dir().join("frontdesk-test-ports").join(port.to_string()))?;
            assert!(file.try_lock().is_err(), "another process would be given {port}");
        }
        Ok(())
    }
}
