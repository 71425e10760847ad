//! One PostgreSQL for all tests of a checkout: making one takes a second, and test runners start a process per test.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::Context;
use tokio::sync::OnceCell;

use crate::server::{Durability, Files, answers};
use crate::{free_port, template, tools};

/// The address of a server that was started for the whole test run.
const GIVEN: &str = "FRONTDESK_TEST_DATABASE_URL";

/// Held open, and thereby locked, as long as this process may use the shared server.
static IN_USE: OnceLock<File> = OnceLock::new();

/// Keeps the server until no test process holds the lock any more, then stops it. The lock goes with the process that
/// holds it, however that ends, so nothing is left behind.
const KEEPER: &str = r#"
users=$1; shift
"$@" &
while sleep 5; do
  kill -0 $! 2>/dev/null || exit
  if flock --exclusive --nonblock 9; then kill -INT $!; wait $!; exit; fi
done 9>>"$users"
"#;

/// The address of the shared server's maintenance database. Starts the server if nobody has yet.
pub(crate) async fn url() -> anyhow::Result<String> {
    static URL: OnceCell<String> = OnceCell::const_new();
    URL.get_or_try_init(find_or_start).await.cloned()
}

async fn find_or_start() -> anyhow::Result<String> {
    if let Ok(url) = std::env::var(GIVEN) {
        answers(&url).await.with_context(|| format!("nobody answers at {GIVEN}"))?;
        return Ok(url);
    }
    let folder = tools::run_folder().join("test-postgres");
    fs::create_dir_all(&folder)?;
    let files = Files::new(folder)?;
    // Other processes' locks are waited for on a thread of their own: this one may have futures to drive.
    let _turn = tokio::task::spawn_blocking({
        let folder = files.folder().to_path_buf();
        move || -> anyhow::Result<File> {
            hold(&folder.join("users.lock"))?;
            // One process at a time looks whether the server runs, and starts it.
            let turn = File::create(folder.join("start.lock"))?;
            turn.lock()?;
            Ok(turn)
        }
    })
    .await??;
    match running(&files).await {
        Some(url) => Ok(url),
        None => start(&files).await,
    }
}

/// Tells the keeper that the server is needed until this process ends.
fn hold(path: &Path) -> anyhow::Result<()> {
    if IN_USE.get().is_none() {
        let file = File::options().append(true).create(true).open(path)?;
        file.lock_shared()?;
        let _ = IN_USE.set(file);
    }
    Ok(())
}

async fn running(files: &Files) -> Option<String> {
    let port = fs::read_to_string(files.folder().join("port")).ok()?.trim().parse().ok()?;
    let url = files.url(port).ok()?;
    answers(&url).await.map(|()| url)
}

async fn start(files: &Files) -> anyhow::Result<String> {
    if !files.exist() {
        files.create()?;
    }
    // What a killed run left behind would make the server refuse to start while that process number is in use again.
    let _ = fs::remove_file(files.folder().join("data/postmaster.pid"));
    let port = free_port()?;
    let server = files.command(port, Durability::Throwaway);
    Command::new("sh")
        .args(["-c", KEEPER, "keeper"])
        .arg(files.folder().join("users.lock"))
        .arg(server.get_program())
        .args(server.get_args())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A group of its own, so that Ctrl-C on the tests does not tear it from under those still ending.
        .process_group(0)
        .spawn()
        .context("cannot start sh")?;
    let url = files.ready(port).await?;
    fs::write(files.folder().join("port"), port.to_string())?;
    template::sweep(&url).await?;
    Ok(url)
}
