//! Why a step was not seen, as far as the journal tells, and where to look next.

use crate::journal::Noted;
use crate::whatsapp::Entry;

/// Places to look at, named in hints.
#[derive(Debug, Clone)]
pub struct Places {
    /// The simulated WhatsApp.
    pub whatsapp: String,
    /// The simulated model.
    pub model: String,
    /// The metrics of the services.
    pub metrics: String,
}

impl Default for Places {
    /// Where things are in development.
    fn default() -> Self {
        Self {
            whatsapp: "http://127.0.0.1:8090".to_owned(),
            model: "http://127.0.0.1:8091".to_owned(),
            metrics: "http://127.0.0.1:7080/metrics … 7084/metrics".to_owned(),
        }
    }
}

/// The events by which the providers tell what customers write.
const TELLS_OF_MESSAGES: [&str; 3] = ["messages.upsert", "messages", "message"];

/// What the journal says about the time since the step began.
pub(super) fn explain(since: &[Noted<Entry>], expected: &str, places: &Places) -> String {
    let entries = || since.iter().map(|noted| &noted.entry);
    let mut customer_calls = entries().filter_map(|entry| match entry {
        Entry::Webhook { event, status, problem, .. } if TELLS_OF_MESSAGES.contains(&event.as_ref()) => {
            Some((*status, problem.as_deref()))
        }
        _ => None,
    });
    let last_call = customer_calls.next_back();
    let refused = entries().find_map(|entry| match entry {
        Entry::Refused { reason, status, .. } => Some((reason, status)),
        _ => None,
    });
    let said: Vec<&str> = entries().filter_map(said).collect();
    if let Some((None, problem)) = last_call {
        return format!(
            "The webhook gave no answer ({}). Are the services running, and does the webhook address of the \
             instance point to them? GET {}/sim/instances shows it.",
            problem.unwrap_or("no reason known"),
            places.whatsapp
        );
    }
    if let Some((Some(status), _)) =
        last_call.filter(|(status, _)| status.is_some_and(|status| status >= 300))
    {
        return webhook_refused(status);
    }
    if let Some((reason, status)) = refused {
        return refused_send(reason, *status, places);
    }
    if !said.is_empty() {
        return format!(
            "The clinic did speak, but not as expected ({expected}). The model's side: GET {}/sim/journal.",
            places.model
        );
    }
    format!(
        "Nothing was sent to the customer. Look at the services' logs from this moment on, at their metrics ({}), \
         and at what the model was asked: GET {}/sim/journal.",
        places.metrics, places.model
    )
}

/// Meta and Twilio refuse with codes of their own; the other reasons are the simulator's words.
fn refused_send(reason: &str, status: Option<u16>, places: &Places) -> String {
    let status = status.map_or("no answer".to_owned(), |status| status.to_string());
    let advice = match reason {
        "21610" => "The customer unsubscribed: on Twilio, STOP, CANCEL and the like do.".to_owned(),
        code if code.bytes().all(|byte| byte.is_ascii_digit()) => {
            "It is the provider's own code; its list of errors explains it.".to_owned()
        }
        _ => format!("Compare the channel's account and keys with GET {}/sim/instances.", places.whatsapp),
    };
    format!(
        "A send was refused by whatsapp-sim: {reason} ({status}). {advice} Faults in force: GET {}/sim/faults.",
        places.whatsapp
    )
}

fn webhook_refused(status: u16) -> String {
    let reason = match status {
        401 | 403 => "the token of the instance is not the one the channel expects",
        404 => "there is no such webhook; the path must name a channel that exists",
        429 | 503 => "the services are there but cannot take messages: is the database reachable?",
        _ => "the logs of ingest say why",
    };
    format!("The webhook answered {status}: {reason}.")
}

/// What was seen since the step began, for the reader to compare.
pub(super) fn seen(since: &[Noted<Entry>]) -> Vec<String> {
    since.iter().map(|noted| describe(&noted.entry)).collect()
}

fn said(entry: &Entry) -> Option<&str> {
    match entry {
        Entry::Send { text, .. } => Some(text),
        _ => None,
    }
}

fn describe(entry: &Entry) -> String {
    match entry {
        Entry::Customer { text, .. } => format!("customer wrote: {text}"),
        Entry::Staff { text, .. } => format!("staff wrote: {text}"),
        Entry::Send { text, .. } => format!("clinic said: {}", text.replace('\n', " / ")),
        Entry::Refused { reason, .. } => format!("a send was refused: {reason}"),
        Entry::Webhook { event, receipt, attempt, status, problem, .. } => {
            let what = receipt.map_or(event.to_string(), |receipt| format!("{event} {}", receipt.word()));
            let answer = status.map_or(problem.clone().unwrap_or_default(), |status| status.to_string());
            format!("webhook {what}, attempt {attempt}: {answer}")
        }
        Entry::Receipt { receipt, .. } => format!("receipt {}", receipt.word()),
        Entry::Lost { event, attempts, .. } => format!("{event} was given up after {attempts} attempts"),
        Entry::Handshake { verified, .. } => {
            format!("the webhook was asked whether it is ours: {}", if *verified { "yes" } else { "no" })
        }
        Entry::Connection { state, .. } => format!("connection {state}"),
    }
}
