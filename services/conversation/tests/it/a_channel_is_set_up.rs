//! Channels by operators: declared, changed, their secrets replaced, switched off. The other services' functions are stubs that
//! note what they were given.

use std::os::unix::fs::PermissionsExt as _;

use conversation::channels::{By, Desk, Refused};
use ids::{ChannelId, TenantId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use toml::Table;
use uuid::Uuid;

use crate::fixture::{Fixture, TENANT};

const STUBS: &str = "
    create table delivery.put (at bigint generated always as identity, channel jsonb);
    create function delivery.put_channel_v1(channel jsonb) returns void language sql security definer as
        $$ insert into delivery.put (channel) values (channel) $$;
    create table delivery.waits (many bigint);
    insert into delivery.waits values (0);
    create function delivery.waiting_v1(channel_id uuid) returns bigint language sql security definer as
        $$ select many from delivery.waits $$;
    create schema if not exists ingest;
    create function ingest.put_channel_v1(channel jsonb) returns void language sql as $$ select $$;
    create table ingest.note (what text, at timestamptz);
    create function ingest.door_notes_v1(channel_id uuid) returns table (what text, at timestamptz)
        language sql security definer as $$ select what, at from ingest.note $$;
    create function scheduler.put_channel_word_v1(channel_id uuid, cancel_word text) returns void language sql as $$ select $$;
    grant usage on schema ingest, delivery, scheduler to conversation_app;
    grant execute on all functions in schema ingest, delivery, scheduler to conversation_app;
";

struct Room {
    fixture: Fixture,
    desk: Desk,
    folder: tempfile::TempDir,
}

impl Room {
    async fn new() -> anyhow::Result<Self> {
        let fixture = Fixture::new().await?;
        sqlx::raw_sql(STUBS).execute(&fixture.owner).await?;
        let folder = tempfile::tempdir()?;
        let desk = Desk::new(fixture.pool.clone(), "https://wa.example/", &folder.path().to_string_lossy())?;
        Ok(Self { fixture, desk, folder })
    }

    async fn create(&self, text: &str) -> Result<conversation::channels::Created, Refused> {
        let table: Table = text.parse().unwrap_or_default();
        self.desk.create(TenantId::from_uuid(TENANT), table, &by()).await
    }

    /// What delivery was given last.
    async fn given(&self) -> anyhow::Result<Value> {
        Ok(sqlx::query_scalar("select channel from delivery.put order by at desc limit 1")
            .fetch_one(&self.fixture.owner)
            .await?)
    }

    fn files(&self) -> anyhow::Result<usize> {
        Ok(std::fs::read_dir(self.folder.path())?.count())
    }
}

fn by() -> By {
    By { role: "admin".to_owned(), correlation_id: Uuid::now_v7() }
}

fn id(slug: &str) -> ChannelId {
    ChannelId::named(Uuid::nil(), slug)
}

const EVOLUTION: &str = "slug = 'front'\nprovider = 'evolution'\nbase_url = 'http://e'\ninstance = 'i'\npreset = 'evolution_new'\n
                         secrets = { api_key = 'env:PATH' }";

#[tokio::test]
async fn the_secret_that_is_ours_to_choose_is_made_up_kept_and_shown_once() -> anyhow::Result<()> {
    let room = Room::new().await?;
    let created = room.create(EVOLUTION).await?;
    let made_up = created.made_up.ok_or_else(|| anyhow::anyhow!("nothing was made up"))?;
    assert!(created.is_new && made_up.name == "webhook_token" && made_up.value.expose().len() == 64);
    assert_eq!(made_up.reference.resolve()?.expose(), made_up.value.expose());
    let path = made_up.reference.to_string().replace("file:", "");
    assert_eq!(std::fs::metadata(path)?.permissions().mode() & 0o777, 0o600);

    let given = room.given().await?;
    assert_eq!(given["secrets"]["webhook_token"], json!(made_up.reference));
    assert!(!given.to_string().contains(made_up.value.expose()), "the value went into the database");
    assert_eq!((&given["tokens_per_second"], &given["bucket_capacity"]), (&json!(0.2), &json!(2)));

    let shown = room.desk.show(created.id).await?;
    assert_eq!(shown.webhook.url, "https://wa.example/webhooks/evolution/front");
    assert!(shown.secrets.iter().all(|secret| secret.problem.is_none()), "{:?}", shown.secrets);
    let history = room.desk.history(created.id).await?;
    assert_eq!(
        (history.len(), history[0].what.as_str(), history[0].by_role.as_str()),
        (1, "created", "admin")
    );

    let again = room.create(EVOLUTION).await?;
    assert!(!again.is_new && again.made_up.is_none() && again.id == created.id);
    assert!(matches!(room.create(&EVOLUTION.replace("'i'", "'other'")).await, Err(Refused::Exists)));
    assert_eq!(room.files()?, 1, "asking again makes nothing up");
    Ok(())
}

/// As the bootstrap file does it for its own.
#[tokio::test]
async fn a_channel_without_quiet_hours_has_those_of_the_business() -> anyhow::Result<()> {
    let room = Room::new().await?;
    let hours = |from: &str| json!({ "from": from, "until": "08:00:00", "time_zone": "Europe/London" });
    let house = async |sql: &'static str| {
        let mut tx = room.fixture.pool.begin().await?;
        sqlx::query(sql).execute(&mut *tx).await?;
        conversation::channels::follow(&mut tx, TenantId::from_uuid(TENANT)).await?;
        anyhow::Ok(tx.commit().await?)
    };
    house("update conversation.tenant set time_zone = 'Europe/London', quiet_hours = '{\"from\": \"21:00:00\", \"until\": \"08:00:00\"}'")
        .await?;
    room.create(EVOLUTION).await?;
    assert_eq!(room.given().await?["quiet_hours"], hours("21:00:00"));
    let shown = room.desk.show(id("front")).await?;
    assert_eq!(shown.row.quiet_hours, None, "they are not its own");
    house("update conversation.tenant set quiet_hours = '{\"from\": \"22:00:00\", \"until\": \"08:00:00\"}'")
        .await?;
    assert_eq!(room.given().await?["quiet_hours"], hours("22:00:00"), "it follows");

    let update =
        async |text: &str| room.desk.update(id("front"), text.parse().unwrap_or_default(), &by()).await;
    update("quiet_hours = { from = '23:00', until = '08:00' }").await?;
    assert_eq!(room.given().await?["quiet_hours"], hours("23:00:00"), "its own come first");
    update("quiet_hours = {}").await?;
    assert_eq!(room.given().await?["quiet_hours"], hours("22:00:00"), "and can be given up");
    Ok(())
}

