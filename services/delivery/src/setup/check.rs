//! Which link of the chain is broken: a key, the connection, the webhook, the way out, the way back.

use std::time::Duration;

use addressing::Phone;
use clock::{Clock as _, SystemClock};
use ids::{ChannelId, MessageId};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::canary;
use super::desk::{Desk, Held, NotSetUp};
use crate::domain::causes::{Advice, Cause};
use crate::domain::connection::ConnectionState;
use crate::domain::door::Why;
use crate::domain::hearing::Link;
use crate::domain::outcome::{Outcome, Trouble};
use crate::domain::text::words;
use crate::providers::set_up::{Hooked, Obstacle};
use crate::store::canaries::{self, Back};

words! {
    /// What is known of a link.
    pub enum Verdict as "verdict" {
        /// It holds.
        Works = "works",
        /// It does not.
        Broken = "broken",
        /// It could not be tried.
        Untried = "untried",
    }
}

/// One link, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub link: Link,
    /// What is known.
    pub verdict: Verdict,
    /// What was seen.
    pub detail: String,
    /// What to do; empty if nothing.
    pub next_step: String,
    /// How much it says when it is broken.
    pub weight: Weight,
}

/// How much a broken link says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Nothing about the channel: the provider was away, which passes.
    Passing,
    /// Less than a message that went round.
    Usual,
    /// More: what goes round is not what is missing.
    Certain,
}

impl Step {
    fn works(link: Link, detail: impl Into<String>) -> Self {
        Self {
            link,
            verdict: Verdict::Works,
            detail: detail.into(),
            next_step: String::new(),
            weight: Weight::Usual,
        }
    }

    fn broken(link: Link, detail: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            link,
            verdict: Verdict::Broken,
            detail: detail.into(),
            next_step: next_step.into(),
            weight: Weight::Usual,
        }
    }

    fn untried(link: Link, detail: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self {
            link,
            verdict: Verdict::Untried,
            detail: detail.into(),
            next_step: next_step.into(),
            weight: Weight::Usual,
        }
    }

    fn because(link: Link, trouble: &Trouble) -> Self {
        let Advice { words, next_step, .. } = trouble.cause.advice();
        let said = if trouble.words.is_empty() { String::new() } else { format!(" ({})", trouble.words) };
        let weight = if trouble.cause.is_provider_down() { Weight::Passing } else { Weight::Usual };
        Self { weight, ..Self::broken(link, format!("{words}{said}"), next_step) }
    }
}

/// What to try.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Whom to write to; the channel's own number if nobody is named.
    pub to: Option<String>,
    /// How long to wait for what comes back.
    pub patience: Duration,
    /// Whether a message goes round.
    pub canary: Canary,
}

/// Whether a message goes round.
#[derive(Clone, Copy, Debug)]
pub enum Canary {
    /// It does.
    Send {
        /// And a receipt must come back, not only its echo.
        receipt: bool,
    },
    /// It does not.
    Withheld {
        /// For this reason.
        why: &'static str,
        /// Do this instead.
        instead: &'static str,
    },
}

impl Desk {
    /// Looks at each link in turn and tells what is found as it is found. What hangs on a broken one is not tried.
    ///
    /// # Errors
    /// When there is no such channel, or the database does not answer; everything else is a finding.
    pub async fn check(&self, id: ChannelId, wish: Wish, tell: &mpsc::Sender<Step>) -> Result<(), NotSetUp> {
        let held = match self.hold(id).await {
            Ok(held) => held,
            Err(NotSetUp::Unusable(unusable)) => {
                let next_step = unusable.cause.advice().next_step;
                drop(tell.send(Step::broken(Link::Credentials, unusable.why, next_step)).await);
                return Ok(());
            }
            Err(other) => return Err(other),
        };
        let connected = self.connected(&held, tell).await?;
        let webhook = self.webhook(&held).await?;
        drop(tell.send(webhook).await);
        if connected {
            self.round_trip(&held, &wish, tell).await?;
        }
        Ok(())
    }

