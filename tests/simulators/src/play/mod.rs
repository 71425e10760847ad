//! play: one whole conversation with a running stack, through its public doors only.
//!
//! It writes as a customer through whatsapp-sim and believes nothing but its journal: what the clinic sent,
//! and which receipts were given.

mod diagnosis;
mod failure;
mod print;
mod reading;
mod stage;
mod story;
mod watch;

use std::io::Write;
use std::time::Duration;

use rand::Rng;

pub use diagnosis::Places;
pub use failure::Failure;

use crate::http::Target;
use failure::Trouble;
use print::Printer;
use stage::Stage;
use watch::Phone;

/// How the play is played.
#[derive(Debug, Clone)]
pub struct PlayOptions {
    /// Where whatsapp-sim is.
    pub whatsapp: String,
    /// The instance to write to; may be left out when there is only one.
    pub instance: Option<String>,
    /// The customer's digits; a fresh number without them.
    pub phone: Option<String>,
    /// The customer's first words.
    pub wish: String,
    /// What the customer answers when asked back without a list to choose from.
    pub answer: String,
    /// How long each step may take.
    pub patience: Duration,
    /// How long the reminder may take.
    pub reminder_patience: Duration,
    /// Colours in the lines.
    pub colour: bool,
    /// Named in hints when a step fails.
    pub places: Places,
}

impl Default for PlayOptions {
    /// As the development stack is set up.
    fn default() -> Self {
        let places = Places::default();
        Self {
            whatsapp: places.whatsapp.clone(),
            instance: None,
            phone: None,
            wish: "Hi, I need an appointment".to_owned(),
            answer: "A check-up, please".to_owned(),
            patience: Duration::from_secs(30),
            reminder_patience: Duration::from_secs(60),
            colour: false,
            places,
        }
    }
}

/// A play that came to its end.
#[derive(Debug, Clone)]
pub struct Report {
    /// The customer's digits.
    pub phone: String,
    /// Every step with the time from the start until it was seen.
    pub steps: Vec<(&'static str, Duration)>,
}

/// Plays the whole conversation and prints every line of it as it happens.
///
/// # Errors
/// When a step is not seen in time; the text of the failure says which, what was seen, and where to look.
pub async fn play(options: &PlayOptions, out: &mut (dyn Write + Send)) -> Result<Report, Failure> {
    let step = "the customer takes the phone";
    let target = Target::parse(&options.whatsapp).map_err(|problem| {
        let advice = "Give the address of whatsapp-sim, as http://127.0.0.1:8090.";
        Failure::new(step, Trouble::Wrong { problem, advice })
    })?;
    let number = options.phone.clone().unwrap_or_else(fresh_number);
    let phone = Phone::new(target, options.instance.clone(), number);
    let mut stage = Stage::new(options, phone, Printer::new(out, options.colour));
    stage.announce(&format!("The play begins; the customer is {}.", stage.number()))?;
    story::tell(&mut stage).await?;
    stage.announce("The play is over; every step was seen.")?;
    let phone = stage.number().to_owned();
    Ok(Report { phone, steps: stage.into_steps() })
}

/// A British mobile number that nobody has: 07700 9… is kept for stories.
fn fresh_number() -> String {
    format!("4477009{:05}", rand::rng().random_range(0..100_000))
}
