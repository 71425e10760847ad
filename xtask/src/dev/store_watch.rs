//! Notices that the files under a running JetStream were deleted. The server itself may not for a long time: it goes
//! on with files that have no name any more, and what it "stores" there is gone with it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::servers::http;

/// Watches the store of one server.
#[derive(Debug)]
pub struct StoreWatch {
    /// The folder of the default account's streams.
    streams: PathBuf,
    monitor: u16,
    last: Option<Snapshot>,
    /// Streams whose folder was missing at the last look though the server still had them.
    suspects: BTreeSet<String>,
}

/// What was on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Snapshot {
    /// Tells the folder from another one that took its name.
    inode: u64,
    names: BTreeSet<String>,
}

impl StoreWatch {
    /// Watches the folder that the server was told to store in.
    pub fn new(store: &Path, monitor: u16) -> Self {
        Self { streams: store.join("jetstream/$G/streams"), monitor, last: None, suspects: BTreeSet::new() }
    }

    /// Says what is lost, if anything is.
    pub fn look(&mut self) -> Option<String> {
        let now = snapshot(&self.streams);
        let Some(before) = self.last.take() else {
            // Before the first stream there is no folder.
            self.last = now;
            return None;
        };
        let Some(now) = now.filter(|now| now.inode == before.inode) else {
            self.suspects.clear();
            return Some("its store was deleted".to_owned());
        };
        // A stream that was deleted through the server is gone from its figures too, if not in this instant.
        let missing: BTreeSet<String> = before.names.difference(&now.names).cloned().collect();
        if missing.is_empty() {
            self.suspects.clear();
            self.last = Some(now);
            return None;
        }
        let figures = http::get(self.monitor, "/jsz?streams=true").map(|(_, body)| body).unwrap_or_default();
        let still_served = |name: &String| figures.contains(&format!("\"name\": \"{name}\""));
        let lost = missing.iter().find(|name| still_served(name) && self.suspects.contains(*name)).cloned();
        if let Some(name) = lost {
            self.suspects.clear();
            return Some(format!("the files of its stream {name} were deleted"));
        }
        self.suspects = missing.into_iter().filter(still_served).collect();
        // Keep the missing names in mind as long as they are suspicious.
        let names = now.names.union(&self.suspects).cloned().collect();
        self.last = Some(Snapshot { names, ..now });
        None
    }
}

fn snapshot(streams: &Path) -> Option<Snapshot> {
    let inode = fs::metadata(streams).ok()?.ino();
    let names =
        fs::read_dir(streams).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    Some(Snapshot { inode, names: names.collect() })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::path::PathBuf;
    use std::thread;

    use super::StoreWatch;

    /// A monitor that says the server has one stream.
    fn monitor(stream: &'static str) -> anyhow::Result<u16> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection?;
                let _question = connection.read(&mut [0; 1024])?;
                write!(connection, "HTTP/1.0 200 OK\r\n\r\n{{\"name\": \"{stream}\"}}")?;
            }
            std::io::Result::Ok(())
        });
        Ok(port)
    }

    fn store() -> anyhow::Result<(tempfile::TempDir, PathBuf)> {
        let folder = tempfile::tempdir()?;
        let streams = folder.path().join("jetstream/$G/streams");
        fs::create_dir_all(streams.join("FD_IN"))?;
        Ok((folder, streams))
    }

    #[test]
    fn a_deleted_store_is_noticed_once_and_an_empty_new_one_is_fine() -> anyhow::Result<()> {
        let (folder, streams) = store()?;
        let mut watch = StoreWatch::new(folder.path(), monitor("FD_IN")?);
        assert_eq!((watch.look(), watch.look()), (None, None));
        fs::remove_dir_all(folder.path().join("jetstream"))?;
        assert_eq!(watch.look().as_deref(), Some("its store was deleted"));
        assert_eq!(watch.look(), None, "no folder yet after the start");
        fs::create_dir_all(streams.join("FD_IN"))?;
        assert_eq!((watch.look(), watch.look()), (None, None));
        Ok(())
    }

    #[test]
    fn a_stream_without_files_is_lost_but_one_that_was_deleted_properly_is_not() -> anyhow::Result<()> {
        let (folder, streams) = store()?;
        fs::create_dir(streams.join("FD_OUT"))?;
        let mut watch = StoreWatch::new(folder.path(), monitor("FD_IN")?);
        assert_eq!(watch.look(), None);
        fs::remove_dir(streams.join("FD_OUT"))?;
        assert_eq!((watch.look(), watch.look(), watch.look()), (None, None, None));
        fs::remove_dir(streams.join("FD_IN"))?;
        assert_eq!(watch.look(), None, "one look may fall between two steps of the server");
        assert_eq!(watch.look().as_deref(), Some("the files of its stream FD_IN were deleted"));
        Ok(())
    }
}