    async fn connected(&self, held: &Held, tell: &mpsc::Sender<Step>) -> Result<bool, NotSetUp> {
        let let_in = Step::works(Link::Credentials, "the provider lets us in");
        let (steps, connected) = match self.ask_state(held).await {
            Ok(ConnectionState::Open) => {
                (vec![let_in, Step::works(Link::Connection, "the provider says it is connected")], true)
            }
            Ok(state) => (vec![let_in, disconnected(state)], false),
            Err(NotSetUp::Obstacle(Obstacle::Trouble(trouble))) => {
                let link = match trouble.cause {
                    Cause::KeyRefused | Cause::Forbidden | Cause::KeyMissing => Link::Credentials,
                    _ => Link::Connection,
                };
                (vec![Step::because(link, &trouble)], false)
            }
            Err(other) => return Err(other),
        };
        for step in steps {
            drop(tell.send(step).await);
        }
        Ok(connected)
    }

    async fn webhook(&self, held: &Held) -> Result<Step, NotSetUp> {
        let hook = match self.hook(held).await {
            Ok(hook) => hook,
            Err(NotSetUp::NoPublicUrl) => {
                let next_step = "set it to the address providers reach ingest under";
                return Ok(Step::broken(Link::Webhook, "delivery.public_url is empty", next_step));
            }
            Err(NotSetUp::Unusable(unusable)) => {
                let next_step = unusable.cause.advice().next_step;
                return Ok(Step::broken(Link::Webhook, unusable.why, next_step));
            }
            Err(other) => return Err(other),
        };
        Ok(set_at_provider(self.providers.hooked(&held.account, &hook, self.deadline()).await, hook.url()))
    }

    async fn round_trip(&self, held: &Held, wish: &Wish, tell: &mpsc::Sender<Step>) -> Result<(), NotSetUp> {
        let receipt = match wish.canary {
            Canary::Send { receipt } => receipt,
            Canary::Withheld { why, instead } => {
                drop(tell.send(Step::untried(Link::Send, why, instead)).await);
                return Ok(());
            }
        };
        let own = wish.to.as_deref().or(held.row.own_address.as_deref());
        let Some(to) = own.and_then(|own| Phone::parse(own).ok()) else {
            let step =
                Step::untried(Link::Send, "the channel has no own_address", "name a phone to write to");
            drop(tell.send(step).await);
            return Ok(());
        };
        let (id, since) = (MessageId::generate(), SystemClock.now());
        let outcome = canary::send(self, held, to.expose().trim_start_matches('+'), id).await?;
        match &outcome {
            Outcome::Accepted { .. } => {
                drop(tell.send(Step::works(Link::Send, "the provider took a message")).await);
            }
            Outcome::Refused(trouble) | Outcome::NotSent(trouble) | Outcome::Unknown(trouble) => {
                drop(tell.send(Step::because(Link::Send, trouble)).await);
                if !matches!(outcome, Outcome::Unknown(_)) {
                    return Ok(());
                }
            }
        }
        let back = canary::wait(self, id, wish.patience, receipt).await?;
        let steps = match back {
            Back { echoed: false, rank: None, .. } => self.nothing_came(held, since).await?,
            Back { rank: None, .. } if receipt => vec![Step::broken(
                Link::WayBack,
                "it came back as a message of this number, and no receipt for it",
                "RestartInstance; if messages still get no receipts, pair the phone anew (LogOut, ConnectPhone)",
            )],
            back => came_back(&back),
        };
        for step in steps {
            drop(tell.send(step).await);
        }
        Ok(())
    }

    async fn nothing_came(&self, held: &Held, since: Timestamp) -> Result<Vec<Step>, NotSetUp> {
        if canaries::refused_since(&self.pool, held.row.id, since).await?.is_some() {
            return Ok(vec![
                Step::works(Link::WayBack, "a webhook arrived at our door"),
                Step::broken(
                    Link::Signature,
                    "it was refused: what it showed is not the channel's secret",
                    "give the provider the secret that the channel names (SetWebhook), or correct the reference",
                ),
            ]);
        }
        let url = format!("{}/webhooks/…", self.public_url.trim_end_matches('/'));
        Ok(vec![
            Step::broken(
                Link::WayBack,
                format!("nothing came back to {url}"),
                "open that address from outside: name, certificate, proxy and firewall, then ingest's log",
            ),
            Step::untried(Link::Signature, "nothing came that could be proven", ""),
        ])
    }
}

