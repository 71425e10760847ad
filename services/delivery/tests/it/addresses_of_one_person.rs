use crate::fixture::{CHANNEL, Replica, Say, Stage, TENANT};

#[tokio::test]
async fn what_waits_goes_to_the_new_number_and_an_opt_out_comes_along() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    let waiting = stage.enqueue(&[Say::reply(1, "an answer"), Say::reply(3, "to somebody else")]).await?;
    let opted_out: i32 = sqlx::query_scalar("select delivery.opt_out_v1($1, $2, array[$3], 'stop')")
        .bind(TENANT)
        .bind(CHANNEL)
        .bind(Say::phone(4))
        .fetch_one(&stage.sender)
        .await?;
    assert_eq!(opted_out, 1);
    for (from, to) in [(1, 2), (4, 5)] {
        sqlx::query("select delivery.move_address_v1($1, $2, $3, $4)")
            .bind(TENANT)
            .bind(CHANNEL)
            .bind(Say::phone(from))
            .bind(Say::phone(to))
            .execute(&stage.sender)
            .await?;
    }
    let reminder = stage.enqueue(&[Say::reminder(5, "not wanted")]).await?;
    let _replica = Replica::start(&stage).await?;
    stage.until_state(waiting[0], "sent").await?;
    stage.until_state(waiting[1], "sent").await?;
    stage.until_state(reminder[0], "skipped").await?;
    let addresses: Vec<String> = sqlx::query_scalar("select to_address from delivery.message order by id")
        .fetch_all(&stage.owner)
        .await?;
    assert_eq!(addresses, [Say::phone(2), Say::phone(3), Say::phone(5)]);
    Ok(())
}

#[tokio::test]
async fn the_window_opened_under_one_name_is_open_under_the_other() -> anyhow::Result<()> {
    let stage = Stage::new().await?;
    sqlx::query("insert into delivery.inbound values ($1, '447700900123', now() - interval '1 hour')")
        .bind(CHANNEL)
        .execute(&stage.owner)
        .await?;
    sqlx::query("select delivery.same_person_v1($1, $2, array['GB.7041', '447700900123'])")
        .bind(TENANT)
        .bind(CHANNEL)
        .execute(&stage.sender)
        .await?;
    let times: i64 =
        sqlx::query_scalar("select count(distinct at) from delivery.inbound having count(*) = 2")
            .fetch_one(&stage.owner)
            .await?;
    assert_eq!(times, 1);
    let opted_out: i64 =
        sqlx::query_scalar("select count(*) from delivery.opt_out").fetch_one(&stage.owner).await?;
    assert_eq!(opted_out, 0, "nobody asked for silence");
    Ok(())
}
