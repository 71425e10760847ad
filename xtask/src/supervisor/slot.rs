//! One supervised program and where it stands.

use std::mem;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::errand::Progress;
use super::log_tail::tail;
use super::program::Program;
use super::restart::{Death, Record};
use crate::interrupt::Interrupt;
use crate::process::{Output, PULSE, Signal, Target, send};
use crate::say;

/// How often a running program is asked whether it has lost something.
const CHECK: Duration = Duration::from_millis(250);

/// When to try again what could not be started at all.
const RETRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
enum State {
    /// Runs, but does not do its work yet.
    Starting { child: Child, since: Instant },
    /// Does its work.
    Ready { child: Child, since: Instant, checked: Instant },
    /// Gone; to be started then.
    Gone { until: Instant },
}

/// A program with its state.
#[derive(Debug)]
pub struct Slot {
    program: Program,
    state: State,
    record: Record,
    /// When it was lost; `None` until it is, and again once it is back.
    lost: Option<Instant>,
    errand: Progress,
}

impl Slot {
    /// Starts the program.
    pub fn start(program: Program) -> anyhow::Result<Self> {
        let state = begin(&program)?;
        Ok(Self { program, state, record: Record::default(), lost: None, errand: Progress::Done })
    }

    pub fn name(&self) -> &'static str {
        self.program.name
    }

    pub fn log(&self) -> &Path {
        &self.program.log
    }

    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready { .. })
    }

    /// Whether it ended so often that it will not become ready.
    pub fn is_hopeless(&self) -> bool {
        self.record.is_hopeless()
    }

    pub fn pid(&self) -> Option<u32> {
        match &self.state {
            State::Starting { child, .. } | State::Ready { child, .. } => Some(child.id()),
            State::Gone { .. } => None,
        }
    }

    /// Looks after the program: one step, without waiting.
    pub fn look(&mut self) -> anyhow::Result<()> {
        let state = mem::replace(&mut self.state, State::Gone { until: Instant::now() });
        self.state = match state {
            State::Gone { until } if until > Instant::now() => State::Gone { until },
            State::Gone { .. } => begin(&self.program).unwrap_or_else(|error| {
                // Not forever: a build in another terminal replaces programs while it runs.
                say::warn(format_args!("{error:#}; trying again in {}", say::duration(RETRY)));
                State::Gone { until: Instant::now() + RETRY }
            }),
            State::Starting { mut child, since } => match collect(&mut child)? {
                Some(status) => self.bury(status, since, false),
                None if (self.program.ready)() => {
                    self.announce_return(&child);
                    State::Ready { child, since, checked: Instant::now() }
                }
                None => State::Starting { child, since },
            },
            State::Ready { mut child, since, checked } => match collect(&mut child)? {
                Some(status) => self.bury(status, since, true),
                None if checked.elapsed() < CHECK => State::Ready { child, since, checked },
                None => match (self.program.lost)() {
                    None => State::Ready { child, since, checked: Instant::now() },
                    Some(loss) => self.renew(child, &loss),
                },
            },
        };
        self.errand = mem::replace(&mut self.errand, Progress::Done).look()?;
        Ok(())
    }

    /// Notes that the program died, says so, and decides when it is started again.
    fn bury(&mut self, status: ExitStatus, since: Instant, was_ready: bool) -> State {
        let was_killed = status.signal().is_some_and(|signal| signal == 9 || signal == 15);
        let pause = self.record.note(Death { after: since.elapsed(), was_ready, was_killed });
        let name = self.program.name;
        let how = how_it_ended(status);
        let when = match pause {
            Duration::ZERO => "starting it again".to_owned(),
            pause => format!("trying again in {}", say::duration(pause)),
        };
        say::line(format_args!("{name} {how}; {when}"));
        if self.record.looks_hopeless() {
            let log = &self.program.log;
            say::warn(format_args!("{name} keeps ending. The end of {}:\n{}", log.display(), tail(log)));
        }
        self.program.pid_file.remove();
        self.lost.get_or_insert_with(Instant::now);
        State::Gone { until: Instant::now() + pause }
    }

    /// Ends a program that runs, but not on what it should. By force: what it would write at its end is lost anyway.
    fn renew(&mut self, mut child: Child, loss: &str) -> State {
        say::line(format_args!("{}: {loss}; starting it anew", self.program.name));
        send(Signal::Kill, Target::Process(child.id()));
        let _collected = child.wait();
        self.program.pid_file.remove();
        self.lost.get_or_insert_with(Instant::now);
        State::Gone { until: Instant::now() }
    }

    fn announce_return(&mut self, child: &Child) {
        let Some(lost) = self.lost.take() else { return };
        let (name, gone) = (self.program.name, say::duration(lost.elapsed()));
        say::line(format_args!("{name} is back after {gone} (process {})", child.id()));
        if let Some(errand) = &self.program.when_back {
            mem::replace(&mut self.errand, Progress::due(errand.clone())).cancel();
        }
    }

    /// Stops the program in its own way, by force after its grace or when the person has had enough.
    pub fn stop(self, interrupt: &Interrupt) {
        self.errand.cancel();
        if let State::Starting { mut child, .. } | State::Ready { mut child, .. } = self.state {
            let stop = self.program.stop;
            let asked = Instant::now();
            send(stop.signal, Target::Process(child.id()));
            while matches!(child.try_wait(), Ok(None)) {
                if asked.elapsed() > stop.grace || interrupt.requested() {
                    say::warn(format_args!("{} does not end; killing it", self.program.name));
                    send(Signal::Kill, Target::Process(child.id()));
                    let _collected = child.wait();
                    break;
                }
                thread::sleep(PULSE);
            }
        }
        self.program.pid_file.remove();
    }
}

fn begin(program: &Program) -> anyhow::Result<State> {
    (program.prepare)().with_context(|| format!("cannot start {}", program.name))?;
    let child = program.launch.spawn(&Output::Log(program.log.clone()))?;
    program.pid_file.write(child.id())?;
    Ok(State::Starting { child, since: Instant::now() })
}

fn collect(child: &mut Child) -> anyhow::Result<Option<ExitStatus>> {
    child.try_wait().context("cannot tell whether a program still runs")
}

fn how_it_ended(status: ExitStatus) -> String {
    match (status.signal(), status.code()) {
        (Some(9), _) => "was killed".to_owned(),
        (Some(signal), _) => format!("was ended by signal {signal}"),
        (None, Some(code)) => format!("ended with exit code {code}"),
        (None, None) => "ended".to_owned(),
    }
}
