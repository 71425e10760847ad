use postgres::{Error, connect};
use testkit::Database;

const PASSWORD: &str = "correct-horse";

async fn failure(url: String) -> anyhow::Result<(String, bool)> {
    let settings = settings::Database { url: url.into(), max_connections: 1 };
    let Err(error) = connect(&settings, "ingest", "test").await else { anyhow::bail!("connected") };
    let whole = format!("{:#}", anyhow::Error::new(error));
    assert!(!whole.contains(PASSWORD), "{whole}");
    let Err(error) = connect(&settings, "ingest", "test").await else { anyhow::bail!("connected") };
    Ok((whole, error.is_temporary()))
}

#[tokio::test]
async fn nobody_there() -> anyhow::Result<()> {
    let port = testkit::free_port()?;
    let (text, temporary) = failure(format!("postgres://u:{PASSWORD}@127.0.0.1:{port}/front")).await?;
    assert!(
        text.starts_with(&format!(
            "cannot connect to PostgreSQL at 127.0.0.1:{port}/front; check that it runs"
        ))
    );
    assert!(temporary);
    Ok(())
}

#[tokio::test]
async fn wrong_password_and_missing_database() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let addr = database.addr()?;
    let (text, temporary) = failure(format!("postgres://frontdesk:{PASSWORD}@{addr}/front")).await?;
    assert!(text.contains("check user and password in database.url"), "{text}");
    assert!(!temporary);
    let missing = format!("{}_missing", database.url());
    let (text, temporary) = failure(missing).await?;
    assert!(text.contains("create the database, or correct its name"), "{text}");
    assert!(!temporary);
    Ok(())
}

#[tokio::test]
async fn no_address_and_nonsense() -> anyhow::Result<()> {
    let (text, _) = failure(String::new()).await?;
    assert!(text.contains("FRONTDESK_DATABASE__URL"), "{text}");
    for nonsense in [format!("{PASSWORD}@host"), format!("postgres://u:{PASSWORD}@host:port/db")] {
        let (text, temporary) = failure(nonsense).await?;
        assert_eq!(text, Error::Address.to_string());
        assert!(!temporary);
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_role_asks_for_migrate() -> anyhow::Result<()> {
    let database = Database::fresh(&[]).await?;
    let Err(error) = connect(&database.settings(), "billing", "test").await else {
        anyhow::bail!("connected")
    };
    assert!(error.to_string().contains("run migrate first"), "{error}");
    Ok(())
}
