use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::json;
use uuid::Uuid;

use crate::fixture::{CHANNEL, Fixture, accept};

/// Ten people, known by overlapping names, written to by everybody at once: batches of random size in random order.
#[tokio::test(flavor = "multi_thread")]
async fn overlapping_batches_wait_for_each_other_and_never_for_ever() -> anyhow::Result<()> {
    const INTAKES: u64 = 4;
    const BATCHES: usize = 40;
    let fixture = Fixture::new().await?;
    let mut tasks = Vec::new();
    for seed in 0..INTAKES {
        let pool = fixture.database.pool("ingest").await?;
        tasks.push(tokio::spawn(async move {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut accepted = 0;
            for batch in 0..BATCHES {
                let mut events: Vec<_> = (0..rng.random_range(1..=20))
                    .map(|n| {
                        let person = rng.random_range(0..10_u32);
                        let phone = format!("+4477009001{person:02}");
                        let peer = match rng.random_range(0..3) {
                            0 => json!({ "phone": phone }),
                            1 => json!({ "phone": phone, "lid": format!("lid{person}") }),
                            _ => json!({ "phone": phone, "bsuid": format!("GB.{person}") }),
                        };
                        // A third of the ids are shared with the other intakes: the same webhook delivered twice.
                        let id = if n % 3 == 0 { format!("shared{batch}-{n}") } else { format!("own{seed}-{batch}-{n}") };
                        json!({ "channel_id": CHANNEL, "kind": "message", "provider_id": id, "peer": peer, "to": phone,
                                "body": { "kind": "text", "text": "hi" }, "correlation_id": Uuid::now_v7() })
                    })
                    .collect();
                events.shuffle(&mut rng);
                let rows = accept(&pool, &events).await?;
                accepted += rows.iter().filter(|row| row.outcome == "accepted").count();
            }
            anyhow::Ok(accepted)
        }));
    }
    let mut accepted = 0;
    for task in tasks {
        accepted += task.await??;
    }
    assert_eq!(fixture.count("select count(*) from conversation.item").await?, i64::try_from(accepted)?);
    assert_eq!(fixture.count("select count(*) from conversation.seen").await?, i64::try_from(accepted)?);
    assert_eq!(fixture.count("select count(*) from conversation.conversation").await?, 10);
    // No number is missing and none is given twice.
    let gaps = "select count(*) from (select conversation_id, max(seq) as top, count(*) as n from conversation.item group by 1) c
                join conversation.tail t on t.key = c.conversation_id where c.top <> c.n or t.next_seq <> c.n + 1";
    assert_eq!(fixture.count(gaps).await?, 0);
    Ok(())
}
