//! What became of webhook calls, noted and counted alike for all providers.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::counts::Counts;
use super::entry::{Entry, ReceiptStatus};
use super::fault::{Fault, Moment};
use crate::faults::Rules;
use crate::http::{Answer, CallError};
use crate::journal::Journal;

/// What a call is about.
#[derive(Debug, Clone)]
pub(super) struct About {
    /// The account it belongs to.
    pub instance: Arc<str>,
    pub event: &'static str,
    /// The customer's digits; empty for events of the account itself.
    pub number: String,
    /// The message; empty for events of the account itself.
    pub id: String,
    pub receipt: Option<ReceiptStatus>,
    /// Why the message failed.
    pub code: Option<u32>,
}

impl About {
    /// An event of the account itself.
    pub fn account(instance: &str, event: &'static str) -> Self {
        Self::message(instance, event, "", "")
    }

    /// An event of one message.
    pub fn message(instance: &str, event: &'static str, number: &str, id: &str) -> Self {
        let (number, id) = (number.to_owned(), id.to_owned());
        Self { instance: instance.into(), event, number, id, receipt: None, code: None }
    }
}

/// One call and its answer.
#[derive(Debug, Clone)]
pub(super) struct Called {
    /// 1 for the first one.
    pub attempt: u32,
    /// Counted where a call carries several events.
    pub call: Option<u64>,
    pub status: Option<u16>,
    pub problem: Option<String>,
    pub took: Duration,
    /// The provider is content with the answer.
    pub taken: bool,
}

impl Called {
    /// What a client's answer means, given which statuses content the provider.
    pub fn of(
        attempt: u32,
        answer: &Result<Answer, CallError>,
        took: Duration,
        content: impl Fn(u16) -> bool,
    ) -> Self {
        let (status, problem) = match answer {
            Ok(answer) => (Some(answer.status), None),
            Err(error) => (None, Some(plain(error))),
        };
        Self { attempt, call: None, status, problem, took, taken: status.is_some_and(content) }
    }
}

/// Where calls are noted.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    pub faults: Arc<Rules<Fault>>,
    pub journal: Arc<Journal<Entry>>,
    pub counts: Arc<Counts>,
    pub stop: CancellationToken,
}

impl Ledger {
    /// True when a webhook is not to be called at all; what it was about is noted as lost.
    pub fn swallows(&self, about: &About) -> bool {
        let hit = |fault: &Fault| {
            fault.kind.moment() == Moment::Webhook && fault.concerns(&about.instance, &about.number)
        };
        let swallowed = self.faults.first(hit).is_some();
        if swallowed {
            self.lost(about, 0);
        }
        swallowed
    }

    /// Counts a call that begins: whoever sees it arrive finds it counted.
    pub fn calling(&self, attempt: u32) {
        Counts::add(&self.counts.webhook_calls);
        if attempt > 1 {
            Counts::add(&self.counts.webhook_retries);
        }
    }

    /// Notes a call that ended, with everything it carried.
    pub fn called<'a>(&self, abouts: impl IntoIterator<Item = &'a About>, called: &Called) {
        if called.taken {
            Counts::add(&self.counts.webhook_accepted);
        }
        for about in abouts {
            self.note(about, called);
            if let (true, Some(receipt)) = (called.taken, about.receipt) {
                self.receipt_given(about, receipt);
            }
        }
    }

    fn note(&self, about: &About, called: &Called) {
        if self.journal.keeps() {
            self.journal.note(Entry::Webhook {
                instance: about.instance.to_string(),
                number: about.number.clone(),
                event: Cow::Borrowed(about.event),
                id: about.id.clone(),
                receipt: about.receipt,
                call: called.call,
                attempt: called.attempt,
                status: called.status,
                problem: called.problem.clone(),
                took_us: u64::try_from(called.took.as_micros()).unwrap_or(u64::MAX),
            });
        }
    }

    fn receipt_given(&self, about: &About, receipt: ReceiptStatus) {
        match receipt {
            ReceiptStatus::Queued => {}
            ReceiptStatus::Sent => Counts::add(&self.counts.receipts_sent),
            ReceiptStatus::Delivered => Counts::add(&self.counts.receipts_delivered),
            ReceiptStatus::Read => Counts::add(&self.counts.receipts_read),
            ReceiptStatus::Failed => Counts::add(&self.counts.receipts_failed),
        }
        if self.journal.keeps() {
            self.journal.note(Entry::Receipt {
                instance: about.instance.to_string(),
                number: about.number.clone(),
                id: about.id.clone(),
                receipt,
                code: about.code,
            });
        }
    }

    /// Notes an event that was given up.
    pub fn lost(&self, about: &About, attempts: u32) {
        Counts::add(&self.counts.webhook_lost);
        self.journal.note(Entry::Lost {
            instance: about.instance.to_string(),
            number: about.number.clone(),
            event: Cow::Borrowed(about.event),
            id: about.id.clone(),
            attempts,
        });
    }

    /// Runs something until the simulator stops.
    pub fn spawn(
        &self,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::JoinHandle<Option<()>> {
        tokio::spawn(self.stop.clone().run_until_cancelled_owned(work))
    }
}

fn plain(error: &CallError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
