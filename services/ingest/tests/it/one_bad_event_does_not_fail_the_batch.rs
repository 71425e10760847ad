//! Many requests share a commit; poison in one of them must not cost the others theirs.

use ingest::providers::Provider;

use crate::support::fixtures::bytes;
use crate::support::front::Front;

#[tokio::test]
async fn a_full_batch_with_poison_in_the_middle() {
    let front = Front::start().await;
    // Nobody knows of a text that is poison; the next one to be found is refused like this.
    sqlx::query("alter table conversation.item add check (body ->> 'text' not like '%poison%')")
        .execute(&front.owner)
        .await
        .unwrap();
    let body = String::from_utf8(bytes(Provider::Evolution, "01-upsert-conversation")).unwrap();
    let requests = (0..300).map(|n| {
        let mut body = body.replace("3A5C1E7F90B24D6688A1", &format!("ID{n}"));
        body = body
            .replace("447700900123", &format!("44770090{:04}", n % 50))
            .replace("218830041177123", &format!("2188300{:04}", n % 50));
        if n % 100 == 42 {
            body = body.replace("Thursday?", "poison");
        }
        let front = &front;
        async move { (n, front.evolution(body).await.counts()) }
    });
    for (n, counts) in futures_util::future::join_all(requests).await {
        let expected = if n % 100 == 42 { [0, 0, 0, 1] } else { [1, 0, 0, 0] };
        assert_eq!(counts, expected, "{n}");
    }
    assert_eq!(front.count("select count(*) from conversation.item").await, 297);
    assert_eq!(front.count("select count(*) from ingest.quarantine where reason = 'poison'").await, 3);
    assert_eq!(front.count("select count(distinct conversation_id) from conversation.item").await, 50);
}
