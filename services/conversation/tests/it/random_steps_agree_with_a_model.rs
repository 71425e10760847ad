//! The real functions against a model of a few lines: whatever happens in whatever order, verdicts, cursor and epoch are
//! those the protocol says, and what was said is each item once, in order.

use std::time::Duration;

use conversation::store::turns::{self, Committed};
use proptest::prelude::*;
use sqlx::Row;
use work::{Heart, Held, Verdict};

use crate::fixture::{Fixture, turn, verdict};

#[derive(Clone, Copy, Debug)]
enum Step {
    Append,
    /// Instance looks at the key, as a wake-up would make it.
    Wake(usize),
    /// The instance's latest claim commits everything it saw when it claimed.
    Commit(usize),
    /// Its claim's turn to run alone comes.
    Alone(usize),
    Release(usize),
    Defer(usize),
    HandBack(usize),
    /// The lease ends while the process still believes in its claim.
    Pause(usize),
    Resume(usize),
    Restart(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let i = 0..2_usize;
    prop_oneof![
        3 => Just(Step::Append),
        4 => i.clone().prop_map(Step::Wake),
        4 => i.clone().prop_map(Step::Commit),
        1 => i.clone().prop_map(Step::Alone),
        1 => i.clone().prop_map(Step::Release),
        1 => i.clone().prop_map(Step::Defer),
        1 => i.clone().prop_map(Step::HandBack),
        2 => i.clone().prop_map(Step::Pause),
        2 => i.clone().prop_map(Step::Resume),
        1 => i.prop_map(Step::Restart),
    ]
}

#[derive(Debug, Default)]
struct Model {
    appended: i64,
    done: i64,
    owner: Option<usize>,
    epoch: i64,
    starts: u32,
    alone: bool,
    live: [bool; 2],
    /// What each instance believes it holds, and what it had seen when it claimed.
    believes: [Option<(Held, i64)>; 2],
    said: Vec<i64>,
}

impl Model {
    fn undone(&self) -> bool {
        self.appended > self.done
    }

    fn holds(&self, i: usize) -> Option<(Held, i64)> {
        self.believes[i].filter(|(held, _)| self.owner == Some(i) && self.epoch == held.epoch)
    }

    fn expected(&self) -> &'static str {
        if !self.undone() {
            "idle"
        } else if self.owner.is_some_and(|owner| self.live[owner]) {
            "owned"
        } else if self.alone {
            "poison"
        } else if self.starts >= 2 {
            "suspect"
        } else {
            "claimed"
        }
    }
}

async fn run(steps: Vec<Step>) -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let mut hearts = [fixture.instance().await?, fixture.instance().await?];
    let mut model = Model { live: [true; 2], ..Model::default() };
    let key = fixture.text("+447700900100", "m1").await?;
    model.appended = 1;
    for (n, step) in steps.into_iter().enumerate() {
        take(&fixture, &mut hearts, &mut model, key, n, step).await?;
        let row =
            sqlx::query("select done_seq, epoch from conversation.work").fetch_one(&fixture.owner).await?;
        assert_eq!((row.get::<i64, _>(0), row.get::<i64, _>(1)), (model.done, model.epoch), "after {step:?}");
    }
    let said: Vec<i64> = sqlx::query_scalar("select (message ->> 'upto')::bigint from delivery.said")
        .fetch_all(&fixture.owner)
        .await?;
    assert_eq!(said, model.said);
    assert!(said.is_sorted_by(|a, b| a < b), "said twice or out of order: {said:?}");
    Ok(())
}

