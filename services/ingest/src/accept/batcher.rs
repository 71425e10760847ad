//! Many requests, few commits. While the calls under way last, requests gather; the next call takes what has gathered.
//! Nobody waits for a timer: with little load a batch is one request, with much load it is full.

use std::sync::Arc;

use batch::{Batcher, Limits};
use tokio::time::Instant;

use super::CallError;
use super::isolate::{Outcomes, together};
use crate::metrics;

/// Most requests in one call.
const REQUESTS: usize = 256;
/// Most items in one call, unless one request alone has more: Meta's requests can hold thousands.
const ITEMS: usize = 2048;

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

/// The call broke off, or the process is ending: whether anything was stored is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the call ended without an answer")]
pub struct Unanswered;

/// The way into batched calls of one function. Clones share the queue.
pub struct Batched<C: Call>(Batcher<Vec<C::Item>, Outcomes<C>>);

impl<C: Call> Clone for Batched<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: Call> std::fmt::Debug for Batched<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Batched").field(&C::NAME).finish()
    }
}

impl<C: Call> Batched<C> {
    /// Starts batching calls, at most `in_flight` of them at the same time.
    pub fn start(call: C, in_flight: usize, queue: usize) -> Self {
        let call = Arc::new(call);
        let limits = Limits { most: REQUESTS, in_flight, queue };
        Self(Batcher::start(C::NAME, limits, move |requests| {
            let call = Arc::clone(&call);
            async move { work(&*call, &requests).await }
        }))
    }

    /// Hands items on, in one transaction unless one of them is poison, and waits for its commit.
    ///
    /// # Errors
    /// If the call broke off. What was tried and failed stands with the item.
    pub async fn submit(&self, items: Vec<C::Item>) -> Result<Outcomes<C>, Unanswered> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        self.0.submit(items).await.map_err(|_| Unanswered)
    }
}

/// Calls for what has gathered, in pieces of bearable size; the items of one request stay together and in order.
async fn work<C: Call>(call: &C, requests: &[Vec<C::Item>]) -> Vec<Outcomes<C>> {
    let mut answers = Vec::with_capacity(requests.len());
    let mut rest = requests;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(chunk(rest));
        let started = Instant::now();
        let outcomes = together(call, chunk).await;
        let failed = outcomes.iter().flatten().filter(|outcome| outcome.is_err()).count();
        metrics::batch(C::NAME, outcomes.iter().map(Vec::len).sum(), failed, started.elapsed());
        answers.extend(outcomes);
        rest = after;
    }
    answers
}

/// How many of these requests make one call: at least one.
fn chunk<T>(requests: &[Vec<T>]) -> usize {
    let mut items = 0;
    let fitting = requests.iter().take_while(|request| {
        items += request.len();
        items <= ITEMS
    });
    fitting.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_stay_of_bearable_size() {
        let requests = |sizes: &[usize]| sizes.iter().map(|size| vec![(); *size]).collect::<Vec<_>>();
        assert_eq!(chunk(&requests(&[1; 256])), 256);
        assert_eq!(chunk(&requests(&[1000, 1000, 48, 1])), 3);
        assert_eq!(chunk(&requests(&[9000, 1])), 1, "a request is never cut");
        assert_eq!(chunk(&requests(&[1, 9000])), 1);
    }
}
