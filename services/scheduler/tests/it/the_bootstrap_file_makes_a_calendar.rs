use std::io::Write as _;

use ids::{ServiceId, TenantId};
use scheduler::store;
use settings::{Loader, Settings};
use uuid::Uuid;

use crate::fixture::House;

const CLINIC: &str = r#"
[[tenant]]
slug = "clinic"
name = "Clinic"
time_zone = "Europe/Lisbon"
language = "pt"
emergency_number = "112"

[[tenant.channel]]
slug = "clinic"
provider = "evolution"
base_url = "http://127.0.0.1:8090"
instance = "clinic"
own_address = "351212345678"
secrets = { api_key = "env:A", webhook_token = "env:B" }

[tenant.agent]
slug = "desk"
prompt = "Be kind."

[[tenant.service]]
slug = "check-up"
name = "Consulta"
minutes = 40
reminders = { every = "10s", earliest_lead = "60d", cap = 1 }

[[tenant.staff]]
slug = "ana"
name = "Ana"
services = ["check-up"]

[[tenant.hours]]
weekdays = ["mon", "tue"]
from = "08:00"
to = "20:00"
"#;

fn naming(path: &std::path::Path) -> anyhow::Result<Settings> {
    let file = [("FRONTDESK_BOOTSTRAP__FILE".to_owned(), path.display().to_string())];
    Ok(Loader::new().defaults(scheduler::SERVICE.defaults).env(file).load()?)
}

#[tokio::test]
async fn as_often_as_it_is_applied() -> anyhow::Result<()> {
    let house = House::open().await?;
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(CLINIC.as_bytes())?;
    let settings = naming(file.path())?;
    let tenant = TenantId::named(Uuid::nil(), "clinic");
    for _ in 0..2 {
        scheduler::bootstrap::apply(&settings, &house.pool).await?;
        let mut connection = house.pool.acquire().await?;
        let calendar = store::calendar::load(&mut connection, tenant).await?;
        let calendar = calendar.ok_or_else(|| anyhow::anyhow!("there is no calendar"))?;
        let service = calendar.service("check-up").ok_or_else(|| anyhow::anyhow!("there is no service"))?;
        assert_eq!(service.id, ServiceId::named(tenant.uuid(), "check-up"));
        assert_eq!(
            (service.minutes, calendar.staff_for(service.id).count(), calendar.hours.len()),
            (40, 1, 2)
        );
    }
    let every: f64 = sqlx::query_scalar(
        "select extract(epoch from reminder_every)::float8 from scheduler.service where tenant_id = $1",
    )
    .bind(tenant.uuid())
    .fetch_one(&house.owner)
    .await?;
    assert!((every - 10.0).abs() < f64::EPSILON);
    Ok(())
}

#[tokio::test]
async fn no_file_is_no_mistake_and_a_missing_one_is() -> anyhow::Result<()> {
    let house = House::open().await?;
    let none = Loader::new().defaults(scheduler::SERVICE.defaults).load()?;
    scheduler::bootstrap::apply(&none, &house.pool).await?;
    let missing = naming(std::path::Path::new("/nowhere/clinic.toml"))?;
    assert!(scheduler::bootstrap::apply(&missing, &house.pool).await.is_err());
    Ok(())
}
