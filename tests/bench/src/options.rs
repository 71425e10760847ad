//! What can be asked for on the command line.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Parser;
use simulators::delay::Delay;
use simulators::whatsapp::ReceiptHabits;

const AFTER_HELP: &str = "\
Every process counts: the load and the simulated WhatsApp (this program), the five services (frontdesk), NATS and
PostgreSQL with all its backends. Probes of the same run (a flush of the disk, a commit, CPU used by others) are printed
beside the figures, since no figure means anything without them.

Examples:
  cargo xtask bench --quick                          a first look, in about a minute
  cargo xtask bench --json figures.json              the whole run, also for machines
  cargo xtask bench --steady 500:30 --saturate 0     one rate only
  cargo xtask bench --answer lognormal:300:1200 --receipts 40,200,500
                                                     a provider and customers who take their time

Settings of the services are taken from the environment as always, for example FRONTDESK_DELIVERY__CALLS=64.

The exit code is 1 when a customer got no answer, or more than one. Slowness is reported, not punished.";

/// Measures the whole way of a message, from the provider's webhook to the call of the provider and its receipts.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask bench", version, after_help = AFTER_HELP)]
pub struct Options {
    /// Seconds of doing nothing, for the cost of being there; 0 leaves it out.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub idle: Duration,
    /// A constant rate of webhooks, as RATE:SECONDS. May be given again; 0:0 leaves it out.
    #[arg(long, value_name = "RATE:SECONDS", default_values = ["200:15", "1000:10"])]
    pub steady: Vec<Steady>,
    /// Seconds of as much as it can bear; 0 leaves it out.
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub saturate: Duration,
    /// Customers who wait at the same time while it is saturated.
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub in_flight: u64,
    /// While it is saturated: this many customers write again and again. 0: everybody writes once, so that each loop also
    /// makes a contact and a conversation.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub returning: usize,
    /// Messages that another program hands over in SQL, for the cost of sending alone; 0 leaves it out.
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    pub sends: usize,
    /// Businesses.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub tenants: usize,
    /// WhatsApp numbers, spread evenly over the businesses.
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub channels: usize,
    /// What customers write. A greeting is answered by code, without a language model.
    #[arg(long, default_value = "hi")]
    pub text: String,
    /// How long the provider takes to answer a send: milliseconds (250), a range (100..400) or lognormal:MEDIAN:P95.
    #[arg(long, value_name = "DELAY", default_value = "0")]
    pub answer: Delay,
    /// Delays of the receipts sent,delivered,read, each after the one before.
    #[arg(long, value_name = "DELAYS", default_value = "0,0,0")]
    pub receipts: ReceiptHabits,
    /// The provider also reports each send itself (send.message), as some are configured: a fifth webhook per loop.
    #[arg(long)]
    pub echo: bool,
    /// Also list the N statements that took most of the database's time while it was saturated. Counting them costs some
    /// percent, so figures of such a run are for looking, not for quoting.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub statements: u32,
    /// Everything shorter, for a first look. Overrides --idle, --steady, --saturate and --sends.
    #[arg(long)]
    pub quick: bool,
    /// Also write the figures to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Keep the services' log and configuration in this folder.
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
}

/// A constant rate, held for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steady {
    /// Webhooks per second.
    pub rate: u32,
    /// For how long.
    pub length: Duration,
}

impl FromStr for Steady {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || format!("`{text}` is no rate: write RATE:SECONDS, for example 200:15");
        let (rate, length) = text.split_once(':').ok_or_else(problem)?;
        let (rate, length) = (rate.parse().map_err(|_| problem())?, seconds(length).map_err(|_| problem())?);
        Ok(Self { rate, length })
    }
}

impl Options {
    /// The options as they will be used: shortened if a quick run was asked for, without phases of no length.
    #[must_use]
    pub fn settled(mut self) -> Self {
        if self.quick {
            let shorter = |rate| Steady { rate, length: Duration::from_secs(5) };
            self.idle = Duration::from_secs(4);
            self.steady = vec![shorter(200), shorter(1_000)];
            self.saturate = Duration::from_secs(8);
            self.sends = 5_000;
        }
        self.steady.retain(|steady| steady.rate > 0 && !steady.length.is_zero());
        self.tenants = self.tenants.clamp(1, self.channels.max(1));
        self.channels = self.channels.max(1);
        self.in_flight = self.in_flight.max(1);
        self
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("`{text}` is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|_| format!("`{text}` is not a length of time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Options, clap::Error> {
        Options::try_parse_from(std::iter::once("bench").chain(line.split_whitespace())).map(Options::settled)
    }

    #[test]
    fn the_defaults_are_the_run_of_the_published_figures() -> anyhow::Result<()> {
        let options = options("")?;
        assert_eq!(
            options.steady,
            [("200:15", 200, 15), ("1000:10", 1_000, 10)]
                .map(|(_, rate, length)| Steady { rate, length: Duration::from_secs(length) })
        );
        assert_eq!((options.idle.as_secs(), options.saturate.as_secs()), (10, 20));
        assert_eq!(options.receipts, ReceiptHabits::at_once());
        Ok(())
    }

    #[test]
    fn a_phase_of_no_length_is_left_out() -> anyhow::Result<()> {
        assert!(options("--steady 0:0 --saturate 0")?.steady.is_empty());
        assert_eq!(options("--steady 500:2.5")?.steady.len(), 1);
        Ok(())
    }

    #[test]
    fn what_is_no_rate_is_refused_with_an_example() {
        for text in ["200", "200:", ":15", "fast:15", "200:-1"] {
            assert!(text.parse::<Steady>().is_err_and(|problem| problem.contains("200:15")), "{text}");
        }
    }

    #[test]
    fn there_are_never_more_businesses_than_numbers() -> anyhow::Result<()> {
        assert_eq!(options("--tenants 9 --channels 2")?.tenants, 2);
        Ok(())
    }
}
