use bootstrap::Error;

use crate::{example, said, with};

/// Replacing this in the example makes just this problem.
const MISTAKES: [(&str, &str, &str); 35] = [
    ("slug = \"harbour-dental\"", "", "tenant[0].slug is missing; give it"),
    (
        "slug = \"harbour-dental\"",
        "slug = \"Harbour\"",
        "tenant[0].slug must be 1 to 63 of a-z, 0-9 and -, not beginning or ending with -",
    ),
    (
        "language = \"en\"",
        "langauge = \"en\"\nlanguage = \"en\"",
        "tenant[0].langauge is not known; known here are slug, name",
    ),
    ("\"Europe/London\"", "\"+01:00\"", "tenant[0].time_zone must be the IANA name of a time zone"),
    ("\"999\"", "999", "tenant[0].emergency_number must be a text in quotes"),
    ("phone = \"020 7946 0000\"", "phone = \"call us\"", "tenant[0].phone must be a telephone number"),
    (
        "\"harbour.example\"",
        "\"https://harbour.example/\"",
        "tenant[0].links[0] must be a host without scheme",
    ),
    (
        "\"evolution\"",
        "\"evolutoin\"",
        "tenant[0].channel[0].provider must be \"evolution\", \"meta\" or \"twilio\"",
    ),
    ("base_url = \"http://127.0.0.1:8090\"", "", "tenant[0].channel[0].base_url is missing; give it"),
    (
        "base_url = \"http",
        "account_sid = \"AC\"\nbase_url = \"http",
        "tenant[0].channel[0].account_sid is not known",
    ),
    (
        "tokens_per_second = 1.0",
        "tokens_per_second = 0",
        "tenant[0].channel[0].tokens_per_second must be a number from 0.001 to 1000",
    ),
    (
        "preset = \"evolution_warm\"",
        "preset = \"meta_80\"",
        "tenant[0].channel[0].preset is no preset for this provider; there are evolution_new, evolution_warm",
    ),
    (
        "cancel_word = \"CANCEL\"",
        "cancel_word = \"STOP\"",
        "tenant[0].channel[0].cancel_word means something else to every channel",
    ),
    ("secrets = {", "# secrets = {", "tenant[0].channel[0].secrets is missing"),
    ("api_key = \"env:EVOLUTION_API_KEY\", ", "", "tenant[0].channel[0].secrets.api_key is missing; give it"),
    (
        "webhook_token = \"file:/run/secrets/evolution-webhook\" ",
        "",
        "tenant[0].channel[0].secrets has neither webhook_token nor jwt_key",
    ),
    (
        "\"env:EVOLUTION_API_KEY\"",
        "\"hunter2\"",
        "tenant[0].channel[0].secrets.api_key is not a reference to a secret",
    ),
    (
        "api_key = ",
        "apikey = \"env:A\", api_key = ",
        "tenant[0].channel[0].secrets.apikey is not known; known here are api_key, webhook_token",
    ),
    ("temperature = 0.3", "temperature = 3", "tenant[0].agent.temperature must be a number from 0 to 2"),
    (
        "token_budget = 4000",
        "token_budget = 4",
        "tenant[0].agent.token_budget must be a whole number from 500",
    ),
    ("\"propose_booking\"", "\"rm -rf\"", "tenant[0].agent.tools[1] must be the name of a tool"),
    (
        "booking_lead = \"1h\"",
        "booking_lead = 60",
        "tenant[0].booking_lead must be a length of time with its unit",
    ),
    ("booking_lead = \"1h\"", "booking_lead = \"31d\"", "tenant[0].booking_lead must be at most \"30d\""),
    ("until = \"08:00\"", "until = \"21:00\"", "tenant[0].quiet_hours.until must differ from from"),
    ("minutes = 30", "minutes = 0", "tenant[0].service[0].minutes must be a whole number from 1 to 1440"),
    ("every = \"2h\"", "every = \"0s\"", "tenant[0].service[0].reminders.every must be at least \"1s\""),
    (
        "services = [\"cleaning\"]",
        "services = [\"cleaning\", \"surgery\"]",
        "tenant[0].staff[0].services[1] is not the slug of a service of this tenant",
    ),
    ("services = [\"cleaning\"]", "services = []", "tenant[0].staff[0].services names none"),
    (
        "weekdays = [\"mon-fri\"]",
        "weekdays = [\"mon-fri\", \"wed\"]",
        "tenant[0].hours[0].weekdays names a day twice",
    ),
    (
        "weekdays = [\"mon-fri\"]",
        "weekdays = [\"monday\"]",
        "tenant[0].hours[0].weekdays[0] must be a weekday such as \"mon\"",
    ),
    ("to = \"17:00\"", "to = \"09:00\"", "tenant[0].hours[0].to must be later than from"),
    (
        "from = \"09:00\"",
        "staff = \"dr-who\"\nfrom = \"09:00\"",
        "tenant[0].hours[0].staff is not the slug of a member of staff",
    ),
    (
        "date = 2026-12-25",
        "date = \"25.12.2026\"",
        "tenant[0].holiday[0].date must be a day such as 2026-12-24",
    ),
    ("[[tenant.holiday]]", "[tenant.holiday]", "tenant[0].holiday must be a list"),
    ("[[tenant.hours]]", "[[tenant.hour]]", "tenant[0].hour is not known"),
];

