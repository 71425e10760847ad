//! Times, days, prices, links and numbers that a text states. Pure; reads any of our languages.

mod address;
mod clock;
mod day;
mod money;
mod tokens;

pub(super) use address::{host, links, mails, phones};
pub(super) use clock::clocks;
pub(super) use day::{days, weekdays};
pub(super) use money::prices;
