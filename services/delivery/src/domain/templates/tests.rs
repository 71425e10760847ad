use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::domain::causes::Cause;
use crate::domain::class::RetryClass;
use crate::domain::content::{Template, Variables};
use crate::domain::provider::ProviderKind;

fn held(name: &str, language: &str, body: &str, status: Status) -> Registered {
    Registered {
        key: format!("{name}/{language}"),
        name: name.into(),
        language: language.into(),
        provider_id: None,
        category: "utility".into(),
        status,
        quality: Quality::Unknown,
        reason: None,
        header: None,
        body: body.into(),
        footer: None,
        buttons: Vec::new(),
    }
}

fn book(parts: Value, registered: Vec<Registered>) -> Book {
    Book { parts: serde_json::from_value(parts).unwrap(), registered, listed: Listed::Whole }
}

fn reminder(language: &str) -> Template {
    let variables = [
        ("customerName", "Ada"),
        ("formattedDateTime", "Thursday at\n10:00"),
        ("serviceName", "Check-up"),
        ("barberName", "Ana"),
        ("timeUntil", "in 2 hours"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Template {
        part: Some("reminder".into()),
        language: language.into(),
        variables: Variables::Named(BTreeMap::from(variables)),
        buttons: vec!["confirm:1".into(), "cancel:1".into()],
        ..Template::default()
    }
}

fn by_name() -> Value {
    json!({"reminder": {"variants": [{"name": "visit"}]}})
}

const THREE: &str = "Hi {{1}}, {{2}} for {{3}}.";

#[test]
fn a_part_becomes_a_name_a_language_and_values_in_their_places() {
    let mut english = held("visit", "en_GB", THREE, Status::Approved);
    english.buttons = vec![TemplateButton { kind: "quick_reply".into(), title: "Confirm".into() }];
    let book = book(by_name(), vec![held("visit", "es", THREE, Status::Approved), english]);
    let sent = book.resolve(&reminder("en"), ProviderKind::Meta).unwrap();
    assert_eq!((sent.name.as_str(), sent.language.as_str(), sent.part), ("visit", "en_GB", None));
    // One line each, whatever a record holds; and a payload for each button that takes one.
    assert_eq!(json!(sent.variables), json!(["Ada", "Thursday at 10:00", "Check-up"]));
    assert_eq!(sent.buttons, ["confirm:1"]);
    let other = book.resolve(&reminder("pt"), ProviderKind::Meta).unwrap();
    assert_eq!(other.language, "es", "any language that is in force, if none is spoken");
}

#[test]
fn the_channel_may_name_the_order_and_named_gaps_need_none() {
    let parts = json!({"reminder": {"variants": [{"name": "visit", "language": "en"}],
        "parameters": ["formattedDateTime", "customerName"]}});
    let numbered = book(parts.clone(), vec![held("visit", "en", "{{1}}: {{2}}", Status::Approved)]);
    let sent = numbered.resolve(&reminder("en"), ProviderKind::Meta).unwrap();
    assert_eq!(json!(sent.variables), json!(["Thursday at 10:00", "Ada"]));
    let named = book(parts, vec![held("visit", "en", "See you {{timeUntil}}", Status::Approved)]);
    let sent = named.resolve(&reminder("en"), ProviderKind::Meta).unwrap();
    assert_eq!(json!(sent.variables), json!({"timeUntil": "in 2 hours"}));
}

#[test]
fn twilio_knows_templates_by_their_sid() {
    let parts = json!({"reminder": {"variants": [
        {"language": "en", "content_sid": "HX1"}, {"language": "es", "content_sid": "HX2"}]}});
    let listed = ["HX1", "HX2"]
        .map(|sid| Registered { key: sid.into(), ..held("visit", "en", THREE, Status::Approved) });
    let book = book(parts, listed.to_vec());
    let sent = book.resolve(&reminder("es-MX"), ProviderKind::Twilio).unwrap();
    assert_eq!(sent.content_sid.as_deref(), Some("HX2"));
}

#[test]
fn what_is_not_in_force_is_not_sent_and_the_template_is_named() {
    for (status, cause, waits) in [
        (Status::Paused, Cause::TemplateResting, true),
        (Status::Pending, Cause::TemplateResting, true),
        (Status::Rejected, Cause::TemplateNotApproved, false),
        (Status::Disabled, Cause::TemplateNotApproved, false),
        (Status::Deleted, Cause::TemplateNotApproved, false),
        (Status::Unsubmitted, Cause::TemplateNotApproved, false),
    ] {
        let book = book(by_name(), vec![held("visit", "en", THREE, status)]);
        let refused = book.resolve(&reminder("en"), ProviderKind::Meta).unwrap_err();
        assert_eq!(refused.cause, cause, "{status}");
        assert!(
            refused.words.contains("visit (en)") && refused.words.contains(status.as_str()),
            "{}",
            refused.words
        );
        assert_eq!(matches!(RetryClass::of(cause, None), RetryClass::Rate { .. }), waits);
        assert_eq!(book.troubles(ProviderKind::Meta).len(), 1);
        // Named in the message itself, it is the same.
        let named = Template { name: "visit".into(), language: "en".into(), ..Template::default() };
        assert_eq!(book.resolve(&named, ProviderKind::Meta).unwrap_err().cause, cause);
    }
    let paused =
        vec![held("visit", "en", THREE, Status::Paused), held("visit", "es", THREE, Status::Approved)];
    let sent = book(by_name(), paused).resolve(&reminder("en"), ProviderKind::Meta).unwrap();
    assert_eq!(sent.language, "es", "another language rather than none");
}

#[test]
fn what_nobody_knows_is_refused_only_where_the_whole_list_was_read() {
    let mut book = book(json!({"reminder": {"variants": [{"name": "visit", "language": "en"}]}}), Vec::new());
    let refused = book.resolve(&reminder("en"), ProviderKind::Meta).unwrap_err();
    assert_eq!(refused.cause, Cause::TemplateNotApproved);
    book.listed = Listed::Never;
    let sent = book.resolve(&reminder("en"), ProviderKind::Meta).unwrap();
    assert_eq!(sent.buttons, Vec::<String>::new(), "whether it has buttons is not known");
    assert_eq!(json!(sent.variables), json!(["Ada", "Thursday at 10:00", "Check-up", "Ana", "in 2 hours"]));
}

#[test]
fn a_part_without_a_template_is_said_to_have_none_and_a_phone_needs_none() {
    let book = Book::default();
    let refused = book.resolve(&reminder("en"), ProviderKind::Twilio).unwrap_err();
    assert_eq!(refused.cause, Cause::PartMissing);
    assert!(refused.words.contains("\"reminder\""), "{}", refused.words);
    assert!(book.resolve(&reminder("en"), ProviderKind::Evolution) == Ok(reminder("en")));
}

#[test]
fn a_gap_without_a_value_is_named() {
    let book = book(by_name(), vec![held("visit", "en", "{{1}} {{6}}", Status::Approved)]);
    let refused = book.resolve(&reminder("en"), ProviderKind::Meta).unwrap_err();
    assert_eq!(refused.cause, Cause::TemplateRefused);
    assert_eq!(refused.words, "visit (en): the variable 6 is missing or empty");
}

#[test]
fn a_preview_reads_like_the_message_and_names_every_problem() {
    let mut template = held("visit", "en", THREE, Status::Approved);
    (template.header, template.footer) =
        (Some("{{businessName}}".into()), Some("Reply CANCEL to cancel".into()));
    let book = book(by_name(), vec![template]);
    let show = |variables: &[(&str, &str)]| {
        let given = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        book.preview("reminder", "en", ProviderKind::Meta, &given).unwrap()
    };
    let good = show(&[
        ("customerName", "Ada"),
        ("formattedDateTime", "Thu 10:00"),
        ("serviceName", "Check-up"),
        ("businessName", "Harbour Dental"),
    ]);
    assert_eq!(good.text, "Harbour Dental\n\nHi Ada, Thu 10:00 for Check-up.\n\nReply CANCEL to cancel");
    assert_eq!((good.key.as_str(), good.problems), ("visit/en", Vec::new()));
    let long = "x".repeat(1100);
    let bad = show(&[("formattedDateTime", "Thu\n10:00"), ("serviceName", &long), ("timeUntil", "a     b")]);
    let problems: Vec<String> = bad.problems.iter().map(ToString::to_string).collect();
    for expected in [
        "the variable customerName is missing or empty",
        "the filled text has",
        "the variable formattedDateTime holds a line break",
        "the variable timeUntil has no gap in the template",
        "the variable timeUntil holds more than 4 spaces in a row",
    ] {
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expected}: {problems:?}");
    }
    assert!(problems.iter().all(|problem| !problem.contains("xxx")), "values are a customer's words");
}