#[test]
fn each_mistake_is_found_where_it_is() {
    for (old, new, expected) in MISTAKES {
        let found = said(&with(old, new));
        assert!(found.iter().any(|problem| problem.starts_with(expected)), "{new}: {found:?}");
        assert!(!found.iter().any(|problem| problem.contains("hunter2")), "{found:?}");
    }
}

#[test]
fn all_mistakes_are_said_at_once() {
    let text = with("minutes = 30", "minutes = 0").replacen("\"Europe/London\"", "\"Nowhere\"", 1);
    let Err(error) = bootstrap::parse(&text) else { panic!("accepted") };
    let text = error.to_string();
    assert!(text.starts_with("the bootstrap file: 2 problems\n  - tenant[0].time_zone "), "{text}");
}

#[test]
fn what_can_never_be_booked_is_a_mistake() {
    let nobody =
        format!("{}\n[[tenant.service]]\nslug = \"surgery\"\nname = \"Surgery\"\nminutes = 60", example());
    assert_eq!(
        said(&nobody),
        ["tenant[0].service surgery is done by nobody; name it in somebody's services"]
    );
    let never = with(
        "[[tenant.hours]]",
        "[[tenant.staff]]\nslug = \"x\"\nname = \"X\"\n[[tenant.hours]]\nstaff = \"x\"",
    );
    assert_eq!(
        said(&never),
        ["tenant[0].staff dr-ferry never works; declare hours for them or for the house"]
    );
}

#[test]
fn overlapping_hours_are_a_mistake_touching_ones_are_not() {
    let more = |from: &str| {
        format!("{}\n[[tenant.hours]]\nweekdays = [\"fri\"]\nfrom = \"{from}\"\nto = \"20:00\"", example())
    };
    assert_eq!(said(&more("17:00")), [""; 0]);
    assert_eq!(said(&more("16:00")), ["tenant[0].hours[1] overlaps with tenant[0].hours[0] on the same day"]);
}

#[test]
fn slugs_must_differ() {
    let twice = format!("{}\n{}", example(), example());
    assert_eq!(
        said(&twice),
        [
            "tenant[1].slug is the slug of another tenant, too; slugs must differ",
            "tenant[1].channel[0].slug is the slug of another channel, too; slugs must differ in the whole file",
        ]
    );
    let service =
        format!("{}\n[[tenant.service]]\nslug = \"cleaning\"\nname = \"Again\"\nminutes = 60", example());
    assert_eq!(
        said(&service),
        ["tenant[0].service has the slug cleaning twice; slugs of a tenant's service must differ"]
    );
}

#[test]
fn a_bare_cancel_is_refused_on_twilio() {
    let text = example()
        .replace("provider = \"evolution\"", "provider = \"twilio\"")
        .replace("base_url = \"http://127.0.0.1:8090\"", "account_sid = \"AC0\"")
        .replace("instance = \"harbour\"", "from = \"whatsapp:+442079460001\"")
        .replace("preset = \"evolution_warm\"", "preset = \"twilio\"")
        .replace("{ api_key", "{ auth_token = \"env:A\" } # ");
    let found = said(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("tenant[0].channel[0].cancel_word unsubscribes the customer on Twilio"),
        "{found:?}"
    );
}

#[test]
fn an_api_key_of_twilio_needs_its_secret() {
    let text = |secrets: &str| {
        example()
            .replace("provider = \"evolution\"", "provider = \"twilio\"\napi_key_sid = \"SK0\"")
            .replace("base_url = \"http://127.0.0.1:8090\"", "account_sid = \"AC0\"")
            .replace("instance = \"harbour\"", "from = \"whatsapp:+442079460001\"")
            .replace("preset = \"evolution_warm\"", "preset = \"twilio\"")
            .replace("cancel_word = \"CANCEL\"", "cancel_word = \"CANCEL VISIT\"")
            .replace("{ api_key", &format!("{{ auth_token = \"env:A\"{secrets} }} # "))
    };
    assert_eq!(
        said(&text("")),
        ["tenant[0].channel[0].secrets has no api_key_secret; name where the secret of api_key_sid is kept"]
    );
    assert!(bootstrap::parse(&text(", api_key_secret = \"env:B\"")).is_ok());
}

#[test]
fn a_file_without_tenants_or_without_sense_is_refused() {
    assert_eq!(said(""), ["tenant is missing; declare at least one with [[tenant]]"]);
    assert!(said("tenants = 1").iter().any(|problem| problem.starts_with("tenants is not known")));
    let broken = said("[[tenant]]\nslug = 'a\nphone = 'hunter2'");
    assert!(broken[0].starts_with("the bootstrap file, line 2: not valid TOML"), "{broken:?}");
    assert!(!broken[0].contains("hunter2"), "{broken:?}");
    let missing = bootstrap::read("/no/such/file.toml".as_ref());
    assert!(matches!(missing, Err(Error::Read { .. })));
}
