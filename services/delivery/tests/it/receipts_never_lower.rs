use delivery::domain::{
    ladder::{Receipt, Rung},
    message::State,
    settle::Settlement,
};
use delivery::store::sending::{self, SettleRow};
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Say, Stage};

const CASES: usize = 120;

/// What may happen to a message whose call is under way, in any order and any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The provider's answer is written down.
    Settle,
    /// Receipts that arrive in one batch.
    Receipts([Rung; 2]),
    /// The provider shows the message.
    Echo,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rung = || prop::sample::select(vec![Rung::Sent, Rung::Failed, Rung::Delivered, Rung::Read]);
    let receipts = (rung(), rung()).prop_map(|(one, two)| Step::Receipts([one, two]));
    let step = prop_oneof![1 => Just(Step::Settle), 4 => receipts, 1 => Just(Step::Echo)];
    prop::collection::vec(step, 1..7)
}

/// The model: the domain's own ladder.
fn model(steps: &[Step], provider_id: &str) -> State {
    let at = Timestamp::UNIX_EPOCH;
    let mut state = State::Intended { at };
    let mut settled = false;
    for step in steps {
        let raise = |state: State, rung| {
            let receipt = Receipt { provider_id: provider_id.to_owned(), rung, at, code: None };
            state.raised_by(&receipt).or(state)
        };
        match step {
            Step::Settle if !settled => {
                settled = true;
                let sent = Settlement::Done(State::Sent { provider_id: provider_id.to_owned(), at });
                state = state.settled_by(&sent).or(state);
            }
            Step::Settle | Step::Echo => {}
            Step::Receipts(rungs) => state = rungs.iter().fold(state, |state, rung| raise(state, *rung)),
        }
    }
    state
}

#[tokio::test]
async fn in_any_order_and_number_they_end_where_the_ladder_says() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    for case in 0..CASES {
        let mut steps = steps().new_tree(&mut runner).map_err(|error| anyhow::anyhow!("{error}"))?.current();
        // The answer comes in the end.
        steps.push(Step::Settle);
        let customer = u32::try_from(case)?;
        let (id, provider_id) = (intended(&stage, customer).await?, format!("PROVIDER{case}"));
        for step in &steps {
            play(&stage, *step, id, customer, &provider_id).await?;
        }
        let expected = model(&steps, &provider_id);
        assert_eq!(stage.shown(id).await?, expected.name().as_str(), "{steps:?}");
        let row = stage.message(id).await?;
        assert_eq!(row.provider_id.as_deref(), expected.provider_id(), "{steps:?}");
    }
    Ok(())
}

/// A message whose intent is committed.
async fn intended(stage: &Stage, customer: u32) -> anyhow::Result<Uuid> {
    let id = stage.enqueue(&[Say::reply(customer, "Good morning")]).await?.remove(0);
    sqlx::query(
        "update delivery.message set state = 'intended', attempts = 1, intended_at = clock_timestamp() where id = $1",
    )
    .bind(id)
    .execute(&stage.owner)
    .await?;
    Ok(id)
}

async fn play(stage: &Stage, step: Step, id: Uuid, customer: u32, provider_id: &str) -> anyhow::Result<()> {
    match step {
        Step::Settle => {
            let row = SettleRow {
                id,
                n: Some(1),
                state: "sent",
                outcome: Some("accepted"),
                provider_id: Some(provider_id.to_owned()),
                ..SettleRow::default()
            };
            sending::settle(&stage.service, &[row]).await?;
        }
        Step::Receipts(rungs) => {
            let receipts = rungs.map(
                |rung| json!({ "channel_id": CHANNEL, "provider_id": provider_id, "status": rung.as_str() }),
            );
            sqlx::query("select delivery.record_receipts_v1($1)")
                .bind(json!(receipts))
                .execute(&stage.intake)
                .await?;
        }
        Step::Echo => drop(stage.echo(provider_id, customer, "Good morning").await?),
    }
    Ok(())
}
