//! What was found, for people and for machines.

mod aims;
mod table;

use serde::Serialize;
use simulators::whatsapp::Totals;

pub use aims::Aim;

use crate::customers::Verdict;
use crate::options::Options;
use crate::phases::{Idle, Saturated, Sending, SteadyRate};
use crate::probes::Probes;
use crate::processes::cores;

/// Everything about one run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub setting: Setting,
    pub probes: Probes,
    pub idle: Option<Idle>,
    pub steady: Vec<SteadyRate>,
    pub saturated: Option<Saturated>,
    pub sending: Option<Sending>,
    pub correctness: Correctness,
    pub aims: Vec<Aim>,
}

/// Under which conditions.
#[derive(Debug, Clone, Serialize)]
pub struct Setting {
    pub cores: usize,
    pub tenants: usize,
    pub channels: usize,
    pub provider_answers_after: String,
    pub receipts_after: Vec<String>,
    pub echo: bool,
}

/// Whether it did the right thing, too.
#[derive(Debug, Clone, Serialize)]
pub struct Correctness {
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Webhooks that had to be called again.
    pub webhook_retries: u64,
    /// Webhooks that nobody calls again.
    pub webhook_lost: u64,
    /// Last receipts that a webhook took.
    pub receipts_given: u64,
    /// Of those, how many the database knows with their message.
    pub receipts_booked: u64,
    /// Warnings and errors in the services' log.
    pub warnings: u64,
}

impl Setting {
    pub fn of(options: &Options) -> Self {
        Self {
            cores: cores(),
            tenants: options.tenants,
            channels: options.channels,
            provider_answers_after: options.answer.to_string(),
            receipts_after: options.receipts.0.iter().map(|(_, delay)| delay.to_string()).collect(),
            echo: options.echo,
        }
    }
}

impl Correctness {
    pub fn of(verdict: Verdict, totals: &Totals, receipts_booked: u64, warnings: u64) -> Self {
        Self {
            verdict,
            webhook_retries: totals.webhook_retries,
            webhook_lost: totals.webhook_lost,
            receipts_given: totals.receipts_read,
            receipts_booked,
            warnings,
        }
    }

    /// One answer for each message, nothing gone, and every receipt in the books.
    pub fn is_good(&self) -> bool {
        self.verdict.is_good() && self.webhook_lost == 0 && self.receipts_booked == self.receipts_given
    }
}

impl Report {
    /// Compares the figures with what is aimed at.
    #[must_use]
    pub fn judged(mut self) -> Self {
        self.aims = aims::judge(&self);
        self
    }

    /// For people.
    pub fn table(&self) -> String {
        table::render(self)
    }
}
