//! A clinic of a few lines, for plays: it knows the next answer and nothing else.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use simulators::http::{Client, Reply, Request, Server, Service, Target, form};
use simulators::whatsapp::{InstanceSpec, NumberSpec, Provider, SenderSpec, WhatsAppOptions, WhatsAppSim};

use crate::post::{ACCOUNT, BASIC, NUMBER, TOKEN};

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
    cancel_word: &'static str,
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
                    said.push(format!(
                        "Reminder: your appointment is at 10:00. Reply {} if you cannot come.",
                        self.cancel_word
                    ));
                }
                said
            }
            words if words == self.cancel_word => {
                vec![format!("Shall I cancel {}? Please answer yes or no.", TIMES[0])]
            }
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
    through: Provider,
    /// Where Twilio reports what becomes of messages.
    callbacks: OnceLock<String>,
    /// CANCEL was said, so what follows is the end of the play.
    cancelling: Mutex<bool>,
}

impl Door {
    /// Who wrote what.
    fn written(&self, request: &Request) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let body: Value = request.json().unwrap_or_default();
        match self.through {
            Provider::Evolution if body["event"] == "messages.upsert" => {
                let data = &body["data"];
                let number = text(&data["key"]["remoteJid"]).replace("@s.whatsapp.net", "");
                vec![(number, text(&data["message"]["conversation"]))]
            }
            Provider::Evolution => Vec::new(),
            Provider::Meta => {
                let messages = body["entry"][0]["changes"][0]["value"]["messages"].as_array();
                let messages = messages.into_iter().flatten();
                messages.map(|message| (text(&message["from"]), text(&message["text"]["body"]))).collect()
            }
            Provider::Twilio => {
                let form = request.form();
                let field =
                    |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
                match (field("MessageStatus"), field("WaId"), field("Body")) {
                    (None, Some(number), Some(words)) => vec![(number, words)],
                    _ => Vec::new(),
                }
            }
        }
    }

    async fn say(&self, sends: &Client, number: &str, text: &str) {
        let patience = Duration::from_secs(5);
        let _ = match self.through {
            Provider::Evolution => {
                let body = json!({"number": number, "text": text}).to_string();
                sends.post("/message/sendText/demo", body.as_bytes(), patience).await
            }
            Provider::Meta => {
                let body = json!({"messaging_product": "whatsapp", "to": number, "text": {"body": text}});
                sends.post(&format!("/v23.0/{NUMBER}/messages"), body.to_string().as_bytes(), patience).await
            }
            Provider::Twilio => {
                let callback = self.callbacks.get().cloned().unwrap_or_default();
                let body = form::form(&[
                    ("To", format!("whatsapp:+{number}").as_str()),
                    ("From", "whatsapp:+447700900300"),
                    ("Body", text),
                    ("StatusCallback", &callback),
                ]);
                let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
                sends.post_as(&path, &[], body.as_bytes(), patience).await
            }
        };
    }
}

impl Service for Door {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        if let Lapse::Refuses(status) = self.clinic.lapse {
            return Reply::empty(status);
        }
        for (number, words) in self.written(&request) {
            if self.clinic.lapse == Lapse::Silent {
                break;
            }
            let cancelling = {
                let mut cancelling = lock(&self.cancelling);
                *cancelling |= words.starts_with("CANCEL");
                *cancelling
            };
            let said = self.clinic.says(&words, cancelling);
            let (sends, door) = (lock(&self.clinic.sends).clone(), self.clone());
            tokio::spawn(async move {
                for text in said {
                    if let Some(sends) = &sends {
                        door.say(sends, &number, &text).await;
                    }
                }
            });
        }
        Reply::empty(200)
    }
}

/// A simulated WhatsApp with a clinic behind it, reached as through Evolution.
pub async fn open(lapse: Lapse) -> anyhow::Result<(WhatsAppSim, Server)> {
    open_through(Provider::Evolution, lapse).await
}

/// A simulated WhatsApp with a clinic behind it.
pub async fn open_through(through: Provider, lapse: Lapse) -> anyhow::Result<(WhatsAppSim, Server)> {
    let cancel_word = if through == Provider::Twilio { "CANCEL VISIT" } else { "CANCEL" };
    let clinic = Clinic { lapse, cancel_word, booked: Mutex::new(false), sends: Mutex::new(None) };
    let door = Arc::new(Door { clinic, through, callbacks: OnceLock::new(), cancelling: Mutex::new(false) });
    let server = Server::start(([127, 0, 0, 1], 0).into(), door.clone()).await?;
    let hook = format!("http://{}/hook", server.addr());
    let _ = door.callbacks.set(format!("{hook}/status"));
    let options = WhatsAppOptions::quick();
    let options = match through {
        Provider::Evolution => options.instance(InstanceSpec::new("demo", "key", hook, "t")),
        Provider::Meta => options.account(NumberSpec::new(NUMBER, "access", hook, "secret", "meet-me")),
        Provider::Twilio => options.account(SenderSpec::new(ACCOUNT, TOKEN, hook)),
    };
    let sim = WhatsAppSim::start(options).await?;
    let key = if lapse == Lapse::WrongKey { "wrong" } else { "key" };
    let target = Target::parse(&sim.url()).map_err(anyhow::Error::msg)?;
    let authorization = if through == Provider::Twilio { BASIC } else { "Bearer access" };
    let headers = [("apikey", key), ("authorization", authorization)];
    *lock(&door.clinic.sends) = Some(Arc::new(Client::new(target, 4, &headers)));
    Ok((sim, server))
}