#[tokio::test]
async fn operators_say_how_often_a_silent_channel_is_tried() -> anyhow::Result<()> {
    let room = Room::new().await?;
    room.create(&format!("canary_every = '12h'\n{EVOLUTION}")).await?;
    assert_eq!(room.given().await?["canary_every"], json!(43_200.0));
    let update =
        async |text: &str| room.desk.update(id("front"), text.parse().unwrap_or_default(), &by()).await;
    update("canary_every = '0s'").await?;
    assert_eq!(room.given().await?["canary_every"], json!(0.0));
    assert_eq!(room.desk.history(id("front")).await?[0].fields, ["canary_every"]);
    update("canary_every = ''").await?;
    assert_eq!(room.given().await?["canary_every"], Value::Null, "as delivery does");
    let Err(Refused::Declared(problems)) = update("canary_every = 'often'").await else {
        anyhow::bail!("accepted")
    };
    assert_eq!(problems[0].path, "canary_every");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_nothing() -> anyhow::Result<()> {
    let room = Room::new().await?;
    let wrong = EVOLUTION.replace("'http://e'", "'e'").replace("'env:PATH'", "'hunter2'");
    let Err(Refused::Declared(problems)) = room.create(&wrong).await else { anyhow::bail!("accepted") };
    let paths: Vec<&str> = problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["base_url", "secrets.api_key"]);
    assert_eq!(room.files()?, 0);
    // The other services have the last word; what was made up for it goes again.
    sqlx::raw_sql(
        "create or replace function ingest.put_channel_v1(channel jsonb) returns void language plpgsql as
                   $$ begin raise exception 'no'; end $$",
    )
    .execute(&room.fixture.owner)
    .await?;
    assert!(matches!(room.create(EVOLUTION).await, Err(Refused::Database(_))));
    assert_eq!(room.files()?, 0);
    assert!(matches!(room.desk.show(id("front")).await, Err(Refused::NotThere(_))));
    let nobody = TenantId::from_uuid(Uuid::from_u128(9));
    assert!(matches!(
        room.desk.create(nobody, EVOLUTION.parse()?, &by()).await,
        Err(Refused::NotThere("tenant"))
    ));
    Ok(())
}

