//! play on the command line.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use simulators::play::{Places, PlayOptions, play};

const STEPS: &str = "The steps, each of which must be seen: free times are offered · the time picked is proposed · the \
appointment is booked · the confirmation is delivered · and read · the reminder comes · the clinic asks whether \
to cancel · the appointment is cancelled · the time is free again.

Each line shows the time since the start, the milliseconds since the line before, who, and what.
The exit status is 0 only when every step was seen; otherwise the last lines say which one was not, what was
seen instead, and where to look.";

/// Plays one whole conversation with a running stack: a customer books, is reminded, and cancels.
///
/// It writes as the customer through whatsapp-sim and believes nothing but its journal.
#[derive(Parser)]
#[command(name = "play", version, after_help = STEPS)]
struct Arguments {
    /// Where whatsapp-sim is.
    #[arg(long, default_value = "http://127.0.0.1:8090", value_name = "URL")]
    whatsapp: String,
    /// The instance to write to; may be left out when there is only one.
    #[arg(long)]
    instance: Option<String>,
    /// The customer's digits; a fresh number without them.
    #[arg(long, value_name = "DIGITS")]
    phone: Option<String>,
    /// The customer's first words.
    #[arg(long, default_value = "Hi, I need an appointment", value_name = "TEXT")]
    wish: String,
    /// What the customer answers when asked back without a list to choose from.
    #[arg(long, default_value = "A check-up, please", value_name = "TEXT")]
    answer: String,
    /// How long each step may take, in seconds.
    #[arg(long, default_value_t = 30, value_name = "S")]
    patience: u64,
    /// How long the reminder may take, in seconds.
    #[arg(long, default_value_t = 60, value_name = "S")]
    reminder_patience: u64,
    /// Where model-sim is; named in hints.
    #[arg(long, default_value = "http://127.0.0.1:8091", value_name = "URL")]
    model: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<ExitCode> {
    let arguments = Arguments::parse();
    let options = PlayOptions {
        places: Places { whatsapp: arguments.whatsapp.clone(), model: arguments.model, ..Places::default() },
        whatsapp: arguments.whatsapp,
        instance: arguments.instance,
        phone: arguments.phone,
        wish: arguments.wish,
        answer: arguments.answer,
        patience: Duration::from_secs(arguments.patience),
        reminder_patience: Duration::from_secs(arguments.reminder_patience),
        colour: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    match play(&options, &mut io::stdout()).await {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(failure) => {
            writeln!(io::stderr(), "\n{failure}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}
