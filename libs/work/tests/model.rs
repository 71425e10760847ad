//! The protocol, exhausted: one key, two items, two instances, and every fault the protocol allows for. Each state that
//! can be reached is visited; in none may an effect happen twice or out of order, and from each, without further faults,
//! every appended item must still be able to end. Leaving out the fence, the sweeper or the reconcile rule must show a
//! failure: a check that cannot fail proves nothing.

use std::collections::{HashMap, HashSet, VecDeque};

const ITEMS: usize = 2;
const TRIES: u8 = 2;
const CAP: u8 = 2;
const LAST_EPOCH: u8 = 5;

#[derive(Clone, Copy, PartialEq, Eq)]
struct Rules {
    fence: bool,
    sweeper: bool,
    reconcile: bool,
}

const ALL: Rules = Rules { fence: true, sweeper: true, reconcile: true };

/// What an instance has in memory about the key. Each worker holds one wake-up that is not settled yet.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Worker {
    /// Items `from..upto` are loaded, the effect is not committed.
    Running { epoch: u8, from: u8, upto: u8 },
    /// The effect is committed, the key not released.
    Finished { epoch: u8 },
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Process {
    Up,
    /// Stopped for longer than its lease, memory intact.
    Paused,
    Dead,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct State {
    appended: u8,
    done: u8,
    due: bool,
    owner: Option<usize>,
    epoch: u8,
    attempts: u8,
    /// Wake-ups that can be delivered now, and those that come back later.
    ready: u8,
    delayed: u8,
    workers: [Option<Worker>; 2],
    processes: [Process; 2],
    effects: [u8; ITEMS],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Step,
    Fault,
}

impl State {
    const START: Self = Self {
        appended: 0,
        done: 0,
        due: true,
        owner: None,
        epoch: 0,
        attempts: 0,
        ready: 0,
        delayed: 0,
        workers: [None; 2],
        processes: [Process::Up; 2],
        effects: [0; ITEMS],
    };

    fn undone(&self) -> bool {
        self.appended > self.done
    }

    fn owner_is_live(&self) -> bool {
        self.owner.is_some_and(|i| self.processes[i] == Process::Up)
    }

    fn woken(mut self) -> Self {
        self.ready = (self.ready + 1).min(CAP);
        self
    }

    fn delayed(mut self) -> Self {
        self.delayed = (self.delayed + 1).min(CAP);
        self
    }

    fn working(mut self, i: usize, worker: Option<Worker>) -> Self {
        self.workers[i] = worker;
        self
    }

    /// The process loses what it held; its unsettled wake-up comes again.
    fn dropped(self, i: usize) -> Self {
        let held = self.workers[i].is_some();
        let next = self.working(i, None);
        if held { next.woken() } else { next }
    }

    fn next(&self, rules: Rules) -> Vec<(Kind, &'static str, Self)> {
        let mut out = Vec::new();
        self.outside(rules, &mut out);
        for i in 0..2 {
            match self.processes[i] {
                Process::Dead => out.push((Kind::Step, "restart", self.process(i, Process::Up))),
                // A worker that resumes after a pause is exactly what the fence is for: it goes on below.
                Process::Paused => {
                    out.push((Kind::Step, "resume", self.process(i, Process::Up)));
                    self.inside(i, rules, &mut out);
                }
                Process::Up => self.inside(i, rules, &mut out),
            }
        }
        out
    }

    fn process(mut self, i: usize, to: Process) -> Self {
        self.processes[i] = to;
        self
    }

    fn outside(&self, rules: Rules, out: &mut Vec<(Kind, &'static str, Self)>) {
        let s = *self;
        if usize::from(s.appended) < ITEMS {
            let appended = Self { appended: s.appended + 1, ..s };
            out.push((Kind::Step, "append", appended.woken()));
            out.push((Kind::Fault, "append, wake-up lost", appended));
        }
        if !s.due {
            out.push((Kind::Step, "time passes", Self { due: true, ..s }));
        }
        if s.delayed > 0 {
            out.push((Kind::Step, "delayed wake-up", Self { delayed: s.delayed - 1, ..s }.woken()));
        }
        if s.ready > 0 {
            out.push((Kind::Fault, "lose wake-up", Self { ready: s.ready - 1, ..s }));
            out.push((Kind::Fault, "double wake-up", s.woken()));
        }
        if rules.sweeper && s.undone() && !s.owner_is_live() && s.due && s.ready == 0 && s.delayed == 0 {
            out.push((Kind::Step, "sweep", Self { ready: 1, ..s }));
        }
    }

    fn inside(&self, i: usize, rules: Rules, out: &mut Vec<(Kind, &'static str, Self)>) {
        let s = *self;
        let up = s.processes[i] == Process::Up;
        out.push((Kind::Fault, "die", s.dropped(i).process(i, Process::Dead).disowned_by_restart(i)));
        if up {
            let seen_elsewhere = if s.workers[i].is_some() { s.woken() } else { s };
            out.push((Kind::Fault, "pause past the lease", seen_elsewhere.process(i, Process::Paused)));
        }
        match s.workers[i] {
            Some(worker) => {
                out.push((Kind::Fault, "task lost", s.dropped(i)));
                self.work(i, worker, rules, out);
            }
            None if up => self.idle(i, rules, out),
            None => {}
        }
    }

    /// A restarted process is a new instance: what the old one owned has no live owner, now or later.
    fn disowned_by_restart(mut self, i: usize) -> Self {
        if self.owner == Some(i) {
            self.owner = None;
        }
        self
    }

    fn idle(&self, i: usize, rules: Rules, out: &mut Vec<(Kind, &'static str, Self)>) {
        let s = *self;
        if rules.reconcile && s.owner == Some(i) {
            out.push((Kind::Step, "reconcile", Self { owner: None, ..s }));
        }
        if s.ready == 0 {
            return;
        }
        let taken = Self { ready: s.ready - 1, ..s };
        if !s.undone() {
            out.push((Kind::Step, "idle: ack", taken));
        } else if s.owner_is_live() {
            out.push((Kind::Step, "owned: ack", taken));
        } else if !s.due {
            out.push((Kind::Step, "early: nak", taken.delayed()));
            out.push((Kind::Step, "early: ack", taken));
        } else if s.epoch < LAST_EPOCH {
            let epoch = s.epoch + 1;
            let claimed = Self { owner: Some(i), epoch, ..taken };
            let run = Worker::Running { epoch, from: s.done, upto: s.appended };
            out.push((Kind::Step, "claim", claimed.working(i, Some(run))));
            out.push((Kind::Fault, "claim, COMMIT answer lost", claimed));
        }
    }

    fn work(&self, i: usize, worker: Worker, rules: Rules, out: &mut Vec<(Kind, &'static str, Self)>) {
        let s = *self;
        let (Worker::Running { epoch, .. } | Worker::Finished { epoch }) = worker;
        if rules.fence && (s.owner != Some(i) || s.epoch != epoch) {
            out.push((Kind::Step, "fenced: stop", s.working(i, None)));
            return;
        }
        match worker {
            Worker::Running { epoch, from, upto } => {
                let finished = Some(Worker::Finished { epoch });
                out.push((Kind::Step, "commit", s.effected(from, upto).working(i, finished)));
                let disowned = if s.owner == Some(i) { None } else { s.owner };
                if s.attempts + 1 < TRIES {
                    let failed = Self { attempts: s.attempts + 1, due: false, owner: disowned, ..s };
                    out.push((Kind::Step, "fail: nak", failed.delayed().working(i, None)));
                } else {
                    out.push((Kind::Step, "bury the head", s.effected(from, from + 1).working(i, finished)));
                }
            }
            Worker::Finished { epoch } if s.undone() => {
                let again = Worker::Running { epoch, from: s.done, upto: s.appended };
                out.push((Kind::Step, "release sees more", s.working(i, Some(again))));
            }
            Worker::Finished { .. } => {
                out.push((Kind::Step, "release: ack", Self { owner: None, ..s }.working(i, None)));
            }
        }
    }

    fn effected(mut self, from: u8, upto: u8) -> Self {
        for item in from..upto {
            self.effects[usize::from(item)] += 1;
        }
        self.done = self.done.max(upto);
        self.attempts = 0;
        self
    }

    /// Invariants of a single state.
    fn flaw(&self) -> Option<&'static str> {
        if self.effects.iter().any(|&n| n > 1) {
            return Some("an effect happened twice");
        }
        if self.effects.windows(2).any(|pair| pair[0] < pair[1]) {
            return Some("effects happened out of order");
        }
        let behind = |item: usize| item < usize::from(self.done);
        if (0..ITEMS).any(|item| (self.effects[item] == 1) != behind(item)) {
            return Some("cursor and effects disagree");
        }
        None
    }
}

struct Explored {
    states: usize,
    flaw: Option<(&'static str, Vec<&'static str>)>,
    forgotten: Option<Vec<&'static str>>,
}

fn explore(rules: Rules) -> Explored {
    let mut came_from: HashMap<State, Option<(State, &'static str)>> = HashMap::from([(State::START, None)]);
    let mut faultless_into: HashMap<State, Vec<State>> = HashMap::new();
    let mut queue = VecDeque::from([State::START]);
    let mut flawed = None;
    while let Some(state) = queue.pop_front() {
        if flawed.is_none() {
            flawed = state.flaw().map(|flaw| (flaw, state));
        }
        for (kind, name, next) in state.next(rules) {
            if kind == Kind::Step {
                faultless_into.entry(next).or_default().push(state);
            }
            came_from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                Some((state, name))
            });
        }
    }
    let path = |state: State| {
        let mut names = Vec::new();
        let mut at = state;
        while let Some(Some((before, name))) = came_from.get(&at) {
            names.push(*name);
            at = *before;
        }
        names.reverse();
        names
    };
    // Backwards from "everything appended has ended": whatever cannot get there without a fault is forgotten work.
    let ended = |s: &State| !s.undone() || s.epoch >= LAST_EPOCH;
    let mut hopeful: HashSet<State> = came_from.keys().copied().filter(ended).collect();
    let mut queue: VecDeque<State> = hopeful.iter().copied().collect();
    while let Some(state) = queue.pop_front() {
        for &before in faultless_into.get(&state).into_iter().flatten() {
            if hopeful.insert(before) {
                queue.push_back(before);
            }
        }
    }
    Explored {
        states: came_from.len(),
        flaw: flawed.map(|(flaw, state)| (flaw, path(state))),
        forgotten: came_from.keys().find(|s| !hopeful.contains(s)).map(|s| path(*s)),
    }
}

#[test]
fn nothing_is_done_twice_out_of_order_or_forgotten() {
    let explored = explore(ALL);
    assert_eq!(explored.flaw, None);
    assert_eq!(explored.forgotten, None);
    assert!(explored.states > 10_000, "only {} states: the model has lost its faults", explored.states);
}

#[test]
fn without_the_fence_a_resumed_owner_repeats_an_effect() {
    assert!(explore(Rules { fence: false, ..ALL }).flaw.is_some());
}

#[test]
fn without_the_sweeper_a_lost_wake_up_is_lost_work() {
    assert!(explore(Rules { sweeper: false, ..ALL }).forgotten.is_some());
}

#[test]
fn without_reconcile_a_lost_task_of_a_live_process_is_lost_work() {
    assert!(explore(Rules { reconcile: false, ..ALL }).forgotten.is_some());
}
