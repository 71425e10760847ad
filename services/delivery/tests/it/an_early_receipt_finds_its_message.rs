use std::sync::{Arc, Mutex, mpsc};

use simulators::whatsapp::{SendHook, WhatsAppOptions};
use tokio::sync::mpsc as tokio_mpsc;

use crate::fixture::{PATIENCE, Replica, Say, Stage};

/// A WhatsApp that answers a send only when the test says so, and tells the test the message's id before.
fn waiting() -> (WhatsAppOptions, tokio_mpsc::UnboundedReceiver<String>, mpsc::Sender<()>) {
    let (told, ids) = tokio_mpsc::unbounded_channel();
    let (go, gate) = mpsc::channel();
    let gate = Arc::new(Mutex::new(gate));
    let hook = SendHook(Arc::new(move |seen| {
        let _ = told.send(seen.id.to_owned());
        tokio::task::block_in_place(|| {
            if let Ok(gate) = gate.lock() {
                let _ = gate.recv_timeout(PATIENCE);
            }
        });
    }));
    (WhatsAppOptions { on_send: Some(hook), ..WhatsAppOptions::quick() }, ids, go)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn receipts_that_overtake_the_answer_are_kept_for_it() -> anyhow::Result<()> {
    let (options, mut ids, go) = waiting();
    let stage = Stage::with(options).await?;
    let _replica = Replica::start(&stage).await?;
    for (receipts, state, shown) in [
        (["sent", "delivered"], "sent", "delivered"),
        (["read", "delivered"], "sent", "read"),
        (["sent", "failed"], "failed", "failed"),
        (["failed", "delivered"], "sent", "delivered"),
    ] {
        let id = stage.say(Say::reply(1, "Good morning")).await?;
        let provider_id = ids.recv().await.unwrap_or_default();
        for receipt in receipts {
            assert_eq!(stage.receipt(&provider_id, receipt).await?, "parked", "{receipt}");
        }
        go.send(())?;
        let row = stage.until(id, "the answer is written", |row| row.state != "intended").await?;
        assert_eq!((row.state.as_str(), stage.shown(id).await?.as_str()), (state, shown), "{receipts:?}");
        if state == "failed" {
            assert!(row.reason.is_some_and(|reason| reason["next_step"].is_string()));
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_echo_that_overtakes_the_answer_does_no_harm() -> anyhow::Result<()> {
    let (options, mut ids, go) = waiting();
    let stage = Stage::with(options).await?;
    let _replica = Replica::start(&stage).await?;
    let id = stage.say(Say::reply(1, "Good morning")).await?;
    let provider_id = ids.recv().await.unwrap_or_default();
    assert!(stage.echo(&provider_id, 1, "Good morning").await?);
    assert_eq!(stage.receipt(&provider_id, "delivered").await?, "raised");
    go.send(())?;
    let row = stage.until_state(id, "sent").await?;
    assert_eq!((row.provider_id, stage.shown(id).await?.as_str()), (Some(provider_id), "delivered"));
    Ok(())
}
