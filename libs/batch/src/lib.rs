#![doc = include_str!("../README.md")]

use std::{future::Future, sync::Arc, time::Duration};

use metrics::histogram;
use tokio::sync::{Semaphore, mpsc, oneshot};

/// How large and how parallel the calls are.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Submissions in one call at most.
    pub most: usize,
    /// Calls in flight at most.
    pub in_flight: usize,
    /// Submissions waiting at most; further callers wait at the door.
    pub queue: usize,
}

/// A call that has lasted this long no longer holds up the next one. Shorter ones do: what arrives meanwhile gathers, which
/// costs it less than the transaction of its own it would have had.
const PATIENCE: Duration = Duration::from_millis(5);

/// The call that held a submission ended without an answer for it (it panicked, or the process is stopping).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the batch ended without an answer; whether it was written is unknown")]
pub struct Unanswered;

/// The door to a batched call. Cheap to clone; when all clones are gone the batcher ends.
#[derive(Debug)]
pub struct Batcher<I, O> {
    door: mpsc::Sender<(I, oneshot::Sender<O>)>,
}

impl<I, O> Clone for Batcher<I, O> {
    fn clone(&self) -> Self {
        Self { door: self.door.clone() }
    }
}

impl<I: Send + 'static, O: Send + 'static> Batcher<I, O> {
    /// Starts a batcher on the current runtime. `call` gets one to `limits.most` inputs in their order of arrival and
    /// answers with exactly one output for each, in that order.
    pub fn start<F, W>(name: &'static str, limits: Limits, call: F) -> Self
    where
        F: Fn(Vec<I>) -> W + Send + Sync + 'static,
        W: Future<Output = Vec<O>> + Send + 'static,
    {
        Self::with_patience(name, limits, PATIENCE, call)
    }

    fn with_patience<F, W>(name: &'static str, limits: Limits, patience: Duration, call: F) -> Self
    where
        F: Fn(Vec<I>) -> W + Send + Sync + 'static,
        W: Future<Output = Vec<O>> + Send + 'static,
    {
        let (door, inbox) = mpsc::channel(limits.queue);
        tokio::spawn(run(name, limits, patience, inbox, Arc::new(call)));
        Self { door }
    }

    /// Hands one input in and waits for its output.
    ///
    /// # Errors
    /// [`Unanswered`] when the call broke off.
    pub async fn submit(&self, input: I) -> Result<O, Unanswered> {
        let (reply, answer) = oneshot::channel();
        self.door.send((input, reply)).await.map_err(|_| Unanswered)?;
        answer.await.map_err(|_| Unanswered)
    }
}

async fn run<I, O, F, W>(
    name: &'static str,
    limits: Limits,
    patience: Duration,
    mut inbox: mpsc::Receiver<(I, oneshot::Sender<O>)>,
    call: Arc<F>,
) where
    I: Send + 'static,
    O: Send + 'static,
    F: Fn(Vec<I>) -> W + Send + Sync + 'static,
    W: Future<Output = Vec<O>> + Send + 'static,
{
    let slots = Arc::new(Semaphore::new(limits.in_flight));
    // The slot first, the inputs second: what arrives while all slots are taken shares the next call.
    while let Ok(slot) = slots.clone().acquire_owned().await {
        let mut taken = Vec::new();
        if inbox.recv_many(&mut taken, limits.most).await == 0 {
            return;
        }
        histogram!("frontdesk_batch_size", "batch" => name).record(taken.len() as f64);
        let call = call.clone();
        let call = tokio::spawn(async move {
            let (inputs, replies): (Vec<_>, Vec<_>) = taken.into_iter().unzip();
            for (reply, output) in replies.into_iter().zip(call(inputs).await) {
                // A caller that no longer waits needs no answer.
                let _gone = reply.send(output);
            }
            drop(slot);
        });
        let _lasts = tokio::time::timeout(patience, call).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use tokio::{sync::Notify, task::JoinHandle};

    use super::*;

    const LIMITS: Limits = Limits { most: 4, in_flight: 1, queue: 64 };

    #[tokio::test]
    async fn everybody_gets_their_own_answer() {
        let batcher = Batcher::start("test", LIMITS, |inputs: Vec<u32>| async move {
            inputs.iter().map(|i| i * 2).collect()
        });
        let answers = (0..50).map(|i| {
            let batcher = batcher.clone();
            tokio::spawn(async move { (i, batcher.submit(i).await) })
        });
        for answer in answers.collect::<Vec<_>>() {
            let (i, doubled) = answer.await.unwrap();
            assert_eq!(doubled, Ok(i * 2));
        }
    }

    #[tokio::test]
    async fn what_arrives_during_a_call_shares_the_next_one() {
        let gate = Arc::new(Notify::new());
        let calls = Arc::new(AtomicUsize::new(0));
        let batcher = Batcher::start("test", LIMITS, {
            let (gate, calls) = (gate.clone(), calls.clone());
            move |inputs: Vec<u32>| {
                let (gate, calls) = (gate.clone(), calls.clone());
                async move {
                    if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                        gate.notified().await;
                    }
                    vec![inputs.len(); inputs.len()]
                }
            }
        });
        let first = tokio::spawn({
            let batcher = batcher.clone();
            async move { batcher.submit(0).await }
        });
        while calls.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let rest: Vec<_> = (1..=6)
            .map(|i| {
                let batcher = batcher.clone();
                tokio::spawn(async move { batcher.submit(i).await })
            })
            .collect();
        while batcher.door.capacity() > 64 - 6 {
            tokio::task::yield_now().await;
        }
        gate.notify_one();
        assert_eq!(first.await.unwrap(), Ok(1));
        let mut sizes = Vec::new();
        for one in rest {
            sizes.push(one.await.unwrap().unwrap());
        }
        assert_eq!(sizes, [4, 4, 4, 4, 2, 2]);
    }

    type Shared = Batcher<u32, usize>;

    /// Two calls may be in flight. One with a 0 stays until the gate opens; everybody learns how many shared theirs.
    fn two_at_once(patience: Duration, gate: &Arc<Notify>) -> Shared {
        let gate = gate.clone();
        Batcher::with_patience(
            "test",
            Limits { in_flight: 2, ..LIMITS },
            patience,
            move |inputs: Vec<u32>| {
                let gate = gate.clone();
                async move {
                    if inputs.contains(&0) {
                        gate.notified().await;
                    }
                    vec![inputs.len(); inputs.len()]
                }
            },
        )
    }

    fn submit(batcher: &Shared, input: u32) -> JoinHandle<Result<usize, Unanswered>> {
        let batcher = batcher.clone();
        tokio::spawn(async move { batcher.submit(input).await })
    }

    /// Until so many are at the door.
    async fn waiting(batcher: &Shared, many: usize) {
        // On one thread: whoever was spawned has come as far as they can.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        while batcher.door.capacity() != LIMITS.queue - many {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_call_that_takes_long_is_passed() {
        let gate = Arc::new(Notify::new());
        let batcher = two_at_once(Duration::ZERO, &gate);
        let long = submit(&batcher, 0);
        waiting(&batcher, 0).await;
        assert_eq!(submit(&batcher, 1).await.unwrap(), Ok(1));
        assert!(!long.is_finished());
        gate.notify_one();
        assert_eq!(long.await.unwrap(), Ok(1));
    }

    #[tokio::test]
    async fn a_short_call_is_waited_for_though_another_might_begin() {
        let gate = Arc::new(Notify::new());
        let batcher = two_at_once(Duration::from_secs(3600), &gate);
        let short = submit(&batcher, 0);
        waiting(&batcher, 0).await;
        let (one, two) = (submit(&batcher, 1), submit(&batcher, 2));
        waiting(&batcher, 2).await;
        gate.notify_one();
        assert_eq!(short.await.unwrap(), Ok(1));
        assert_eq!((one.await.unwrap(), two.await.unwrap()), (Ok(2), Ok(2)));
    }

    #[tokio::test]
    async fn a_call_that_panics_leaves_its_callers_unanswered_and_the_next_one_works() {
        let batcher = Batcher::start("test", LIMITS, |inputs: Vec<u32>| async move {
            assert!(!inputs.contains(&13), "poison");
            inputs
        });
        assert_eq!(batcher.submit(13).await, Err(Unanswered));
        assert_eq!(batcher.submit(7).await, Ok(7));
    }
}
