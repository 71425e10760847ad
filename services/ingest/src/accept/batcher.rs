//! Many requests, few commits. While the calls under way last, requests gather; the next call takes what has gathered.
//! Nobody waits for a timer: with little load a batch is one request, with much load it is full.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;
use tracing::{Instrument as _, debug_span};

use super::CallError;
use crate::metrics;

/// One function of a receiver, called with many items at once.
pub trait Call: Send + Sync + 'static {
    /// What it takes.
    type Item: Send + Sync + 'static;
    /// What it says of each.
    type Outcome: Send + 'static;
    /// Its name in metrics.
    const NAME: &'static str;

    /// Calls it once, in one transaction: either every item has its outcome, in order, or none is stored.
    fn call(
        &self,
        items: &[&Self::Item],
    ) -> impl Future<Output = Result<Vec<Self::Outcome>, CallError>> + Send;
}

/// How much a batcher does at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests in a call.
    pub requests: usize,
    /// Items in a call, unless one request alone has more.
    pub items: usize,
    /// Calls at the same time.
    pub calls: usize,
    /// Requests that may wait; more are refused, so that memory stays bounded.
    pub queue: usize,
}

/// Why one item was not handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// It can never be stored. The others in its batch were.
    Poison {
        /// What the database said, without quoting it.
        detail: String,
    },
    /// Our own trouble; it may succeed when it comes again.
    Unavailable,
}

/// There is no room to wait, or the process is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are waiting for the database")]
pub struct Unavailable;

type Outcomes<C> = Vec<Result<<C as Call>::Outcome, Failed>>;

struct Request<C: Call> {
    items: Vec<C::Item>,
    answer: oneshot::Sender<Outcomes<C>>,
}

/// The way into batched calls of one function. Clones share the queue; when the last is dropped, what is queued is
/// finished and the batcher ends.
pub struct Batcher<C: Call>(mpsc::Sender<Request<C>>);

impl<C: Call> Clone for Batcher<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Call> std::fmt::Debug for Batcher<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Batcher").field(&C::NAME).finish()
    }
}

impl<C: Call> Batcher<C> {
    /// A batcher, and the task that drives it.
    pub fn new(call: C, limits: Limits) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (sender, queue) = mpsc::channel(limits.queue);
        (Self(sender), drive(Arc::new(call), queue, limits))
    }

    /// Hands items on, in one transaction unless one of them is poison, and waits for its commit.
    ///
    /// # Errors
    /// If nothing was tried. What was tried and failed stands with the item.
    pub async fn submit(&self, items: Vec<C::Item>) -> Result<Outcomes<C>, Unavailable> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let (answer, outcomes) = oneshot::channel();
        self.0.try_send(Request { items, answer }).map_err(|_| Unavailable)?;
        outcomes.await.map_err(|_| Unavailable)
    }
}

/// Waits for a free call first and for work second: what arrives meanwhile joins the batch.
async fn drive<C: Call>(call: Arc<C>, mut queue: mpsc::Receiver<Request<C>>, limits: Limits) {
    let free = Arc::new(Semaphore::new(limits.calls));
    loop {
        let Ok(permit) = Arc::clone(&free).acquire_owned().await else { return };
        let Some(first) = queue.recv().await else { break };
        let mut items = first.items.len();
        let mut batch = vec![first];
        while batch.len() < limits.requests && items < limits.items {
            let Ok(next) = queue.try_recv() else { break };
            items += next.items.len();
            batch.push(next);
        }
        let call = Arc::clone(&call);
        let span = debug_span!("ingest.batch.accept", call = C::NAME, requests = batch.len(), items);
        tokio::spawn(
            async move {
                let started = Instant::now();
                let failed = work(&*call, batch).await;
                metrics::batch(C::NAME, items, failed, started.elapsed());
                drop(permit);
            }
            .instrument(span),
        );
    }
    // The calls under way are part of what is to be finished.
    let _ = free.acquire_many(u32::try_from(limits.calls).unwrap_or(u32::MAX)).await;
}

/// Calls for a whole batch and answers each request. Returns how many items failed.
async fn work<C: Call>(call: &C, batch: Vec<Request<C>>) -> usize {
    let groups: Vec<Vec<&C::Item>> = batch.iter().map(|request| request.items.iter().collect()).collect();
    let outcomes = together(call, &groups).await;
    drop(groups);
    let mut failed = 0;
    let mut outcomes = outcomes.into_iter();
    for request in batch {
        let own: Outcomes<C> = outcomes.by_ref().take(request.items.len()).collect();
        failed += own.iter().filter(|outcome| outcome.is_err()).count();
        // Whoever asked may have gone; what was stored stays stored.
        let _ = request.answer.send(own);
    }
    failed
}