async fn take(
    fixture: &Fixture,
    hearts: &mut [Heart; 2],
    model: &mut Model,
    key: uuid::Uuid,
    n: usize,
    step: Step,
) -> anyhow::Result<()> {
    match step {
        Step::Append => {
            fixture.text("+447700900100", &format!("n{n}")).await?;
            model.appended += 1;
        }
        Step::Wake(i) => {
            let expected = model.expected();
            let (found, held) = match verdict(&hearts[i], key).await? {
                Verdict::Idle => ("idle", None),
                Verdict::Owned => ("owned", None),
                Verdict::Early { .. } => ("early", None),
                Verdict::Claimed(held) => ("claimed", Some(held)),
                Verdict::Suspect(held) => ("suspect", Some(held)),
                Verdict::Poison(held) => ("poison", Some(held)),
            };
            assert_eq!(found, expected);
            if let Some(held) = held {
                model.epoch += 1;
                assert_eq!((held.epoch, held.done_seq), (model.epoch, model.done));
                (model.owner, model.starts, model.alone) = (Some(i), model.starts + 1, false);
                model.believes[i] = Some((held, model.appended));
            }
        }
        Step::Commit(i) => {
            let Some((held, upto)) = model.believes[i].take() else { return Ok(()) };
            let holds = model.owner == Some(i) && model.epoch == held.epoch;
            let mut turn = turn(held, upto);
            turn.discardable = false;
            let found = turns::commit(&fixture.pool, hearts[i].me(), &[turn]).await?.remove(0);
            if holds {
                model.done = model.done.max(upto);
                model.said.push(upto);
                (model.starts, model.alone) = (0, false);
                let released = !model.undone();
                assert_eq!(found, Committed::Done { released, effect: None });
                if released {
                    model.owner = None;
                } else {
                    model.believes[i] = Some((held, model.appended));
                }
            } else {
                assert_eq!(found, Committed::Lost);
            }
        }
        Step::Alone(i) => {
            let Some((held, _)) = model.believes[i] else { return Ok(()) };
            let holds = model.holds(i).is_some();
            assert_eq!(hearts[i].start_alone(held).await?, holds);
            model.alone |= holds;
        }
        Step::Release(i) => {
            let Some((held, seen)) = model.holds(i) else { return Ok(()) };
            let kept = hearts[i].release(&[held]).await?;
            (model.starts, model.alone) = (0, false);
            assert_eq!(!kept.is_empty(), model.undone());
            if model.undone() {
                model.believes[i] = Some((held, seen));
            } else {
                (model.owner, model.believes[i]) = (None, None);
            }
        }
        Step::Defer(i) => {
            let Some((held, _)) = model.believes[i].take() else { return Ok(()) };
            let holds = model.owner == Some(i) && model.epoch == held.epoch;
            assert_eq!(hearts[i].defer(held, Duration::ZERO).await?, holds);
            if holds {
                (model.owner, model.alone) = (None, false);
                model.starts = model.starts.saturating_sub(1);
            }
        }
        Step::HandBack(i) => {
            let Some((held, _)) = model.believes[i].take() else { return Ok(()) };
            let holds = model.owner == Some(i) && model.epoch == held.epoch;
            hearts[i].hand_back(&[(held.key, held.epoch)]).await?;
            if holds {
                (model.owner, model.alone) = (None, false);
                model.starts = model.starts.saturating_sub(1);
            }
        }
        Step::Pause(i) => {
            fixture.kill(&hearts[i]).await?;
            model.live[i] = false;
        }
        Step::Resume(i) => {
            hearts[i].beat().await?;
            model.live[i] = true;
        }
        Step::Restart(i) => {
            // A new instance: what the old one owned has no live owner, now or ever.
            fixture.kill(&hearts[i]).await?;
            hearts[i] = fixture.instance().await?;
            model.live[i] = true;
            model.believes[i] = None;
            if model.owner == Some(i) {
                model.owner = None;
            }
        }
    }
    Ok(())
}

#[test]
fn whatever_happens_in_whatever_order() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let config = ProptestConfig { cases: 12, max_shrink_iters: 64, ..ProptestConfig::default() };
    proptest!(config, |(steps in prop::collection::vec(step(), 1..40))| {
        runtime.block_on(run(steps)).map_err(|error| TestCaseError::fail(format!("{error:#}")))?;
    });
    Ok(())
}
