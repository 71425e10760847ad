//! Between the contract's connections and ours.

use contract::delivery::v1::{CheckChannelResponse, ConnectPhoneResponse, LinkState, WebhookState};
use futures_util::{Stream, StreamExt as _, stream};
use rpc::Failure;
use tokio::sync::mpsc;
use tonic::Status;

use crate::domain::causes::Advice;
use crate::domain::class::RetryClass;
use crate::domain::outcome::Trouble;
use crate::providers::set_up::{Hooked, Obstacle, Pairing};
use crate::setup::{NotSetUp, Step, Verdict};

pub fn webhook(wanted_url: String, hooked: Result<Hooked, Obstacle>) -> WebhookState {
    let set = "set it with SetWebhook".to_owned();
    let (problem, next_step) = match hooked {
        Ok(Hooked::Ours) => Default::default(),
        Ok(Hooked::Elsewhere { url }) => (format!("the provider sends to {url}"), set),
        Ok(Hooked::Nowhere) => ("the provider sends nowhere".to_owned(), set),
        Ok(Hooked::Incomplete { missing }) => {
            (format!("the provider does not tell {}", missing.join(", ")), set)
        }
        Ok(Hooked::Unsaid { why }) => (why.to_owned(), "CheckChannel shows whether it works".to_owned()),
        Err(Obstacle::NotOffered { why, instead }) => (why.to_owned(), instead.to_owned()),
        Err(Obstacle::Trouble(trouble)) => {
            let advice = trouble.cause.advice();
            (advice.words.to_owned(), advice.next_step.to_owned())
        }
    };
    WebhookState { agrees: problem.is_empty(), wanted_url, problem, next_step }
}

pub fn pairing(pairing: Pairing) -> ConnectPhoneResponse {
    match pairing {
        Pairing::Paired => ConnectPhoneResponse { connected: true, ..ConnectPhoneResponse::default() },
        Pairing::Code { code, pairing_code, png } => {
            let next_step = if pairing_code.is_some() {
                "on the phone: WhatsApp, Linked devices, Link with phone number; type pairing_code in within 45 seconds"
            } else {
                "on the phone: WhatsApp, Linked devices, Link a device; scan the picture within 45 seconds, else ask again"
            };
            ConnectPhoneResponse {
                connected: false,
                code,
                pairing_code: pairing_code.unwrap_or_default(),
                png_base64: png.unwrap_or_default(),
                next_step: next_step.to_owned(),
            }
        }
    }
}

/// The steps of a check as they are found; a check that ends badly ends the stream with its cause.
pub fn steps(
    checking: impl Future<Output = Result<(), NotSetUp>> + Send + 'static,
    told: mpsc::Receiver<Step>,
) -> impl Stream<Item = Result<CheckChannelResponse, Status>> + Send + 'static {
    let found = stream::unfold(told, async |mut told| told.recv().await.map(|step| (step, told)));
    let found = found.map(|step| Ok(answer(step)));
    let end =
        stream::once(checking).filter_map(async |done| done.err().map(|error| Err(failure(error).into())));
    // Both at once: the check goes on while its steps are read.
    stream::select(found, end)
}

fn answer(step: Step) -> CheckChannelResponse {
    let state = match step.verdict {
        Verdict::Works => LinkState::Works,
        Verdict::Broken => LinkState::Broken,
        Verdict::Untried => LinkState::Untried,
    };
    CheckChannelResponse {
        link: step.link.as_str().to_owned(),
        state: state.into(),
        detail: step.detail,
        next_step: step.next_step,
    }
}

/// What the caller is told.
pub fn failure(refused: NotSetUp) -> Failure {
    match refused {
        NotSetUp::NotThere => Failure::not_found("channel", "of this id"),
        NotSetUp::Unusable(unusable) => {
            Failure::precondition(unusable.why, unusable.cause.advice().next_step)
                .reason("CHANNEL_UNUSABLE")
                .with("cause", unusable.cause.as_str())
        }
        NotSetUp::NoPublicUrl => Failure::precondition(
            "delivery.public_url is empty",
            "set it to the address providers reach ingest under",
        ),
        NotSetUp::Obstacle(Obstacle::NotOffered { why, instead }) => {
            Failure::precondition(why, instead).reason("NOT_OFFERED")
        }
        NotSetUp::Obstacle(Obstacle::Trouble(trouble)) => met(&trouble),
        NotSetUp::Database(error) => Failure::internal(error),
    }
}

/// What the provider said: what may pass is UNAVAILABLE, what a person must mend is FAILED_PRECONDITION.
fn met(trouble: &Trouble) -> Failure {
    let Advice { words, next_step, .. } = trouble.cause.advice();
    let said = if trouble.words.is_empty() { String::new() } else { format!(" ({})", trouble.words) };
    let problem = format!("{words}{said}");
    let failure = match trouble.class() {
        RetryClass::Auth { .. } | RetryClass::Perm => Failure::precondition(problem, next_step),
        _ => Failure::unavailable(problem, next_step),
    };
    failure
        .reason("PROVIDER_REFUSED")
        .with("cause", trouble.cause.as_str())
        .with("code", trouble.code.clone().unwrap_or_default())
}