/// One call for all groups; if others were in its way, once more, and then each group alone, so that one locked row
/// holds up its own requests only.
async fn together<C: Call>(call: &C, groups: &[Vec<&C::Item>]) -> Outcomes<C> {
    let all: Vec<&C::Item> = groups.iter().flatten().copied().collect();
    let mut result = invoke(call, &all).await;
    if matches!(result, Err(CallError::InTheWay(_))) {
        metrics::repeated(C::NAME);
        if groups.len() > 1 {
            let mut outcomes = Vec::with_capacity(all.len());
            for group in groups {
                outcomes.extend(alone(call, group).await);
            }
            return outcomes;
        }
        result = invoke(call, &all).await;
    }
    settle(call, &all, result).await
}

/// One group by itself, with a second try.
async fn alone<C: Call>(call: &C, items: &[&C::Item]) -> Outcomes<C> {
    let mut result = invoke(call, items).await;
    if matches!(result, Err(CallError::InTheWay(_))) {
        result = invoke(call, items).await;
    }
    settle(call, items, result).await
}

/// Turns the result of a call into outcomes. Poison is looked for by halves, in order, until it is alone.
fn settle<'a, C: Call>(
    call: &'a C,
    items: &'a [&'a C::Item],
    result: Result<Vec<C::Outcome>, CallError>,
) -> BoxFuture<'a, Outcomes<C>> {
    Box::pin(async move {
        match result {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(CallError::Data(detail)) if items.len() == 1 => vec![Err(Failed::Poison { detail })],
            Err(CallError::Data(_)) => {
                metrics::repeated(C::NAME);
                let (first, second) = items.split_at(items.len() / 2);
                let mut outcomes = settle(call, first, invoke(call, first).await).await;
                outcomes.extend(settle(call, second, invoke(call, second).await).await);
                outcomes
            }
            Err(error @ (CallError::InTheWay(_) | CallError::Unavailable(_))) => {
                tracing::warn!(call = C::NAME, items = items.len(), cause = %error, "events were refused; they come again");
                items.iter().map(|_| Err(Failed::Unavailable)).collect()
            }
        }
    })
}

