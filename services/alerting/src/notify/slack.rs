//! What Slack shows: for somebody who was asleep a moment ago. What, since when, how many, the next step, where to look.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::domain::{
    bundle::{News, alike},
    incident::{Change, Severity},
};

/// Names shown of many.
const NAMES: usize = 8;
/// Groups shown of many, and characters of a text: Slack takes some 40,000.
const GROUPS: usize = 20;

/// The body of a post.
pub fn body(news: &[News]) -> Value {
    let text = match news {
        [one] => single(one),
        many => several(many),
    };
    json!({ "text": text })
}

/// The body of a test.
pub fn test_body(asked_by: &str) -> Value {
    let by = if asked_by.is_empty() { String::new() } else { format!(" by {}", escaped(asked_by)) };
    json!({ "text": format!(":bell: *Test alert from Frontdesk*, asked for{by}. Alerts arrive here.") })
}

fn single(news: &News) -> String {
    let incident = &news.incident;
    let said = &incident.said;
    let mut lines = vec![format!("{} · {}", headline(news), escaped(&about(news)))];
    let many = if said.count > 0 { format!(" · {}", said.count) } else { String::new() };
    lines.push(format!("{} · since {}{many}", escaped(&said.cause), clock(incident.course.since)));
    if news.change == Change::Recovered {
        lines.push(format!("It lasted {}.", lasted(incident.course.since, news.at)));
        return lines.join("\n");
    }
    if incident.course.reopened > 0 {
        lines.push(format!("It came back {} times; it may be flapping.", incident.course.reopened));
    }
    lines.push(format!("*Next* ({}): {}", escaped(&said.responsible), escaped(&said.next_step)));
    if !said.look.is_empty() {
        lines.push(format!("`{}`", escaped(&said.look)));
    }
    lines.push(format!(
        "`fd 9084 alerting.v1.IncidentService/AcknowledgeIncident '{{\"incident_id\": \"{}\"}}'`",
        incident.id
    ));
    lines.join("\n")
}

fn several(news: &[News]) -> String {
    let critical = news
        .iter()
        .filter(|one| one.change != Change::Recovered && one.incident.said.severity == Severity::Critical)
        .count();
    let over = news.iter().filter(|one| one.change == Change::Recovered).count();
    let mark = if critical > 0 { ":rotating_light:" } else { ":warning:" };
    let mark = if over == news.len() { ":white_check_mark:" } else { mark };
    let mut lines =
        vec![format!("{mark} *{} changes at once*: {critical} critical, {over} recovered", news.len())];
    let groups = alike(news);
    for (first, all) in groups.iter().take(GROUPS) {
        let names: Vec<_> = all.iter().take(NAMES).map(|one| escaped(&subject(one))).collect();
        let more = if all.len() > NAMES { format!(" and {} more", all.len() - NAMES) } else { String::new() };
        lines.push(format!(
            "• {} · {} × {} · {}: {}{more}",
            headline(first),
            all.len(),
            first.incident.key.kind,
            escaped(&first.incident.said.cause),
            names.join(", ")
        ));
        if first.change != Change::Recovered {
            let said = &first.incident.said;
            lines.push(format!("   *Next* ({}): {}", escaped(&said.responsible), escaped(&said.next_step)));
        }
    }
    if groups.len() > GROUPS {
        lines.push(format!("… and {} other kinds", groups.len() - GROUPS));
    }
    lines.push("`fd 9084 alerting.v1.IncidentService/ListIncidents`".to_owned());
    lines.join("\n")
}

fn headline(news: &News) -> String {
    let severity = news.incident.said.severity.name().to_uppercase();
    match news.change {
        Change::Recovered => ":white_check_mark: *RECOVERED*".to_owned(),
        Change::Reminder => format!(":alarm_clock: *STILL {severity}*"),
        Change::Worse => format!(":rotating_light: *WORSE: {severity}*"),
        Change::Reopened => format!(":rotating_light: *BACK: {severity}*"),
        Change::Opened if news.incident.said.severity == Severity::Warning => {
            format!(":warning: *{severity}*")
        }
        Change::Opened => format!(":rotating_light: *{severity}*"),
    }
}

fn about(news: &News) -> String {
    format!("{} · {} ({})", news.incident.key.kind, subject(news), news.incident.key.service)
}

fn subject(news: &News) -> String {
    let incident = &news.incident;
    if incident.said.name.is_empty() { incident.key.subject.clone() } else { incident.said.name.clone() }
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn lasted(from: Timestamp, to: Timestamp) -> String {
    match to.duration_since(from).as_secs().max(0) {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// Slack's three characters that mean something.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::bundle::tests::closed;

    fn text(news: &[News]) -> String {
        body(news)["text"].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn one_says_what_since_when_how_many_what_next_and_where_to_look() {
        let text = text(&[closed("harbour", Change::Opened)]);
        for part in [
            "CRITICAL",
            "CHANNEL_CLOSED · harbour (delivery)",
            "the phone must be paired again · since 2027-01-15 07:48 UTC · 12",
            "*Next* (whoever runs Frontdesk): pair it &lt;again&gt;",
            "`fd 9082 delivery.v1.QueueService/GetQueueHealth`",
            "AcknowledgeIncident '{\"incident_id\": \"inc_",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn what_is_over_is_two_lines_more_and_asks_for_nothing() {
        let text = text(&[closed("harbour", Change::Recovered)]);
        assert!(text.contains("RECOVERED") && text.ends_with("It lasted 12 min."), "{text}");
    }

    #[test]
    fn two_hundred_are_a_few_lines() {
        let many: Vec<_> = (0..200).map(|n| closed(&format!("desk-{n}"), Change::Opened)).collect();
        let text = text(&many);
        assert!(text.lines().count() <= 4, "{text}");
        assert!(
            text.contains("*200 changes at once*: 200 critical") && text.contains("and 192 more"),
            "{text}"
        );
    }
}
