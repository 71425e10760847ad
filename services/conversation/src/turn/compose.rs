//! A model's last words become an answer: its own sentence, the lists that code writes, the question that is still open.

use super::claim_guard::{self, Finding};
use super::context::Turn;
use super::findings::{Findings, Offer};
use super::flows::{menu, proposal};
use super::{offer, plain};
use crate::domain::{Asked, Degraded, Draft, Proposal, ProposalChange};
use crate::texts::Message;

/// Room for what code adds behind a model's words.
const WORDS: usize = 600;

/// The answer, or what is wrong with the words.
pub(super) fn compose(turn: &Turn<'_>, findings: &Findings, text: &str) -> Result<Draft, Vec<Finding>> {
    let text = plain::plain(text, WORDS);
    if let Some(offer) = &findings.offer {
        // Beside a list one sentence is enough, and one that states anything is one too many.
        let intro = Some(plain::first_sentence(&text))
            .filter(|intro| claim_guard::states_nothing(intro, &turn.ports.texts, &findings.records(turn)));
        return Ok(with_offer(turn, findings, offer, intro.unwrap_or_default()));
    }
    let problems = claim_guard::check(&text, &turn.ports.texts, &findings.records(turn));
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(in_words(turn, findings, findings.redactor.restore(&text)))
}

/// The list, behind a sentence or behind none.
pub(super) fn with_offer(turn: &Turn<'_>, findings: &Findings, offer: &Offer, intro: &str) -> Draft {
    let none = Message::NoSlots { service: offer.listing.service.name.clone() };
    // That nothing is free when it was wanted is said by code; so is what is free instead.
    let leads = if offer.instead && !offer.slots.is_empty() { vec![none] } else { Vec::new() };
    let intro = if offer.instead { "" } else { intro };
    let mut draft = offer::times(turn, "model_slots", leads, offer.listing.clone(), offer.slots.clone());
    if !intro.is_empty()
        && let Some(say) = draft.says.first_mut()
    {
        say.text = format!("{}\n\n{}", findings.redactor.restore(intro), say.text);
    }
    finish(findings, draft)
}

/// Plain words. A proposal that is still open is asked again behind them, so that it stays the last thing asked.
fn in_words(turn: &Turn<'_>, findings: &Findings, text: String) -> Draft {
    let mut draft = turn.draft("model_words");
    let open = still_open(turn, findings);
    let question = open.map(|open| turn.words(&[proposal::message(turn, &open.change)]));
    let text = question.map_or_else(|| text.clone(), |question| format!("{text}\n\n{question}"));
    draft.says.push(turn.say(text, crate::domain::SayClass::Reply));
    draft.asked = open.map(|open| Asked::Proposal { id: open.id });
    finish(findings, draft)
}

/// What is said when the model cannot be used: what it found is still good.
pub(super) fn without_words(turn: &Turn<'_>, findings: &Findings, why: Degraded) -> Draft {
    let mut draft = match &findings.offer {
        Some(offer) => with_offer(turn, findings, offer, ""),
        None => finish(findings, menu::after_failure(turn, why, still_open(turn, findings))),
    };
    draft.stats.degraded = Some(why);
    draft
}

/// Joins what the turn learned and cost to the answer.
pub(super) fn finish(findings: &Findings, mut draft: Draft) -> Draft {
    let mut stats = findings.stats.clone();
    stats.degraded = draft.stats.degraded;
    stats.flags.append(&mut draft.stats.flags);
    draft.stats = stats;
    if findings.withdrawn && draft.proposal.is_none() {
        draft.proposal = Some(ProposalChange::Superseded);
    }
    draft
}

fn still_open<'a>(turn: &Turn<'a>, findings: &Findings) -> Option<&'a Proposal> {
    turn.snapshot
        .open_proposal
        .as_ref()
        .filter(|open| !findings.withdrawn && open.is_fresh(turn.snapshot.now))
}
