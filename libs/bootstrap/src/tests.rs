use super::*;

const GOOD: &str = r#"
[[tenant]]
slug = "acme"
name = "Acme"
time_zone = "Europe/London"
language = "en"

[[tenant.channel]]
slug = "acme-main"
provider = "evolution"
base_url = "http://127.0.0.1:8090"
instance = "acme"
secrets = { api_key = "env:KEY", webhook_token = "file:/run/secrets/token" }

[[tenant.service]]
slug = "check-up"
name = "Check-up"
minutes = 30
reminders = { every = "10s" }

[[tenant.staff]]
slug = "ana"
name = "Ana"
services = ["check-up"]

[[tenant.hours]]
weekdays = ["mon", "Friday"]
from = "09:00"
to = "24:00"

[[tenant.holiday]]
date = "2026-12-25"
name = "Christmas"
"#;

#[test]
fn a_good_file_is_finished() -> Result<(), Error> {
    let file = parse(GOOD)?;
    let tenant = &file.tenants[0];
    assert_eq!(tenant.id, ids::TenantId::named(uuid::Uuid::nil(), "acme"));
    assert_eq!(tenant.staff[0].services, [tenant.services[0].id]);
    assert_eq!((tenant.hours[0].opens, tenant.hours[0].closes), (540, 1440));
    assert_eq!(tenant.services[0].reminders.every.as_secs(), 10);
    assert_eq!(tenant.services[0].reminders.cap, 12);
    assert_eq!((tenant.channels[0].tokens_per_second, tenant.channels[0].bucket_capacity), (1.0, 5));
    Ok(())
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    let table = [
        (r#"provider = "evolution""#, r#"provider = "telegram""#, "tenant[0].channel[0].provider"),
        (r#"instance = "acme""#, "", "tenant[0].channel[0].instance"),
        ("env:KEY", "hunter2", "tenant[0].channel[0].secrets.api_key"),
        (r#"api_key = "env:KEY", "#, "", "tenant[0].channel[0].secrets.api_key"),
        ("Europe/London", "London", "tenant[0].time_zone"),
        ("minutes = 30", "minutes = 0", "tenant[0].service[0].minutes"),
        (r#"every = "10s""#, r#"every = "soon""#, "tenant[0].service[0].reminders.every"),
        (r#"services = ["check-up"]"#, r#"services = ["surgery"]"#, "tenant[0].staff[0].services[0]"),
        ("Friday", "Someday", "tenant[0].hours[0].weekdays[1]"),
        (r#"from = "09:00""#, r#"from = "9 am""#, "tenant[0].hours[0].from"),
        (r#"to = "24:00""#, r#"to = "08:00""#, "tenant[0].hours[0].to"),
        ("2026-12-25", "25.12.", "tenant[0].holiday[0].date"),
        (r#"slug = "acme-main""#, r#"slug = "Acme Main""#, "tenant[0].channel[0].slug"),
    ];
    for (from, to, place) in table {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let error = parse(&text).map(drop).map_err(|error| error.to_string());
        let told = error.as_ref().is_err_and(|error| error.contains(place));
        assert!(told, "{from} -> {to}: {error:?}");
        assert!(!error.is_err_and(|error| error.contains("hunter2")), "an error must not print what may be a secret");
    }
}

#[test]
fn unknown_keys_are_refused_with_their_name() {
    let error = parse(&GOOD.replace("language", "langauge")).map(drop).map_err(|error| format!("{:?}", error));
    assert!(error.is_err_and(|error| error.contains("langauge")));
}
