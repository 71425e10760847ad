//! A batch in which something cannot be stored: only that is left out.

use futures_util::future::BoxFuture;

use super::{Call, CallError, Failed};
use crate::metrics;

/// What became of items, in their order.
pub(super) type Outcomes<C> = Vec<Result<<C as Call>::Outcome, Failed>>;

/// Calls for several requests at once, and says of each item of each request what became of it.
pub(super) async fn together<C: Call>(call: &C, requests: &[Vec<C::Item>]) -> Vec<Outcomes<C>> {
    let groups: Vec<Vec<&C::Item>> = requests.iter().map(|items| items.iter().collect()).collect();
    let mut outcomes = flat(call, &groups).await.into_iter();
    requests.iter().map(|items| outcomes.by_ref().take(items.len()).collect()).collect()
}

/// How many requests may be found behind locks before the rest of the batch is refused: each costs the lock timeout, and
/// those beside them must not wait longer than their providers do.
const MOST_LOCKED: usize = 4;

/// One call for all groups; if others were in its way, each group alone, so that one locked row holds up its own requests
/// only.
async fn flat<C: Call>(call: &C, groups: &[Vec<&C::Item>]) -> Outcomes<C> {
    let all: Vec<&C::Item> = groups.iter().flatten().copied().collect();
    let first = invoke(call, &all).await;
    if !matches!(first, Err(CallError::InTheWay(_))) {
        return settle(call, &all, first).await;
    }
    metrics::repeated(C::NAME);
    let mut outcomes = Vec::with_capacity(all.len());
    let mut locked = 0;
    for group in groups {
        if locked == MOST_LOCKED {
            outcomes.extend(group.iter().map(|_| Err(Failed::Unavailable)));
            continue;
        }
        let alone = invoke(call, group).await;
        locked += usize::from(matches!(alone, Err(CallError::InTheWay(_))));
        outcomes.extend(settle(call, group, alone).await);
    }
    outcomes
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

    use super::*;

    /// Stores numbers; knows some that it cannot.
    #[derive(Default)]
    struct Numbers {
        calls: Mutex<Vec<Vec<i32>>>,
        poison: Vec<i32>,
        locked: Vec<i32>,
        down: bool,
    }

    impl Call for Numbers {
        type Item = i32;
        type Outcome = i32;
        const NAME: &'static str = "numbers";

        async fn call(&self, items: &[&i32]) -> Result<Vec<i32>, CallError> {
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

    fn ok(items: &[i32]) -> Outcomes<Numbers> {
        items.iter().map(|item| Ok(*item)).collect()
    }

    fn poison() -> Result<i32, Failed> {
        Err(Failed::Poison { detail: "22021".to_owned() })
    }

    #[tokio::test]
    async fn all_goes_in_one_call() {
        let numbers = Numbers::default();
        let outcomes = together(&numbers, &[vec![1, 2], vec![], vec![3]]).await;
        assert_eq!(outcomes, [ok(&[1, 2]), ok(&[]), ok(&[3])]);
        assert_eq!(*numbers.calls.lock().unwrap(), [vec![1, 2, 3]]);
    }

    #[tokio::test]
    async fn poison_is_found_and_nothing_else_suffers() {
        let numbers = Numbers { poison: vec![3, 5], ..Numbers::default() };
        let outcomes = together(&numbers, &[vec![1, 2], vec![3, 4, 5], vec![6]]).await;
        assert_eq!(outcomes, [ok(&[1, 2]), vec![poison(), Ok(4), poison()], ok(&[6])]);
    }

    #[tokio::test]
    async fn one_poison_among_many_costs_few_calls() {
        let numbers = Numbers { poison: vec![77], ..Numbers::default() };
        let requests: Vec<Vec<i32>> = (0..256).map(|n| vec![n]).collect();
        let outcomes = together(&numbers, &requests).await.concat();
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 1);
        assert_eq!(outcomes[77], poison());
        assert!(numbers.calls.lock().unwrap().len() <= 17);
    }

    #[tokio::test]
    async fn a_locked_row_refuses_its_own_request_only() {
        let numbers = Numbers { locked: vec![3], poison: vec![5], ..Numbers::default() };
        let outcomes = together(&numbers, &[vec![1], vec![2], vec![3, 4], vec![5, 6]]).await;
        let refused = || Err(Failed::Unavailable);
        assert_eq!(outcomes, [ok(&[1]), ok(&[2]), vec![refused(), refused()], vec![poison(), Ok(6)]]);
    }

    #[tokio::test]
    async fn many_locked_rows_do_not_make_everybody_wait() {
        let numbers = Numbers { locked: (0..100).collect(), ..Numbers::default() };
        let requests: Vec<Vec<i32>> = (0..100).map(|n| vec![n]).collect();
        let outcomes = together(&numbers, &requests).await.concat();
        assert!(outcomes.iter().all(|outcome| *outcome == Err(Failed::Unavailable)));
        assert_eq!(numbers.calls.lock().unwrap().len(), 1 + MOST_LOCKED);
    }

    #[tokio::test]
    async fn without_a_database_everything_is_refused_after_one_call() {
        let numbers = Numbers { down: true, ..Numbers::default() };
        let outcomes = together(&numbers, &[vec![1], vec![2]]).await.concat();
        assert_eq!(outcomes, [Err(Failed::Unavailable), Err(Failed::Unavailable)]);
        assert_eq!(numbers.calls.lock().unwrap().len(), 1);
    }
}
