//! What an earlier run left behind, because it was killed before it could clean up.

use std::time::Duration;

use super::{PidFile, Signal, Target, send, wait_until_gone};
use crate::say;

/// Stops the process that `file` tells of, if it still runs, and says so. `name` is for the message, `signal` asks
/// it to end in its own way, and `grace` is how long that may take before it is killed. What it started itself gets the
/// same signals: everything we start leads a group.
pub fn stop_orphan(name: &str, file: &PidFile, signal: Signal, grace: Duration) {
    if let Some(orphan) = file.survivor() {
        let program = orphan.program().map_or_else(String::new, |path| format!(", {}", path.display()));
        say::line(format_args!(
            "Found {name} of an earlier run (process {}{program}); stopping it",
            orphan.pid
        ));
        send(signal, Target::Group(orphan.pid));
        if !wait_until_gone(orphan, grace) {
            say::warn(format_args!("{name} did not end within {}; killing it", say::duration(grace)));
            send(Signal::Kill, Target::Group(orphan.pid));
            wait_until_gone(orphan, grace);
        }
    }
    file.remove();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::stop_orphan;
    use crate::process::{Launch, Output, PidFile, Signal};

    #[test]
    fn one_that_does_not_listen_is_killed() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let ready = folder.path().join("ready");
        let script = format!("trap '' TERM; touch '{}'; exec sleep 600", ready.display());
        let mut child = Launch::new("sh").args(["-c", &script]).spawn(&Output::Terminal)?;
        while !ready.exists() {
            std::thread::yield_now();
        }
        let file = PidFile::at(&folder.path().join("x.pid"));
        file.write(child.id())?;
        stop_orphan("the test", &file, Signal::Terminate, Duration::from_millis(50));
        assert!(!child.wait()?.success());
        assert_eq!(file.survivor(), None);
        Ok(())
    }
}
