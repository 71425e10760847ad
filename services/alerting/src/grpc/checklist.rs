//! Why do no alerts come? Everything that must be right, in the order in which to look.

use contract::alerting::v1::AlertingCheck;

use super::incidents::Incidents;
use crate::{
    notify::Target,
    store::{
        incidents,
        lease::{self, Holder},
        posts,
    },
};

/// Looks this much late are no longer on time, in seconds.
const GRACE: f64 = 20.0;

/// Goes through the list.
pub async fn checks(service: &Incidents) -> Result<Vec<AlertingCheck>, sqlx::Error> {
    let mut checks = receivers(service);
    let holder = lease::holder(&service.pool).await?;
    checks.push(watch(service, holder.as_ref()));
    checks.push(services(holder.as_ref()));
    checks.push(criteria(&incidents::counts(&service.pool).await?));
    checks.push(arrived(service, &posts::newest(&service.pool).await?));
    checks.push(heartbeat(service.has_heartbeat));
    Ok(checks)
}

fn check(name: &str, well: bool, found: impl Into<String>, next_step: &str) -> AlertingCheck {
    let next_step = if well { "" } else { next_step };
    AlertingCheck { name: name.to_owned(), well, found: found.into(), next_step: next_step.to_owned() }
}

/// One of the two is enough; what is set must be an address.
fn receivers(service: &Incidents) -> Vec<AlertingCheck> {
    let targets = &service.poster.targets;
    let anybody = !targets.configured().is_empty();
    Target::ALL
        .into_iter()
        .map(|target| {
            let setting = format!("FRONTDESK_{}", target.setting().to_uppercase().replace('.', "__"));
            match (targets.has(target), targets.url(target)) {
                (false, _) => {
                    let next_step = format!("set {setting} (or {setting}_FILE) and start alerting again");
                    check(target.name(), anybody, format!("{} is not set", target.setting()), &next_step)
                }
                (true, None) => {
                    let found = format!("{} is no http address", target.setting());
                    check(
                        target.name(),
                        false,
                        found,
                        "copy the whole address, https:// included, and start alerting again",
                    )
                }
                (true, Some(_)) => check(
                    target.name(),
                    true,
                    format!("{} is set; SendTestAlert tries it", target.setting()),
                    "",
                ),
            }
        })
        .collect()
}

fn watch(service: &Incidents, holder: Option<&Holder>) -> AlertingCheck {
    let late = service.options.every.as_secs_f64() * 3.0 + GRACE;
    let next_step = "check that alerting runs and reaches the database; its log says \"the look for incidents failed\" and why";
    match holder {
        None => check("watch", false, "nobody has looked for incidents yet", next_step),
        Some(Holder { done_ago: None, .. }) => {
            check("watch", false, "no look has been written down yet", next_step)
        }
        Some(Holder { holder, done_ago: Some(ago), .. }) => {
            check("watch", *ago <= late, format!("{holder} last looked {ago:.0} s ago"), next_step)
        }
    }
}

fn services(holder: Option<&Holder>) -> AlertingCheck {
    let answers = holder.and_then(|holder| holder.result.as_object());
    let (mut silent, mut found) = (Vec::new(), Vec::new());
    for (service, said) in answers.into_iter().flatten() {
        match said["silent"].as_str() {
            Some(why) => silent.push(format!("{service} does not answer ({why})")),
            None => found.push(format!("{service}: {} troubles", said["troubles"])),
        }
    }
    let well = silent.is_empty() && !found.is_empty();
    silent.extend(found);
    let next_step = "check that it runs, that its address in [alerting] is right, and that all services have the same service token";
    check("services", well, silent.join(", "), next_step)
}

fn criteria(counts: &[(String, String, i64)]) -> AlertingCheck {
    let of = |state: &str| counts.iter().filter(|(is, ..)| is == state).map(|(.., count)| count).sum::<i64>();
    let found = format!(
        "{} open, {} closed by a person and not over, {} pending: not yet for as long as they must last (limits: [escalation] and \
         docs/operating.md)",
        of("open"),
        of("closed"),
        of("pending")
    );
    check("criteria", true, found, "")
}

fn arrived(service: &Incidents, newest: &[posts::Shown]) -> AlertingCheck {
    let set: Vec<_> = service.poster.targets.configured().iter().map(|target| target.name()).collect();
    let newest: Vec<_> = newest.iter().filter(|post| set.contains(&post.target.as_str())).collect();
    if newest.is_empty() {
        return check("posts", true, "nothing was to be told yet", "");
    }
    let well = newest.iter().all(|post| post.state == "sent" || post.tries <= 1);
    let found = newest.iter().map(|post| {
        let answer = if post.answer.is_empty() { String::new() } else { format!(" ({})", post.answer) };
        format!(
            "the last one to {} of {} is {} after {} tries{answer}",
            post.target, post.created_at, post.state, post.tries
        )
    });
    check(
        "posts",
        well,
        found.collect::<Vec<_>>().join("; "),
        "SendTestAlert says what the receiver answers; Slack's \"no_service\" and \"invalid_token\" want a new webhook",
    )
}

/// Without one nobody notices when alerting itself is away; that is a choice.
fn heartbeat(is_set: bool) -> AlertingCheck {
    let found = if is_set {
        "alerting.heartbeat_url is called while all is well"
    } else {
        "alerting.heartbeat_url is not set, or no http address: nobody elsewhere notices when alerting is away"
    };
    check("heartbeat", true, found, "")
}
