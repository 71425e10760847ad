use std::time::Duration;

use bootstrap::{Reminders, Tenant};
use ids::{ChannelId, ServiceId, StaffId, TenantId};
use jiff::civil::{Weekday, date, time};
use serde_json::json;
use uuid::Uuid;

use crate::{example, with};

fn tenant(text: &str) -> anyhow::Result<Tenant> {
    let file = bootstrap::parse(text)?;
    file.tenants.into_iter().next().ok_or_else(|| anyhow::anyhow!("no tenant"))
}

#[test]
fn everything_arrives() -> anyhow::Result<()> {
    let tenant = tenant(&example())?;
    assert_eq!(tenant.id, TenantId::named(Uuid::nil(), "harbour-dental"));
    assert_eq!((tenant.name.as_str(), tenant.time_zone.as_str()), ("Harbour Dental", "Europe/London"));
    assert_eq!(tenant.phone.as_deref(), Some("020 7946 0000"));

    let channel = &tenant.channels[0];
    assert_eq!(channel.id, ChannelId::named(Uuid::nil(), "front-desk"));
    assert_eq!((channel.provider, channel.cancel_word.as_str()), ("evolution", "CANCEL"));
    assert_eq!(channel.canary_every, Some(Duration::from_secs(12 * 3600)));
    assert_eq!(channel.account, json!({ "base_url": "http://127.0.0.1:8090", "instance": "harbour" }));
    assert_eq!(
        serde_json::to_value(&channel.secrets)?,
        json!({ "api_key": "env:EVOLUTION_API_KEY", "webhook_token": "file:/run/secrets/evolution-webhook" })
    );

    let service = &tenant.services[0];
    assert_eq!(service.id, ServiceId::named(tenant.id.uuid(), "cleaning"));
    assert_eq!((service.minutes, service.reminders.every), (30, Duration::from_secs(7200)));

    let member = &tenant.staff[0];
    assert_eq!(member.id, StaffId::named(tenant.id.uuid(), "dr-ferry"));
    assert_eq!(member.services, [service.id]);

    let hours = &tenant.hours[0];
    assert_eq!((hours.staff, hours.opens, hours.closes, hours.weekdays.len()), (None, 540, 1020, 5));
    assert_eq!(hours.weekdays.last(), Some(&Weekday::Friday));
    assert_eq!(tenant.holidays[0].date, date(2026, 12, 25));
    assert_eq!(tenant.quiet_hours, Some((time(21, 0, 0, 0), time(8, 0, 0, 0))));
    assert_eq!(
        (tenant.slot_step, tenant.booking_lead.as_secs(), tenant.booking_horizon_days),
        (Some(15), 3600, 60)
    );
    assert_eq!(tenant.settings["knowledge"][0]["source"], "parking");
    let agent = tenant.agent.map(|agent| agent.definition).unwrap_or_default();
    assert_eq!((&agent["kind"], &agent["token_budget"]), (&json!("front_desk"), &json!(4000)));
    assert_eq!(agent["ack_after"], json!(8000));
    Ok(())
}

#[test]
fn what_is_left_out_has_a_default() -> anyhow::Result<()> {
    let tenant = tenant(
        r#"
        [[tenant]]
        slug = "small"
        name = "Small"
        time_zone = "America/Sao_Paulo"
        language = "pt-BR"
        emergency_number = "192"
        [[tenant.channel]]
        slug = "one"
        provider = "twilio"
        account_sid = "AC0"
        from = "whatsapp:+442079460000"
        own_address = "+442079460000"
        secrets.auth_token = "env:TWILIO"
        [[tenant.service]]
        slug = "cut"
        name = "Cut"
        minutes = 20
        [[tenant.staff]]
        slug = "ana"
        name = "Ana"
        [[tenant.hours]]
        staff = "ana"
        weekdays = ["sat"]
        from = "20:00"
        to = "24:00"
        "#,
    )?;
    let channel = &tenant.channels[0];
    assert_eq!((channel.tokens_per_second, channel.bucket_capacity), (1.0, 5));
    assert_eq!(channel.cancel_word, "CANCEL VISIT", "the bare word unsubscribes on Twilio");
    assert_eq!(tenant.services[0].reminders, Reminders::default());
    assert_eq!(tenant.staff[0].services, [tenant.services[0].id], "without a list: all services");
    assert_eq!(tenant.hours[0].closes, 1440);
    assert!(tenant.agent.is_none() && tenant.quiet_hours.is_none() && !tenant.disclose_service);
    Ok(())
}