/// One call, checked: a function that answers for fewer items than it was given is broken, and nothing it says counts.
async fn invoke<C: Call>(call: &C, items: &[&C::Item]) -> Result<Vec<C::Outcome>, CallError> {
    let outcomes = call.call(items).await?;
    if outcomes.len() == items.len() {
        return Ok(outcomes);
    }
    tracing::error!(
        call = C::NAME,
        items = items.len(),
        outcomes = outcomes.len(),
        "a receiver answered for another number of items"
    );
    Err(CallError::Unavailable("wrong number of answers".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Notify;

    use super::*;

    /// Stores numbers; knows some that it cannot.
    #[derive(Default)]
    struct Numbers {
        calls: Mutex<Vec<Vec<i32>>>,
        /// Each call waits for one of these, if there is any.
        gate: Option<Arc<Notify>>,
        poison: Vec<i32>,
        locked: Vec<i32>,
        down: bool,
    }

    impl Call for Arc<Numbers> {
        type Item = i32;
        type Outcome = i32;
        const NAME: &'static str = "numbers";

        async fn call(&self, items: &[&i32]) -> Result<Vec<i32>, CallError> {
            if let Some(gate) = &self.gate {
                gate.notified().await;
            }
            let items: Vec<i32> = items.iter().map(|item| **item).collect();
            self.calls.lock().unwrap().push(items.clone());
            let any = |of: &[i32]| items.iter().any(|item| of.contains(item));
            if self.down {
                Err(CallError::Unavailable("down".to_owned()))
            } else if any(&self.locked) {
                Err(CallError::InTheWay("55P03".to_owned()))
            } else if any(&self.poison) {
                Err(CallError::Data("22021".to_owned()))
            } else {
                Ok(items)
            }
        }
    }

    const LIMITS: Limits = Limits { requests: 4, items: 100, calls: 1, queue: 100 };

    fn start(numbers: Numbers) -> (Arc<Numbers>, Batcher<Arc<Numbers>>) {
        let numbers = Arc::new(numbers);
        let (batcher, drive) = Batcher::new(Arc::clone(&numbers), LIMITS);
        tokio::spawn(drive);
        (numbers, batcher)
    }

    /// Submits all, in order and at once, while the first call is held; then lets calls through.
    async fn submit_all(
        numbers: Numbers,
        requests: Vec<Vec<i32>>,
    ) -> (Vec<Outcomes<Arc<Numbers>>>, Vec<Vec<i32>>) {
        let gate = Arc::new(Notify::new());
        let (numbers, batcher) = start(Numbers { gate: Some(Arc::clone(&gate)), ..numbers });
        let answers: Vec<_> = requests
            .into_iter()
            .map(|items| {
                let batcher = batcher.clone();
                async move { batcher.submit(items).await.unwrap() }
            })
            .collect();
        let opened = tokio::spawn(async move {
            loop {
                gate.notify_one();
                tokio::task::yield_now().await;
            }
        });
        let answers = futures_util::future::join_all(answers).await;
        opened.abort();
        let calls = numbers.calls.lock().unwrap().clone();
        (answers, calls)
    }

    fn ok(items: &[i32]) -> Outcomes<Arc<Numbers>> {
        items.iter().map(|item| Ok(*item)).collect()
    }

    #[tokio::test]
    async fn what_gathers_goes_together_up_to_the_limit() {
        let requests: Vec<Vec<i32>> = (0..9).map(|n| vec![n * 10, n * 10 + 1]).collect();
        let (answers, calls) = submit_all(Numbers::default(), requests.clone()).await;
        for (request, answer) in requests.iter().zip(&answers) {
            assert_eq!(*answer, ok(request));
        }
        let sizes: Vec<_> = calls.iter().map(Vec::len).collect();
        assert_eq!(sizes.iter().sum::<usize>(), 18);
        assert!(sizes.iter().all(|size| *size <= 8), "{sizes:?}");
        assert!(calls.concat().is_sorted(), "order is kept");
    }

    #[tokio::test]
    async fn poison_is_found_and_nothing_else_suffers() {
        let numbers = Numbers { poison: vec![3, 5], ..Numbers::default() };
        let (answers, _) = submit_all(numbers, vec![vec![1, 2], vec![3, 4, 5], vec![6]]).await;
        let poison = || Err(Failed::Poison { detail: "22021".to_owned() });
        assert_eq!(answers, [ok(&[1, 2]), vec![poison(), Ok(4), poison()], ok(&[6])]);
    }

    #[tokio::test]
    async fn a_locked_row_refuses_its_own_request_only() {
        let numbers = Numbers { locked: vec![3], ..Numbers::default() };
        let (answers, _) = submit_all(numbers, vec![vec![1], vec![2], vec![3, 4], vec![5]]).await;
        let refused = || Err(Failed::Unavailable);
        assert_eq!(answers, [ok(&[1]), ok(&[2]), vec![refused(), refused()], ok(&[5])]);
    }

    #[tokio::test]
    async fn without_a_database_everything_is_refused_after_one_call() {
        let numbers = Numbers { down: true, ..Numbers::default() };
        let (answers, calls) = submit_all(numbers, vec![vec![1], vec![2]]).await;
        assert!(answers.iter().flatten().all(|outcome| *outcome == Err(Failed::Unavailable)));
        assert!(calls.len() <= 2, "{calls:?}");
    }

    #[tokio::test]
    async fn more_than_the_queue_holds_is_refused_at_once() {
        let gate = Arc::new(Notify::new());
        let (_numbers, batcher) = start(Numbers { gate: Some(gate), ..Numbers::default() });
        let mut waiting = futures_util::stream::FuturesUnordered::new();
        for n in 0..300 {
            let batcher = batcher.clone();
            waiting.push(async move { batcher.submit(vec![n]).await });
        }
        let first = futures_util::StreamExt::next(&mut waiting).await;
        assert_eq!(first, Some(Err(Unavailable)));
    }

    #[tokio::test]
    async fn the_end_waits_for_what_was_queued() {
        let gate = Arc::new(Notify::new());
        let numbers = Arc::new(Numbers { gate: Some(Arc::clone(&gate)), ..Numbers::default() });
        let (batcher, drive) = Batcher::new(Arc::clone(&numbers), LIMITS);
        let drive = tokio::spawn(drive);
        let submit = tokio::spawn({
            let batcher = batcher.clone();
            async move { batcher.submit(vec![7]).await }
        });
        tokio::task::yield_now().await;
        drop(batcher);
        assert!(!drive.is_finished());
        gate.notify_one();
        assert_eq!(submit.await.unwrap().unwrap(), ok(&[7]));
        drive.await.unwrap();
    }
}