#[tokio::test]
async fn what_is_given_changes_and_what_the_file_declares_does_not() -> anyhow::Result<()> {
    let room = Room::new().await?;
    let id = room.create(EVOLUTION).await?.id;
    room.desk.update(id, "preset = 'evolution_warm'".parse()?, &by()).await?;
    room.desk.update(id, "preset = 'evolution_warm'".parse()?, &by()).await?;
    assert_eq!(room.given().await?["tokens_per_second"], json!(1.0));
    let history = room.desk.history(id).await?;
    assert_eq!(history.len(), 2, "the same again is no change");
    assert_eq!(history[0].fields, ["bucket_capacity", "preset", "tokens_per_second"]);
    let moved = room.desk.update(id, "slug = 'other'".parse()?, &by()).await;
    assert!(matches!(moved, Err(Refused::Declared(_))), "{moved:?}");

    sqlx::raw_sql("update conversation.channel set managed_by = 'file'").execute(&room.fixture.owner).await?;
    assert!(matches!(room.desk.update(id, Table::new(), &by()).await, Err(Refused::OfTheFile)));
    assert!(matches!(room.create(EVOLUTION).await, Err(Refused::OfTheFile)));
    assert!(matches!(room.desk.disable(id, true, &by()).await, Err(Refused::OfTheFile)));
    Ok(())
}

#[tokio::test]
async fn parts_quiet_hours_and_a_new_number_are_said_and_taken_back() -> anyhow::Result<()> {
    let room = Room::new().await?;
    let meta = "slug = 'm'\nprovider = 'meta'\nphone_number_id = '1'\nwaba_id = '2'\nnew_since = '2026-11-01'
                quiet_hours = { from = '21:00', until = '08:00' }\ntemplates = { moved = 'moved', reminder = { name = 'visit' } }
                secrets = { access_token = 'env:PATH', app_secret = 'env:PATH', verify_token = 'env:PATH' }";
    let id = room.create(meta).await?.id;
    let given = room.given().await?;
    assert_eq!(given["templates"]["reminder"]["variants"], json!([{ "name": "visit" }]));
    assert_eq!(given["quiet_hours"], json!({ "from": "21:00:00", "until": "08:00:00", "time_zone": "UTC" }));
    assert_eq!(given["new_since"], "2026-11-01");
    assert!(!room.create(meta).await?.is_new, "the same again is the same");

    // What is not named stays; what is named empty goes.
    room.desk.update(id, "own_address = '+442079460000'".parse()?, &by()).await?;
    assert_eq!(room.given().await?["templates"], given["templates"]);
    room.desk
        .update(id, "new_since = ''\nquiet_hours = {}\ntemplates = { moved = {} }".parse()?, &by())
        .await?;
    let less = room.given().await?;
    assert_eq!((&less["quiet_hours"], &less["new_since"]), (&Value::Null, &Value::Null));
    let parts = less["templates"].as_object().into_iter().flatten();
    assert_eq!(parts.map(|(part, _)| part.as_str()).collect::<Vec<_>>(), ["reminder"]);
    assert_eq!(room.desk.history(id).await?[0].fields, ["new_since", "quiet_hours", "templates"]);
    let wrong =
        room.desk.update(id, "templates = { reminder = { name = 'Not A Name' } }".parse()?, &by()).await;
    let Err(Refused::Declared(problems)) = wrong else { anyhow::bail!("accepted") };
    assert_eq!(problems[0].path, "templates.reminder.name");
    Ok(())
}

