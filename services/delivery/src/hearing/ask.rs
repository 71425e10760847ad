//! Asking the chain: the check that operators have, with a message that goes round where the provider allows it.

use tokio::sync::mpsc;
use tracing::warn;

use super::Listener;
use crate::domain::hearing::{Because, Link};
use crate::setup::{Canary, Step, Verdict, Weight, Wish};
use crate::store::hearing::Due;

/// There are six links.
const STEPS: usize = 8;

/// What asking showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It went round.
    Proven,
    /// This link is broken.
    Broken(Step),
    /// The provider, or our database, did not say.
    Unsaid,
    /// Nothing is broken that could be seen, and nothing could go round.
    Unprovable,
}

impl Listener {
    pub(super) async fn ask(&self, due: &Due, because: Because, provable: bool) -> Finding {
        let canary = if provable {
            Canary::Send { receipt: because == Because::Receipts }
        } else {
            Canary::Withheld {
                why: "no message can go round by itself",
                instead: "CheckChannel with a phone of yours",
            }
        };
        let wish = Wish { to: None, patience: self.rules.canary_patience, canary };
        // Holds all there are: nobody takes them out meanwhile.
        let (tell, mut told) = mpsc::channel(STEPS);
        if let Err(error) = self.desk.check(due.channel, wish, &tell).await {
            warn!(channel = due.slug, ?error, "the chain could not be asked");
            return Finding::Unsaid;
        }
        let mut steps = Vec::new();
        while let Ok(step) = told.try_recv() {
            steps.push(step);
        }
        judged(steps)
    }
}

fn judged(steps: Vec<Step>) -> Finding {
    // What went round is not what the provider is not set to tell.
    if let Some(step) = steps.iter().find(|step| step.weight == Weight::Certain) {
        return Finding::Broken(step.clone());
    }
    let went_round = |step: &Step| step.link == Link::WayBack && step.verdict == Verdict::Works;
    if steps.iter().any(went_round) {
        return Finding::Proven;
    }
    let broken = |step: &&Step| step.verdict == Verdict::Broken;
    if steps.iter().filter(broken).any(|step| step.weight == Weight::Passing) {
        return Finding::Unsaid;
    }
    steps
        .into_iter()
        .find(|step| step.verdict == Verdict::Broken)
        .map_or(Finding::Unprovable, Finding::Broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(link: Link, verdict: Verdict, weight: Weight) -> Step {
        Step { link, verdict, detail: String::new(), next_step: String::new(), weight }
    }

    #[test]
    fn the_first_broken_link_is_named_unless_something_went_round_or_the_provider_was_away() {
        let connected = step(Link::Connection, Verdict::Works, Weight::Usual);
        let elsewhere = step(Link::Webhook, Verdict::Broken, Weight::Usual);
        let lost = step(Link::WayBack, Verdict::Broken, Weight::Usual);
        let back = step(Link::WayBack, Verdict::Works, Weight::Usual);
        let away = step(Link::Connection, Verdict::Broken, Weight::Passing);
        let incomplete = step(Link::Webhook, Verdict::Broken, Weight::Certain);
        let broken = Finding::Broken(elsewhere.clone());
        assert_eq!(judged(vec![connected.clone(), elsewhere.clone(), lost.clone()]), broken);
        // A webhook that could not be read back, or is an address of ours by another name: what went round decides.
        assert_eq!(judged(vec![connected.clone(), elsewhere, back.clone()]), Finding::Proven);
        let less = vec![connected.clone(), incomplete.clone(), back];
        assert_eq!(
            judged(less),
            Finding::Broken(incomplete),
            "its own message came, customers' are not told"
        );
        assert_eq!(judged(vec![away, lost]), Finding::Unsaid);
        assert_eq!(judged(vec![connected]), Finding::Unprovable);
    }
}