/// What the provider has as our webhook, which should be `url`.
fn set_at_provider(hooked: Result<Hooked, Obstacle>, url: &str) -> Step {
    let set = "set it with SetWebhook";
    match hooked {
        Ok(Hooked::Ours) => Step::works(Link::Webhook, format!("the provider sends to {url}")),
        Ok(Hooked::Elsewhere { url: other }) => {
            Step::broken(Link::Webhook, format!("the provider sends to {other}, not to {url}"), set)
        }
        Ok(Hooked::Nowhere) => Step::broken(Link::Webhook, "the provider sends nowhere", set),
        Ok(Hooked::Incomplete { missing }) => Step {
            weight: Weight::Certain,
            ..Step::broken(Link::Webhook, format!("the provider does not tell {}", missing.join(", ")), set)
        },
        Ok(Hooked::Unsaid { why }) => Step::untried(Link::Webhook, why, "the way back will show it"),
        Err(Obstacle::NotOffered { why, instead }) => Step::untried(Link::Webhook, why, instead),
        Err(Obstacle::Trouble(trouble)) => {
            let Advice { words, next_step, .. } = trouble.cause.advice();
            let words = format!("the provider did not say where it sends: {words}");
            Step::untried(Link::Webhook, words, next_step)
        }
    }
}

fn disconnected(state: ConnectionState) -> Step {
    let advice = Why::of_connection(state).map(Why::advice);
    let next_step = match state {
        ConnectionState::LoggedOut => "pair the phone: ConnectPhone answers with a QR code",
        ConnectionState::NotLoaded => "start it with RestartInstance or ConnectPhone",
        _ => advice.map_or("", |advice| advice.next_step),
    };
    Step::broken(Link::Connection, advice.map_or(state.as_str(), |advice| advice.words), next_step)
}

fn came_back(back: &Back) -> Vec<Step> {
    let how = match back.rank {
        Some(2) => "as failed",
        Some(3) => "as delivered",
        Some(4) => "as read",
        Some(_) => "as sent",
        None => "as a message of this number",
    };
    let mut steps = vec![
        Step::works(Link::WayBack, format!("it came back, {how}")),
        Step::works(Link::Signature, "ingest took the webhook, so its secret fits"),
    ];
    if back.rank == Some(2) {
        let code = back.error_code.as_deref().unwrap_or("none");
        // The chain holds all the same: Meta and Twilio report a closed window in this way.
        steps.push(Step::untried(
            Link::Send,
            format!("the provider took the message and then failed to deliver it (code {code})"),
            "write to the number from that phone first, which opens the window, and check again",
        ));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_was_reported_proves_the_way_back() {
        let back = Back { rank: Some(2), error_code: Some("131047".into()), ..Back::default() };
        let verdicts: Vec<_> = came_back(&back).iter().map(|step| (step.link, step.verdict)).collect();
        assert_eq!(
            verdicts,
            [
                (Link::WayBack, Verdict::Works),
                (Link::Signature, Verdict::Works),
                (Link::Send, Verdict::Untried)
            ]
        );
    }

    #[test]
    fn a_webhook_that_does_not_tell_all_is_broken_whatever_goes_round() {
        let weight = |hooked| set_at_provider(Ok(hooked), "https://x").weight;
        assert_eq!(
            weight(Hooked::Incomplete { missing: vec!["MESSAGES_UPSERT".to_owned()] }),
            Weight::Certain
        );
        // It may be our address by another name.
        assert_eq!(weight(Hooked::Elsewhere { url: "https://y".to_owned() }), Weight::Usual);
    }

    #[test]
    fn whoever_is_not_connected_is_told_what_to_do() {
        for state in [ConnectionState::Connecting, ConnectionState::LoggedOut, ConnectionState::Banned] {
            let step = disconnected(state);
            assert!(step.verdict == Verdict::Broken && step.next_step.len() > 10, "{step:?}");
        }
    }
}