#[tokio::test]
async fn switching_off_says_how_many_messages_would_wait() -> anyhow::Result<()> {
    let room = Room::new().await?;
    let id = room.create(EVOLUTION).await?.id;
    sqlx::raw_sql("update delivery.waits set many = 3").execute(&room.fixture.owner).await?;
    assert!(matches!(room.desk.disable(id, false, &by()).await, Err(Refused::Waiting(3))));
    assert_eq!(room.desk.disable(id, true, &by()).await?.waiting, 3);
    assert_eq!(room.given().await?["disabled"], json!(true));
    assert!(room.desk.show(id).await?.row.disabled_at.is_some());
    room.desk.update(id, "own_address = '+442079460000'".parse()?, &by()).await?;
    assert_eq!(room.given().await?["disabled"], json!(true), "a change does not switch it on");
    room.desk.enable(id, &by()).await?;
    assert_eq!(room.given().await?["disabled"], json!(false));
    Ok(())
}

#[tokio::test]
async fn a_secret_and_its_successor_are_good_together_until_the_old_one_is_retired() -> anyhow::Result<()> {
    let room = Room::new().await?;
    let created = room.create(EVOLUTION).await?;
    let (id, now) = (created.id, Timestamp::UNIX_EPOCH + SignedDuration::from_hours(9));
    let old = room.given().await?["secrets"]["webhook_token"].clone();
    let made_up = room.desk.rotate(id, "webhook_token", None, &by()).await?;
    let made_up = made_up.ok_or_else(|| anyhow::anyhow!("nothing was made up"))?;
    let given = room.given().await?;
    assert_eq!(given["secrets"]["webhook_token_previous"], old);
    assert_eq!(given["secrets"]["webhook_token"], json!(made_up.reference));
    assert!(matches!(
        room.desk.rotate(id, "webhook_token", None, &by()).await,
        Err(Refused::BeingReplaced(_))
    ));
    assert!(matches!(room.desk.rotate(id, "api_key", None, &by()).await, Err(Refused::NotRotatable { .. })));

    sqlx::query("insert into ingest.note values ('webhook_token_previous', to_timestamp(9 * 3600 - 60))")
        .execute(&room.fixture.owner)
        .await?;
    let shown = room.desk.show(id).await?;
    let used = shown.secrets.iter().find(|secret| secret.name == "webhook_token_previous");
    assert_eq!(used.and_then(|secret| secret.last_used_at), Some(now - SignedDuration::from_mins(1)));
    let soon = room.desk.retire(id, "webhook_token", false, &by(), now).await;
    assert!(matches!(soon, Err(Refused::StillUsed { .. })), "{soon:?}");
    let later = now + SignedDuration::from_hours(1);
    room.desk.retire(id, "webhook_token", false, &by(), later).await?;
    assert_eq!(room.given().await?["secrets"].get("webhook_token_previous"), None);
    assert_eq!(room.files()?, 1, "the old one's file is gone");
    let again = room.desk.retire(id, "webhook_token", false, &by(), later).await;
    assert!(matches!(again, Err(Refused::NothingToRetire(_))), "{again:?}");
    Ok(())
}
