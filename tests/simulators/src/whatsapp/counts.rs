//! Totals since the start; always kept, also when the journal keeps nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// A snapshot of the totals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Messages customers wrote.
    pub customer_messages: u64,
    /// Sends accepted.
    pub sends: u64,
    /// Sends refused or never answered without being accepted.
    pub refused: u64,
    /// Webhook calls, retries included.
    pub webhook_calls: u64,
    /// Webhook calls answered 2xx.
    pub webhook_accepted: u64,
    /// Webhook calls after the first for their event.
    pub webhook_retries: u64,
    /// Events given up.
    pub webhook_lost: u64,
    /// Receipts taken by the webhook: sent.
    pub receipts_sent: u64,
    /// Receipts taken by the webhook: delivered.
    pub receipts_delivered: u64,
    /// Receipts taken by the webhook: read.
    pub receipts_read: u64,
    /// Receipts taken by the webhook: failed.
    pub receipts_failed: u64,
}

/// The running totals.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub customer_messages: AtomicU64,
    pub sends: AtomicU64,
    pub refused: AtomicU64,
    pub webhook_calls: AtomicU64,
    pub webhook_accepted: AtomicU64,
    pub webhook_retries: AtomicU64,
    pub webhook_lost: AtomicU64,
    pub receipts_sent: AtomicU64,
    pub receipts_delivered: AtomicU64,
    pub receipts_read: AtomicU64,
    pub receipts_failed: AtomicU64,
}

impl Counts {
    pub fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub fn totals(&self) -> Totals {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Totals {
            customer_messages: read(&self.customer_messages),
            sends: read(&self.sends),
            refused: read(&self.refused),
            webhook_calls: read(&self.webhook_calls),
            webhook_accepted: read(&self.webhook_accepted),
            webhook_retries: read(&self.webhook_retries),
            webhook_lost: read(&self.webhook_lost),
            receipts_sent: read(&self.receipts_sent),
            receipts_delivered: read(&self.receipts_delivered),
            receipts_read: read(&self.receipts_read),
            receipts_failed: read(&self.receipts_failed),
        }
    }
}
