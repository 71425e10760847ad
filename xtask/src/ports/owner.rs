//! Who listens on a port, as Linux tells it: `/proc/net/tcp` gives the socket, `/proc/<pid>/fd` who holds it.

use std::fs;

use crate::process::command_line;

/// A process that listens on a port.
#[derive(Debug)]
pub struct Owner {
    /// Its number.
    pub pid: u32,
    /// Its command line, shortened.
    pub command: String,
}

/// The process listening on `port`; `None` when nobody does or it cannot be seen.
pub fn of_port(port: u16) -> Option<Owner> {
    let socket = ["/proc/net/tcp", "/proc/net/tcp6"]
        .into_iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .find_map(|table| listening_socket(&table, port))?;
    let pid = holder(&socket)?;
    Some(Owner { pid, command: command_line(pid, 100)? })
}

/// The inode of the socket that listens on `port`, from a table like `/proc/net/tcp`.
fn listening_socket(table: &str, port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let (_, local_port) = fields.nth(1)?.rsplit_once(':')?;
        let state = fields.nth(1)?;
        let inode = fields.nth(5)?;
        (u16::from_str_radix(local_port, 16).ok()? == port && state == LISTEN).then(|| inode.to_owned())
    })
}

/// The process that has the socket open.
fn holder(inode: &str) -> Option<u32> {
    let wanted = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let mut open = fs::read_dir(entry.path().join("fd")).ok()?.flatten();
        open.any(|file| fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == wanted.as_str()))
            .then_some(pid)
    })
}

#[cfg(test)]
mod tests {
    use super::listening_socket;

    const TABLE: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:378E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000
   1: 0100007F:3C48 0100007F:378E 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000
   2: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 333 1 0
";

    #[test]
    fn only_listeners_count() {
        assert_eq!(listening_socket(TABLE, 0x378E).as_deref(), Some("111"));
        assert_eq!(listening_socket(TABLE, 0x3C48), None, "that is a connection");
        assert_eq!(
            listening_socket(TABLE, 0x1F90).as_deref(),
            Some("333"),
            "the table of IPv6 reads the same"
        );
        assert_eq!(listening_socket("", 1), None);
    }
}