#[test]
fn ids_follow_from_slugs_alone() -> anyhow::Result<()> {
    let before = tenant(&example())?;
    let after = tenant(&with("name = \"Cleaning\"", "name = \"Deep cleaning\""))?;
    assert_eq!(before.services[0].id, after.services[0].id);
    let other = tenant(&with("slug = \"harbour-dental\"", "slug = \"pier-dental\""))?;
    assert_ne!(before.services[0].id, other.services[0].id);
    Ok(())
}

#[test]
fn the_demonstrations_business_is_declared_rightly() -> anyhow::Result<()> {
    let demo = tenant(include_str!("../../../../services/frontdesk/demo.toml"))?;
    assert_eq!(demo.slug, "harbour-dental");
    Ok(())
}

/// The example on another provider, with these templates.
fn with_templates(provider: &str, templates: &str) -> String {
    let fields = match provider {
        "meta" => {
            "provider = \"meta\"\nphone_number_id = \"1\"\nwaba_id = \"2\"\nsecrets = { access_token = \"env:A\", \
             app_secret = \"env:B\", verify_token = \"env:C\" }"
        }
        _ => {
            "provider = \"twilio\"\naccount_sid = \"AC1\"\nfrom = \"whatsapp:+447700900300\"\n\
             secrets = { auth_token = \"env:A\" }"
        }
    };
    format!(
        "[[tenant]]\nslug = \"small\"\nname = \"Small\"\ntime_zone = \"UTC\"\nlanguage = \"en\"\nemergency_number = \"112\"\n\
         [[tenant.channel]]\nslug = \"desk\"\n{fields}\n{templates}\n"
    )
}

#[test]
fn templates_of_parts_by_name_and_by_sid() -> anyhow::Result<()> {
    let of = |provider, templates| {
        anyhow::Ok(tenant(&with_templates(provider, templates))?.channels[0].templates.clone())
    };
    assert_eq!(of("meta", "")?, json!({}));
    assert_eq!(
        of("meta", "templates = { reminder = \"visit\" }")?,
        json!({ "reminder": { "variants": [{ "name": "visit" }] } })
    );
    let more = "[tenant.channel.templates]\nreminder = { name = \"visit\", languages = [\"en_GB\", \"es\"], \
                parameters = [\"customerName\"], header = \"businessName\" }";
    assert_eq!(
        of("meta", more)?,
        json!({ "reminder": { "variants": [{ "name": "visit", "language": "en_GB" }, { "name": "visit", "language": "es" }],
                "parameters": ["customerName"], "header": "businessName" } })
    );
    let sid = "HX00112233445566778899aabbccddeeff";
    let by_sid =
        format!("templates = {{ moved = {{ content_sids = {{ en = \"{sid}\" }} }}, reminder = \"{sid}\" }}");
    assert_eq!(
        of("twilio", &by_sid)?,
        json!({ "moved": { "variants": [{ "language": "en", "content_sid": sid }], "parameters": [] },
                "reminder": { "variants": [{ "content_sid": sid }] } })
    );
    Ok(())
}

#[test]
fn mistakes_in_templates_are_named() {
    for (provider, templates, problem) in [
        (
            "meta",
            "templates = { remind = \"visit\" }",
            "templates.remind is not known; known here are reminder",
        ),
        ("meta", "templates = { reminder = \"Visit!\" }", "templates.reminder must be a template's name"),
        ("meta", "templates = { reminder = { languages = [\"en\"] } }", "templates.reminder.name is missing"),
        (
            "meta",
            "templates = { reminder = { name = \"visit\", parameters = [\"shoeSize\"] } }",
            "templates.reminder.parameters[0] is no variable; known are customerName",
        ),
        ("twilio", "templates = { reminder = \"visit\" }", "templates.reminder must be a ContentSid"),
        (
            "twilio",
            "templates = { reminder = { content_sids = {} } }",
            "templates.reminder.content_sids must name",
        ),
        (
            "twilio",
            "templates = { reminder = { content_sids = { en = \"HX1\" } } }",
            "templates.reminder.content_sids.en must be a ContentSid",
        ),
    ] {
        let said = crate::said(&with_templates(provider, templates));
        assert!(said.iter().any(|one| one.contains(problem)), "{problem}: {said:?}");
    }
    let said = crate::said(&with("cancel_word", "templates = { reminder = \"x\" }\ncancel_word"));
    assert!(said.iter().any(|one| one.contains("templates is not known")), "{said:?}");
}
