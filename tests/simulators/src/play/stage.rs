//! The stage of the play: the customer's phone, the printed lines, and what was seen so far.

use std::time::Duration;

use tokio::time::Instant;

use super::PlayOptions;
use super::diagnosis;
use super::failure::{Failure, Trouble};
use super::print::{Printer, Who};
use super::reading;
use super::watch::Phone;
use crate::journal::Noted;
use crate::whatsapp::{Entry, ReceiptStatus};

/// Something the clinic said.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub seq: u64,
    pub id: String,
    pub text: String,
}

pub(super) struct Stage<'a> {
    pub options: &'a PlayOptions,
    phone: Phone,
    printer: Printer<'a>,
    seen: Vec<Noted<Entry>>,
    /// The message whose receipts are shown.
    confirmation: Option<String>,
    /// Texts that remind are shown as such from here on.
    reminder_due: bool,
    steps: Vec<(&'static str, Duration)>,
}

impl<'a> Stage<'a> {
    pub fn new(options: &'a PlayOptions, phone: Phone, printer: Printer<'a>) -> Self {
        Self {
            options,
            phone,
            printer,
            seen: Vec::new(),
            confirmation: None,
            reminder_due: false,
            steps: Vec::new(),
        }
    }

    pub fn number(&self) -> &str {
        &self.phone.number
    }

    pub fn announce(&mut self, text: &str) -> Result<(), Failure> {
        self.printer.line(Who::Play, text).map_err(|error| Failure::new("printing", Trouble::Output(error)))
    }

    /// The steps seen so far, with the time since the start of each.
    pub fn into_steps(self) -> Vec<(&'static str, Duration)> {
        self.steps
    }

    /// From now on the receipts of this message are shown, and reminders may come.
    pub fn follow(&mut self, confirmation: &Said) {
        self.confirmation = Some(confirmation.id.clone());
        self.reminder_due = true;
    }

    /// The customer writes; what is seen after the number returned may answer it.
    pub async fn write(&mut self, step: &'static str, text: &str) -> Result<u64, Failure> {
        let seq = self.phone.write(text).await.map_err(|error| self.no_phone(step, error))?;
        self.print(step, Who::Customer, text)?;
        Ok(seq)
    }

    /// Waits until the clinic says something after `since` that fits.
    pub async fn hear(
        &mut self,
        step: &'static str,
        expected: &'static str,
        since: u64,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Said, Failure> {
        let patience = self.options.patience;
        self.hear_within(step, expected, since, patience, fits).await
    }

    /// As [`Stage::hear`], with its own patience.
    pub async fn hear_within(
        &mut self,
        step: &'static str,
        expected: &'static str,
        since: u64,
        patience: Duration,
        fits: impl Fn(&str) -> bool,
    ) -> Result<Said, Failure> {
        let heard = self
            .see(step, expected, since, patience, |entry| match entry {
                Entry::Send { id, text, .. } if fits(text) => Some((id.clone(), text.clone())),
                _ => None,
            })
            .await?;
        let (seq, (id, text)) = heard;
        Ok(Said { seq, id, text })
    }

    /// Waits until a receipt of the message was given.
    pub async fn receipt(
        &mut self,
        step: &'static str,
        of: &Said,
        wanted: ReceiptStatus,
    ) -> Result<(), Failure> {
        let patience = self.options.patience;
        self.see(step, "its receipt", of.seq, patience, |entry| match entry {
            Entry::Receipt { id, receipt, .. } if *id == of.id && *receipt == wanted => Some(()),
            _ => None,
        })
        .await?;
        Ok(())
    }

    async fn see<T>(
        &mut self,
        step: &'static str,
        expected: &'static str,
        since: u64,
        patience: Duration,
        wanted: impl Fn(&Entry) -> Option<T>,
    ) -> Result<(u64, T), Failure> {
        let find = |seen: &[Noted<Entry>]| {
            let after = seen.iter().filter(|noted| noted.seq > since);
            after.filter_map(|noted| wanted(&noted.entry).map(|found| (noted.seq, found))).next()
        };
        let deadline = Instant::now() + patience;
        loop {
            if let Some(found) = find(&self.seen) {
                self.done(step);
                return Ok(found);
            }
            match self.phone.next(deadline).await.map_err(|error| self.no_phone(step, error))? {
                Some(noted) => self.show(step, noted)?,
                None => return Err(self.not_seen(step, expected, since, patience)),
            }
        }
    }

    /// A step counts once, however many things are seen in it.
    fn done(&mut self, step: &'static str) {
        self.steps.retain(|(name, _)| *name != step);
        self.steps.push((step, self.printer.elapsed()));
    }

    fn show(&mut self, step: &'static str, noted: Noted<Entry>) -> Result<(), Failure> {
        match &noted.entry {
            Entry::Send { text, .. } if self.reminder_due && reading::reminds(text) => {
                self.reminder_due = false;
                self.print(step, Who::Reminder, text)?;
            }
            Entry::Send { text, .. } => self.print(step, Who::Clinic, text)?,
            Entry::Receipt { id, receipt, .. } if self.confirmation.as_ref() == Some(id) => {
                let word = match receipt {
                    ReceiptStatus::Queued => "the confirmation is queued",
                    ReceiptStatus::Sent => "the confirmation is sent",
                    ReceiptStatus::Delivered => "the confirmation is delivered",
                    ReceiptStatus::Read => "the confirmation is read",
                    ReceiptStatus::Failed => "the confirmation has failed",
                };
                self.print(step, Who::Receipt, word)?;
            }
            _ => {}
        }
        self.seen.push(noted);
        Ok(())
    }

    fn print(&mut self, step: &'static str, who: Who, text: &str) -> Result<(), Failure> {
        self.printer.line(who, text).map_err(|error| Failure::new(step, Trouble::Output(error)))
    }

    fn no_phone(&self, step: &'static str, error: super::watch::PhoneError) -> Failure {
        Failure::new(step, Trouble::Phone { url: self.options.whatsapp.clone(), source: error })
    }

    fn not_seen(
        &self,
        step: &'static str,
        expected: &'static str,
        since: u64,
        patience: Duration,
    ) -> Failure {
        let after: Vec<_> = self.seen.iter().filter(|noted| noted.seq > since).cloned().collect();
        Failure::new(
            step,
            Trouble::NotSeen {
                expected,
                patience,
                seen: diagnosis::seen(&after),
                advice: diagnosis::explain(&after, expected, &self.options.places),
            },
        )
    }
}
