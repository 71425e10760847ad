//! The supervisor with real, small programs.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Errand, Program, Stop, Supervisor};
use crate::interrupt::Interrupt;
use crate::process::{Launch, PidFile, Signal, Target, send};

const STOP: Stop = Stop { signal: Signal::Terminate, grace: Duration::from_secs(10) };
const PATIENCE: Duration = Duration::from_secs(20);

fn sleeper(folder: &Path) -> Program {
    let pid_file = PidFile::at(&folder.join("x.pid"));
    Program::new("the sleeper", Launch::new("sleep").args(["600"]), folder.join("x.log"), pid_file, STOP)
}

/// Pulses until `seen` gives something.
fn until<T>(supervisor: &mut Supervisor, seen: impl Fn(&Supervisor) -> Option<T>) -> anyhow::Result<T> {
    let asked = Instant::now();
    loop {
        supervisor.pulse()?;
        if let Some(found) = seen(supervisor) {
            return Ok(found);
        }
        anyhow::ensure!(asked.elapsed() < PATIENCE, "waited too long");
    }
}

#[test]
fn a_killed_program_is_back_within_a_second_and_its_errand_is_run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("errand");
    let errand = Errand {
        name: "the errand",
        launch: Launch::new("touch").args([&trace]),
        log: folder.path().join("errand.log"),
    };
    let mut supervisor = Supervisor::new(&Interrupt::never(), folder.path());
    supervisor.start(sleeper(folder.path()).when_back(errand))?;
    supervisor.wait_until_ready(PATIENCE)?;
    assert!(!trace.exists(), "the first start is no return");
    let first = until(&mut supervisor, |all| all.pid("the sleeper"))?;
    send(Signal::Kill, Target::Process(first));
    let killed = Instant::now();
    until(&mut supervisor, |all| all.pid("the sleeper").filter(|pid| *pid != first))?;
    assert!(killed.elapsed() < Duration::from_secs(1), "{:?}", killed.elapsed());
    until(&mut supervisor, |_| trace.exists().then_some(()))?;
    Ok(())
}

#[test]
fn a_program_that_lost_something_is_started_anew() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("store");
    fs::create_dir(&store)?;
    let (watched, made) = (store.clone(), store.clone());
    let mut supervisor = Supervisor::new(&Interrupt::never(), folder.path());
    supervisor.start(
        sleeper(folder.path())
            .prepare(move || Ok(fs::create_dir_all(&made)?))
            .lost(move || (!watched.exists()).then(|| "its store is gone".to_owned())),
    )?;
    supervisor.wait_until_ready(PATIENCE)?;
    let first = until(&mut supervisor, |all| all.pid("the sleeper"))?;
    fs::remove_dir(&store)?;
    until(&mut supervisor, |all| all.pid("the sleeper").filter(|pid| *pid != first))?;
    assert!(store.exists(), "prepared again");
    Ok(())
}

#[test]
fn a_program_that_never_becomes_ready_is_reported_with_its_log() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let script = Launch::new("sh").args(["-c", "echo 'no such luck'; exit 1"]);
    let pid_file = PidFile::at(&folder.path().join("x.pid"));
    let mut supervisor = Supervisor::new(&Interrupt::never(), folder.path());
    let program = Program::new("the unlucky", script, folder.path().join("x.log"), pid_file, STOP);
    supervisor.start(program.ready(|| false))?;
    let message =
        supervisor.wait_until_ready(Duration::from_millis(300)).err().map(|error| error.to_string());
    assert!(message.as_ref().is_some_and(|text| text.contains("no such luck")), "{message:?}");
    Ok(())
}

#[test]
fn nothing_is_left_running() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let pid_file = PidFile::at(&folder.path().join("x.pid"));
    let mut supervisor = Supervisor::new(&Interrupt::never(), folder.path());
    supervisor.start(sleeper(folder.path()))?;
    let survivor = pid_file.survivor();
    assert!(survivor.is_some());
    drop(supervisor);
    assert!(survivor.is_some_and(|process| !process.alive()));
    assert_eq!(pid_file.survivor(), None);
    Ok(())
}
