use super::*;
use crate::domain::{causes::Cause, hearing::Link};

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn ago(seconds: i64) -> Timestamp {
    Timestamp::constant(1_800_000_000 - seconds, 0)
}

fn limits() -> Limits {
    Limits {
        failure_threshold: Duration::from_secs(3600),
        min_retries: 3,
        critical_classes: vec!["confirmation".to_owned()],
        depth: 10,
        depth_for: Duration::from_secs(300),
        unowned_for: Duration::from_secs(60),
        outage_for: Duration::from_secs(120),
        oldest: Duration::from_secs(900),
        silent: 5,
        unknown: 1,
    }
}

fn well() -> ChannelFacts {
    ChannelFacts {
        id: ChannelId::generate(),
        tenant: TenantId::generate(),
        slug: "desk".to_owned(),
        closure: None,
        deaf: None,
        owned: true,
        depth: 2,
        oldest: Some(ago(30)),
        unknown: Many::default(),
        silent: Many { count: 4, since: Some(ago(1000)) },
        sent: 4,
        stuck: vec![],
        dead: vec![],
        templates: vec![],
    }
}

fn kinds(channel: &ChannelFacts) -> Vec<&'static str> {
    of(std::slice::from_ref(channel), &limits(), NOW).iter().map(|trouble| trouble.kind).collect()
}

fn closed_by(why: Why) -> ChannelFacts {
    ChannelFacts { closure: Some(Closure { why, since: ago(10), round: 0, look: None }), depth: 40, ..well() }
}

#[test]
fn nothing_is_wrong_with_a_channel_that_is_well() {
    assert_eq!(kinds(&well()), [""; 0]);
}

#[test]
fn a_deaf_number_is_told_once_whatever_showed_it() {
    let deaf = |because| ChannelFacts {
        deaf: Some(Deafness {
            because,
            link: Link::WayBack,
            words: "nothing came back".to_owned(),
            next_step: "SetWebhook".to_owned(),
            since: ago(9000),
            found_at: ago(60),
        }),
        ..well()
    };
    for because in [Because::Silence, Because::Quiet, Because::Missed] {
        let troubles = of(&[deaf(because)], &limits(), NOW);
        assert_eq!((troubles[0].kind, troubles[0].since), ("CHANNEL_DEAF", Some(ago(9000))));
        assert_eq!(
            (troubles[0].details["link"].as_str(), troubles[0].next_step.as_str()),
            ("way_back", "SetWebhook")
        );
        assert_eq!(troubles.len(), 1);
    }
    let lost = ChannelFacts { closure: closed_by(Why::LoggedOut).closure, ..deaf(Because::Silence) };
    assert_eq!(kinds(&lost), ["CHANNEL_CLOSED"]);
    let connecting =
        ChannelFacts { closure: closed_by(Why::Connecting).closure, ..deaf(Because::Connecting) };
    assert_eq!(kinds(&connecting), ["CHANNEL_CLOSED"]);
    let unread = ChannelFacts {
        silent: Many { count: 9, since: Some(ago(1000)) },
        sent: 9,
        ..deaf(Because::Receipts)
    };
    assert_eq!(kinds(&unread), ["NO_RECEIPTS"]);
    let paused = ChannelFacts { closure: closed_by(Why::Paused).closure, ..deaf(Because::Missed) };
    assert!(kinds(&paused).contains(&"CHANNEL_DEAF"), "an operator's pause says nothing of what comes in");
}

#[test]
fn a_closed_door_is_one_trouble_with_its_reason_and_says_it_all() {
    for why in
        [Why::LoggedOut, Why::LicenceRequired, Why::Banned, Why::Quota, Why::Credentials(Cause::KeyRefused)]
    {
        let troubles = of(&[ChannelFacts { owned: false, ..closed_by(why) }], &limits(), NOW);
        assert_eq!(troubles.len(), 1, "{troubles:?}");
        assert_eq!((troubles[0].kind, troubles[0].patience), ("CHANNEL_CLOSED", Duration::ZERO));
        assert_eq!((troubles[0].since, troubles[0].count), (Some(ago(10)), 40));
        assert_eq!(troubles[0].details["reason"], why.as_str());
        assert!(!troubles[0].next_step.is_empty() && !troubles[0].cause.is_empty());
    }
}

