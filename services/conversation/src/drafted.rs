//! A draft becomes a commit.

use ids::{ItemId, MessageId, TurnId};
use serde_json::{Value, json};
use work::Held;

use crate::{
    domain::{Draft, Owner, ProposalChange, ProposalState, Say, SayClass, Snapshot, Taps},
    store::turns::{Asked, Loaded, TurnCommit, TurnRow},
};

/// Everything the draft wants, in the form `commit_turns` takes. `dead`: the items are given up, and why.
#[must_use]
pub fn commit(
    held: Held,
    loaded: &Loaded,
    snapshot: &Snapshot,
    draft: &Draft,
    discardable: bool,
    dead: Option<Value>,
) -> TurnCommit {
    let turn = TurnId::generate();
    let upto_seq = snapshot.items.last().map_or(held.done_seq, |item| item.seq);
    let open_id = snapshot.open_proposal.as_ref().map(|proposal| proposal.id);
    let close = |state: ProposalState| open_id.map(|id| json!({ "id": id, "state": state }));
    let (open, close) = match &draft.proposal {
        None => (None, None),
        Some(ProposalChange::Open(proposal)) => (
            Some(json!({ "id": proposal.id, "frozen": proposal, "expires_at": proposal.expires_at })),
            close(ProposalState::Superseded),
        ),
        Some(ProposalChange::Confirmed) => (None, close(ProposalState::Confirmed)),
        Some(ProposalChange::Rejected) => (None, close(ProposalState::Rejected)),
        Some(ProposalChange::Expired) => (None, close(ProposalState::Expired)),
        Some(ProposalChange::Superseded) => (None, close(ProposalState::Superseded)),
    };
    TurnCommit {
        key: held.key,
        epoch: held.epoch,
        upto_seq,
        seen_seq: loaded.seen_seq,
        discardable,
        owned_by: owner_word(snapshot.conversation.owner),
        dead,
        turn: TurnRow {
            id: turn,
            route: draft.route.name().to_owned(),
            rule: draft.rule.to_owned(),
            stats: json!(draft.stats),
            agent_version: Some(snapshot.agent.id).filter(|id| !id.is_nil()),
            started_at: loaded.now,
        },
        says: draft.says.iter().enumerate().map(|(n, say)| message(snapshot, turn, n, say)).collect(),
        open,
        close,
        effect: draft.effect.as_ref().map(|effect| json!(effect)),
        asked: Some(Asked { to: draft.asked.as_ref().map(|asked| json!(asked)) }),
        owner: draft.owner.as_ref().map(|change| {
            json!({
                "to": owner_word(change.to), "evidence": change.evidence,
                "reason": format!("turn {}: {}", draft.rule, word(&json!(change.reason))),
            })
        }),
        language: draft.language.map(|language| language.tag().to_owned()),
        correlation_id: snapshot.correlation_id,
    }
}

/// One text, as `delivery.enqueue_v1` takes it. All texts of a turn share a lane, and so keep their order.
fn message(snapshot: &Snapshot, turn: TurnId, n: usize, say: &Say) -> Value {
    let conversation = &snapshot.conversation;
    let class = match say.class {
        SayClass::Reply => "reply",
        SayClass::Confirmation => "confirmation",
        SayClass::Notice => "notice",
    };
    json!({
        "id": MessageId::generate(), "tenant_id": conversation.tenant_id, "channel_id": conversation.channel_id,
        "conversation_id": conversation.id, "to": conversation.to, "lane": "high", "class": class, "profile": "conversation",
        "body": body(say), "not_after": say.not_after, "correlation_id": snapshot.correlation_id,
        "cause": format!("turn:{}", turn.uuid()), "dedupe_key": format!("turn:{}:{n}", turn.uuid()),
    })
}

/// "One moment", as `delivery.enqueue_v1` takes it: once per turn, known by its first item, in the line of its answer.
#[must_use]
pub fn acknowledgement(snapshot: &Snapshot, head: ItemId, id: MessageId, say: &Say) -> Value {
    let conversation = &snapshot.conversation;
    json!({
        "id": id, "tenant_id": conversation.tenant_id, "channel_id": conversation.channel_id,
        "conversation_id": conversation.id, "to": conversation.to, "lane": "high", "class": "reply", "profile": "conversation",
        "body": body(say), "not_after": say.not_after, "correlation_id": snapshot.correlation_id,
        "cause": format!("ack:{}", head.uuid()), "dedupe_key": format!("ack:{}", head.uuid()),
    })
}

/// What is said, in delivery's forms. The text says by itself how to answer it in words.
fn body(say: &Say) -> Value {
    let mut body = match &say.taps {
        None => json!({ "kind": "text", "text": say.text }),
        Some(Taps::Buttons(buttons)) => {
            json!({ "kind": "buttons", "text": say.text, "buttons": buttons, "self_contained": true })
        }
        Some(Taps::List { button, rows }) => json!({
            "kind": "list", "text": say.text, "button": button, "sections": [{ "rows": rows }], "self_contained": true,
        }),
    };
    if let Some(fallback) = &say.fallback {
        body["fallback"] = json!(fallback);
    }
    body
}

/// The word of the row.
#[must_use]
pub fn owner_word(owner: Owner) -> &'static str {
    match owner {
        Owner::Bot => "bot",
        Owner::WaitingHuman => "waiting_human",
        Owner::Human => "human",
    }
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
