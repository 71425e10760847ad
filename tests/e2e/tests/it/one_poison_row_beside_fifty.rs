use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use e2e::Stack;
use simulators::{
    faults::Trigger,
    model::{Answer, Brain, ChatRequest, Clerk, ModelFault},
};
use tokio::sync::Notify;

const SOON: Duration = Duration::from_secs(30);
const HEALTHY: usize = 50;
const POISON: &str = "447700980099";
const WISH: &str = "Hi, I need an appointment";
/// What nobody can work on and live.
const DEADLY: &str = "Hi, I need an appointment for my zebra";

fn healthy(n: usize) -> String {
    format!("4477009800{n:02}")
}

/// Tells when it is asked about what is deadly, and does not answer before the process is dead.
struct Deadly {
    asked: Arc<Notify>,
    dead: Mutex<mpsc::Receiver<()>>,
}

impl Brain for Deadly {
    fn answer(&self, request: &ChatRequest) -> Result<Answer, String> {
        if request.messages.iter().any(|message| message.content.contains("zebra")) {
            self.asked.notify_one();
            let dead = self.dead.lock().map_err(|error| error.to_string())?;
            // Ends with the sender, too.
            let _ = tokio::task::block_in_place(|| dead.recv());
        }
        Clerk.answer(request)
    }
}

/// A message whose turn ends the process, again and again, and fifty that are worked on in the same process.
#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_is_given_up_and_fifty_are_answered_once() -> anyhow::Result<()> {
    let mut stack = Stack::start().await?;
    let stalled = stack.model.fault(ModelFault::Stall { hold_ms: 60_000 }, Trigger::ALWAYS);
    stack.customer(POISON, DEADLY)?;
    for n in 0..HEALTHY {
        stack.customer(&healthy(n), WISH)?;
    }
    // Twice it takes all the others with it.
    for starts in 1..=2 {
        let all = match starts {
            1 => "select count(*) from conversation.work where owner is not null and starts = 1",
            _ => "select count(*) from conversation.work where owner is not null and starts = 2",
        };
        stack.counts(51, "all are being worked on", all, SOON).await?;
        die(&mut stack).await?;
        if starts == 2 {
            stack.model.forgive(stalled);
        }
        let (asked, dead) = (Arc::new(Notify::new()), mpsc::channel());
        stack.model.think_with(Deadly { asked: asked.clone(), dead: Mutex::new(dead.1) });
        stack.program.start().await?;
        if starts == 2 {
            // Then it runs alone, and is alone in its guilt.
            tokio::time::timeout(SOON, asked.notified()).await?;
            die(&mut stack).await?;
            stack.program.start().await?;
        }
        drop(dead.0);
    }
    for n in 0..HEALTHY {
        stack.hears(&healthy(n), 1, SOON).await?;
    }
    stack.hears(POISON, 1, SOON).await?;
    stack.is_done(SOON).await?;
    let texts: Vec<_> = (0..HEALTHY).map(healthy).map(|phone| stack.sent_to(&phone)).collect();
    assert!(texts.iter().all(|sent| sent.len() == 1 && sent[0].contains("1. ")), "{texts:?}");
    let [apology] = stack.sent_to(POISON).try_into().map_err(|sent| anyhow::anyhow!("{sent:?}"))?;
    assert!(apology.contains("I have passed this on to the team"), "{apology}");
    for (number, what, sql) in [
        (1, "one item is dead", "select count(*) from conversation.item where state = 'dead'"),
        (
            1,
            "it is the deadly one",
            "select count(*) from conversation.item where state = 'dead' and body ->> 'text' like '%zebra%'",
        ),
        (
            1,
            "a person is asked for",
            "select count(*) from conversation.conversation where owned_by <> 'bot'",
        ),
        (1, "there is one dead letter", "select count(*) from alerting.dead_letter"),
    ] {
        stack.counts(number, what, sql, SOON).await?;
    }
    Ok(())
}

/// `kill -9`, and the five seconds after which nobody believes in it any more.
async fn die(stack: &mut Stack) -> anyhow::Result<()> {
    stack.program.kill9().await?;
    let lease_ended = "update conversation.instance set seen_at = seen_at - interval '1 minute';
                       update delivery.instance set seen_at = seen_at - interval '1 minute'";
    sqlx::raw_sql(lease_ended).execute(&stack.rows().await?).await?;
    Ok(())
}
