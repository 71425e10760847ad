//! A clinic of a few lines, for plays: it knows the next answer and nothing else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use simulators::http::{Client, Reply, Request, Server, Service, Target};
use simulators::whatsapp::{InstanceSpec, WhatsAppOptions, WhatsAppSim};

/// Where the clinic's answers differ from what they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {
    None,
    /// Refuses the webhook.
    Refuses(u16),
    /// Takes messages and says nothing.
    Silent,
    /// Says something else instead of offering times.
    OffersNothing,
    /// Never reminds.
    ForgetsReminder,
    /// Keeps the time after cancelling.
    KeepsTheTime,
    /// Uses a wrong key for its sends.
    WrongKey,
    /// Asks for the service first, and sends "one moment" before its answers.
    Talkative,
}

const TIMES: [&str; 3] = ["Thu 5 March 10:00", "Thu 5 March 10:30", "Fri 6 March 09:00"];

struct Clinic {
    lapse: Lapse,
    booked: Mutex<bool>,
    sends: Mutex<Option<Arc<Client>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clinic {
    /// What is said to a customer's words, in this order.
    fn says(&self, words: &str, cancelling: bool) -> Vec<String> {
        let list = |times: &[&str]| {
            let lines: Vec<String> =
                times.iter().enumerate().map(|(at, time)| format!("{}. {time}", at + 1)).collect();
            format!("Here is what I found.\n{}\nWhich one suits you?", lines.join("\n"))
        };
        let mut booked = lock(&self.booked);
        match words {
            "A check-up, please" => vec![list(&TIMES)],
            "1" => vec![format!("{}, check-up. Shall I book it? Please answer yes or no.", TIMES[0])],
            "yes" if *booked => {
                *booked = false;
                vec![format!("Your appointment on {} is cancelled.", TIMES[0])]
            }
            "yes" => {
                *booked = true;
                let mut said = vec![format!("Booked: {}, check-up.", TIMES[0])];
                if self.lapse != Lapse::ForgetsReminder {
                    said.push(
                        "Reminder: your appointment is at 10:00. Reply CANCEL if you cannot come.".to_owned(),
                    );
                }
                said
            }
            "CANCEL" => vec![format!("Shall I cancel {}? Please answer yes or no.", TIMES[0])],
            _ if self.lapse == Lapse::OffersNothing => vec!["We are closed.".to_owned()],
            _ if self.lapse == Lapse::Talkative => {
                vec!["One moment, please.".to_owned(), "What would you like to come for?".to_owned()]
            }
            _ if self.lapse == Lapse::KeepsTheTime && cancelling => vec![list(&TIMES[1..])],
            _ => vec![list(&TIMES)],
        }
    }
}

struct Door {
    clinic: Clinic,
    /// CANCEL was said, so what follows is the end of the play.
    cancelling: Mutex<bool>,
}

impl Service for Door {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        if let Lapse::Refuses(status) = self.clinic.lapse {
            return Reply::empty(status);
        }
        let body: Value = request.json().unwrap_or_default();
        let data = &body["data"];
        if body["event"] != "messages.upsert" || self.clinic.lapse == Lapse::Silent {
            return Reply::empty(200);
        }
        let words = data["message"]["conversation"].as_str().unwrap_or_default().to_owned();
        let number = data["key"]["remoteJid"].as_str().unwrap_or_default().replace("@s.whatsapp.net", "");
        let cancelling = {
            let mut cancelling = lock(&self.cancelling);
            *cancelling |= words == "CANCEL";
            *cancelling
        };
        let said = self.clinic.says(&words, cancelling);
        let sends = lock(&self.clinic.sends).clone();
        tokio::spawn(async move {
            for text in said {
                let body = json!({"number": number, "text": text}).to_string();
                if let Some(sends) = &sends {
                    let _ =
                        sends.post("/message/sendText/demo", body.as_bytes(), Duration::from_secs(5)).await;
                }
            }
        });
        Reply::empty(200)
    }
}

/// A simulated WhatsApp with a clinic behind it.
pub async fn open(lapse: Lapse) -> anyhow::Result<(WhatsAppSim, Server)> {
    let clinic = Clinic { lapse, booked: Mutex::new(false), sends: Mutex::new(None) };
    let door = Arc::new(Door { clinic, cancelling: Mutex::new(false) });
    let server = Server::start(([127, 0, 0, 1], 0).into(), door.clone()).await?;
    let hook = format!("http://{}/hook", server.addr());
    let sim =
        WhatsAppSim::start(WhatsAppOptions::quick().instance(InstanceSpec::new("demo", "key", hook, "t")))
            .await?;
    let key = if lapse == Lapse::WrongKey { "wrong" } else { "key" };
    let target = Target::parse(&sim.url()).map_err(anyhow::Error::msg)?;
    *lock(&door.clinic.sends) = Some(Arc::new(Client::new(target, 4, &[("apikey", key)])));
    Ok((sim, server))
}