#[test]
fn what_may_pass_by_itself_is_given_time_and_what_was_wanted_is_no_trouble() {
    for why in [Why::Outage, Why::Connecting] {
        let troubles = of(&[closed_by(why)], &limits(), NOW);
        assert_eq!(troubles[0].patience, limits().outage_for);
    }
    assert_eq!(kinds(&ChannelFacts { depth: 2, ..closed_by(Why::Paused) }), [""; 0]);
    // What waits in it gets old all the same.
    assert_eq!(
        kinds(&ChannelFacts { depth: 2, oldest: Some(ago(901)), ..closed_by(Why::Paused) }),
        ["QUEUE_OLD"]
    );
}

#[test]
fn the_old_limits_hold_to_the_letter() {
    assert_eq!(kinds(&ChannelFacts { depth: 10, ..well() }), [""; 0]);
    let deep = of(&[ChannelFacts { depth: 11, ..well() }], &limits(), NOW);
    assert_eq!((deep[0].kind, deep[0].patience), ("QUEUE_DEEP", Duration::from_secs(300)));
    let unowned = of(&[ChannelFacts { owned: false, depth: 99, ..well() }], &limits(), NOW);
    assert_eq!(unowned.len(), 1, "its backlog follows from it");
    assert_eq!((unowned[0].kind, unowned[0].patience), ("CHANNEL_WITHOUT_OWNER", Duration::from_secs(60)));
    assert_eq!(kinds(&ChannelFacts { oldest: Some(ago(900)), ..well() }), [""; 0]);
    assert_eq!(kinds(&ChannelFacts { oldest: Some(ago(901)), ..well() }), ["QUEUE_OLD"]);
}

#[test]
fn silence_is_half_of_all_and_not_the_phones_that_are_off() {
    let silent =
        |count, sent| ChannelFacts { silent: Many { count, since: Some(ago(1000)) }, sent, ..well() };
    assert_eq!(kinds(&silent(5, 11)), [""; 0]);
    assert_eq!(kinds(&silent(5, 10)), ["NO_RECEIPTS"]);
    assert_eq!(kinds(&silent(4, 4)), [""; 0]);
}

#[test]
fn what_fails_is_told_by_class_and_cause_with_the_words_of_the_rows() {
    let failing = |class: &str, cause: Cause| Failing {
        class: class.to_owned(),
        cause: cause.as_str().to_owned(),
        words: cause.advice().words.to_owned(),
        owner: cause.advice().owner.as_str().to_owned(),
        next_step: cause.advice().next_step.to_owned(),
        many: Many { count: 3, since: Some(ago(4000)) },
    };
    let channel = ChannelFacts {
        stuck: vec![failing("confirmation", Cause::Unreachable), failing("reminder", Cause::Unreachable)],
        dead: vec![failing("confirmation", Cause::NotOnWhatsApp)],
        templates: vec![(
            "reminder".to_owned(),
            Unusable { cause: Cause::TemplateResting, words: "it is paused".to_owned() },
        )],
        unknown: Many { count: 1, since: Some(ago(200)) },
        ..well()
    };
    let troubles = of(std::slice::from_ref(&channel), &limits(), NOW);
    let told: Vec<_> =
        troubles.iter().map(|trouble| (trouble.kind, trouble.severity, trouble.count)).collect();
    assert_eq!(
        told,
        [
            ("OUTCOMES_UNKNOWN", Severity::Warning, 1),
            ("MESSAGES_STUCK", Severity::Critical, 3),
            ("MESSAGES_STUCK", Severity::Warning, 3),
            ("MESSAGES_GIVEN_UP", Severity::Critical, 3),
            ("TEMPLATE_UNUSABLE", Severity::Critical, 0),
        ]
    );
    assert_eq!(troubles[3].owner, Owner::Tenant);
    let mut subjects: Vec<_> = troubles.iter().map(|trouble| (trouble.kind, &trouble.subject)).collect();
    subjects.sort_unstable();
    subjects.dedup();
    assert_eq!(subjects.len(), troubles.len(), "one trouble of a kind per subject");
}
