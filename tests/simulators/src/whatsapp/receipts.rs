//! What follows an accepted send: its echo and its receipts, in order or not.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::entry::ReceiptStatus;
use super::fault::{Fault, FaultKind};
use crate::delay::Delay;

/// Which receipts a message gets, each after its delay from the one before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptHabits(pub Vec<(ReceiptStatus, Delay)>);

impl Default for ReceiptHabits {
    /// As fast as a phone in the hand: sent, delivered and read within a second.
    fn default() -> Self {
        Self::of([Delay::millis(40), Delay::millis(200), Delay::millis(500)])
    }
}

impl ReceiptHabits {
    /// Sent, delivered and read, each after its delay.
    pub fn of(delays: [Delay; 3]) -> Self {
        let statuses = [ReceiptStatus::Sent, ReceiptStatus::Delivered, ReceiptStatus::Read];
        Self(statuses.into_iter().zip(delays).collect())
    }

    /// All three, without delay.
    pub fn at_once() -> Self {
        Self::of([Delay::NONE; 3])
    }
}

impl std::str::FromStr for ReceiptHabits {
    type Err = String;

    /// Reads `sent,delivered,read` as delays; a shorter list ends earlier, `none` gives none.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let delays: Vec<Delay> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        let statuses = [ReceiptStatus::Sent, ReceiptStatus::Delivered, ReceiptStatus::Read];
        if delays.len() > statuses.len() {
            return Err(format!("`{text}` has more than three delays (sent, delivered, read)"));
        }
        Ok(Self(statuses.into_iter().zip(delays).collect()))
    }
}

/// What follows one send.
#[derive(Debug, PartialEq)]
pub(super) struct Aftermath {
    pub echo: bool,
    pub receipts: Vec<(ReceiptStatus, Delay)>,
    /// Why the last of them says that it failed, if it does and a reason was given.
    pub code: Option<u32>,
    /// All of it comes before the answer to the send.
    pub early: bool,
}

impl Aftermath {
    /// The usual, bent by the faults that hit this send.
    pub fn plan(habits: &ReceiptHabits, faults: &[Fault]) -> Self {
        let mut plan = Self { echo: true, receipts: habits.0.clone(), code: None, early: false };
        for fault in faults {
            plan.bend(&fault.kind);
        }
        plan
    }

    fn bend(&mut self, fault: &FaultKind) {
        match fault {
            FaultKind::ReceiptsDuplicate { copies } => {
                let copies = usize::try_from(*copies).unwrap_or(1);
                let doubled = self.receipts.iter().flat_map(|receipt| std::iter::repeat_n(*receipt, copies));
                self.receipts = doubled.collect();
            }
            FaultKind::ReceiptsReordered {} => self.receipts.reverse(),
            FaultKind::ReceiptsEarly {} => {
                self.early = true;
                for (_, delay) in &mut self.receipts {
                    *delay = Delay::NONE;
                }
            }
            FaultKind::ReceiptsLate { by_ms } => {
                let late = Delay::Fixed(Duration::from_millis(*by_ms));
                for (_, delay) in &mut self.receipts {
                    *delay = late;
                }
            }
            FaultKind::ReceiptsMissing { only } => self
                .receipts
                .retain(|(status, _)| only.as_ref().is_some_and(|missing| !missing.contains(status))),
            FaultKind::ReceiptsFailed { code } => self.fail(*code),
            FaultKind::EchoMissing {} => self.echo = false,
            _ => {}
        }
    }
    /// Nothing but a failure follows.
    pub fn fail(&mut self, code: Option<u32>) {
        let delay = self.receipts.first().map_or(Delay::NONE, |(_, delay)| *delay);
        self.receipts = vec![(ReceiptStatus::Failed, delay)];
        self.code = code;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReceiptStatus::{Delivered, Failed, Read, Sent};

    fn planned(kind: FaultKind) -> Vec<ReceiptStatus> {
        let plan = Aftermath::plan(&ReceiptHabits::at_once(), &[kind.into()]);
        plan.receipts.into_iter().map(|(status, _)| status).collect()
    }

    #[test]
    fn faults_bend_what_follows_a_send() {
        assert_eq!(planned(FaultKind::Auth {}), [Sent, Delivered, Read]);
        assert_eq!(
            planned(FaultKind::ReceiptsDuplicate { copies: 2 }),
            [Sent, Sent, Delivered, Delivered, Read, Read]
        );
        assert_eq!(planned(FaultKind::ReceiptsReordered {}), [Read, Delivered, Sent]);
        assert_eq!(planned(FaultKind::ReceiptsMissing { only: None }), []);
        assert_eq!(planned(FaultKind::ReceiptsMissing { only: Some(vec![Delivered]) }), [Sent, Read]);
        assert_eq!(planned(FaultKind::ReceiptsFailed { code: None }), [Failed]);
        assert!(Aftermath::plan(&ReceiptHabits::at_once(), &[FaultKind::ReceiptsEarly {}.into()]).early);
        assert!(!Aftermath::plan(&ReceiptHabits::at_once(), &[FaultKind::EchoMissing {}.into()]).echo);
    }

    #[test]
    fn habits_are_read_from_the_command_line() {
        assert_eq!("0,0,0".parse(), Ok(ReceiptHabits::at_once()));
        assert_eq!("none".parse(), Ok(ReceiptHabits(Vec::new())));
        assert_eq!("40".parse::<ReceiptHabits>().map(|habits| habits.0.len()), Ok(1));
        assert!("1,2,3,4".parse::<ReceiptHabits>().is_err());
        assert!("soon".parse::<ReceiptHabits>().is_err());
    }
}
