//! What all parts of the simulated WhatsApp share.

use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use super::accounts::{Account, AccountSpec, Provider};
use super::counts::Counts;
use super::evolution::{self, Instance};
use super::fault::{Fault, FaultKind, Moment};
use super::files::Files;
use super::ledger::Ledger;
use super::meta::{self, Number};
use super::options::WhatsAppOptions;
use super::receipts::Aftermath;
use super::templates::TemplateSpec;
use super::twilio::{self, Sender};
use crate::faults::{Rules, Trigger};
use crate::journal::Journal;
use crate::lock::lock;

pub(super) struct World {
    pub options: WhatsAppOptions,
    pub server_url: Arc<str>,
    pub faults: Arc<Rules<Fault>>,
    pub ledger: Ledger,
    pub apps: meta::Apps,
    pub files: Files,
    pub callbacks: Arc<twilio::Callbacks>,
    templates: Mutex<Vec<TemplateSpec>>,
    accounts: Mutex<Vec<Account>>,
}

impl World {
    pub fn new(options: WhatsAppOptions, server_url: String) -> Self {
        let faults = Arc::new(Rules::new(options.seed));
        let ledger = Ledger {
            faults: faults.clone(),
            journal: Arc::new(Journal::new(options.journal)),
            counts: Arc::new(Counts::default()),
            stop: CancellationToken::new(),
        };
        Self {
            faults,
            files: Files::new(options.file_address),
            server_url: server_url.into(),
            apps: meta::Apps::new(options.webhook, options.gather, ledger.clone()),
            callbacks: Arc::new(twilio::Callbacks::new(options.webhook, ledger.clone())),
            templates: Mutex::new(options.templates.clone()),
            accounts: Mutex::default(),
            ledger,
            options,
        }
    }

    /// Adds an account, or replaces the one of that name.
    pub fn add_account(&self, spec: AccountSpec) -> Result<(), String> {
        let account = match spec {
            AccountSpec::Evolution(spec) => Account::Evolution(Arc::new(evolution::open(self, spec)?)),
            AccountSpec::Meta(spec) => Account::Meta(Arc::new(Number::try_new(self, spec)?)),
            AccountSpec::Twilio(spec) => Account::Twilio(Arc::new(Sender::try_new(self, spec)?)),
        };
        let mut accounts = lock(&self.accounts);
        match accounts.iter_mut().find(|known| known.name() == account.name()) {
            Some(known) => *known = account,
            None => accounts.push(account),
        }
        Ok(())
    }

    /// All of them, in the order in which they were added.
    pub fn accounts(&self) -> Vec<Account> {
        lock(&self.accounts).clone()
    }

    fn find<T>(&self, pick: impl Fn(&Account) -> Option<T>) -> Option<T> {
        lock(&self.accounts).iter().find_map(pick)
    }

    pub fn instance(&self, name: &str) -> Option<Arc<Instance>> {
        self.find(|account| match account {
            Account::Evolution(instance) if instance.name() == name => Some(instance.clone()),
            _ => None,
        })
    }

    pub fn meta_number(&self, picks: impl Fn(&Number) -> bool) -> Option<Arc<Number>> {
        self.find(|account| match account {
            Account::Meta(number) if picks(number) => Some(number.clone()),
            _ => None,
        })
    }

    pub fn twilio_sender(&self, picks: impl Fn(&Sender) -> bool) -> Option<Arc<Sender>> {
        self.find(|account| match account {
            Account::Twilio(sender) if picks(sender) => Some(sender.clone()),
            _ => None,
        })
    }

    /// The account of that name; without a name the only one there is, or the only one of the provider preferred.
    pub fn named_or_only(&self, name: Option<&str>) -> Result<Account, String> {
        let known = self.accounts();
        let names = || known.iter().map(Account::name).collect::<Vec<_>>().join(", ");
        if let Some(name) = name {
            let found = known.iter().find(|account| account.name() == name).cloned();
            return found.ok_or_else(|| format!("no instance `{name}`; there are: {}", names()));
        }
        let preferred = |account: &&Account| {
            known.len() == 1 || self.options.provider.is_none_or(|wanted| wanted == account.provider())
        };
        let mut meant = known.iter().filter(preferred);
        match (meant.next(), meant.next()) {
            (Some(only), None) => Ok(only.clone()),
            _ => Err(format!("say which `instance`; there are: {}", names())),
        }
    }

    /// The templates there are.
    pub fn templates(&self) -> Vec<TemplateSpec> {
        lock(&self.templates).clone()
    }

    /// Adds a template, or replaces the one of that name and language. If its status changes, Meta's apps are told.
    pub fn put_template(&self, template: TemplateSpec) {
        let mut templates = lock(&self.templates);
        let is_it =
            |known: &&TemplateSpec| known.name == template.name && known.language == template.language;
        if templates.iter().find(is_it).is_some_and(|known| known.status != template.status) {
            meta::tell_template(self, &template);
        }
        templates.retain(|known| known.name != template.name || known.language != template.language);
        templates.push(template);
    }

    /// Runs something until the simulator stops.
    pub fn spawn(
        &self,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::JoinHandle<Option<()>> {
        self.ledger.spawn(work)
    }

    pub fn stop(&self) {
        self.ledger.stop.cancel();
    }

    /// The fault that hits a send now, if any does.
    pub fn answer_fault(&self, provider: Provider, instance: &str, number: &str) -> Option<FaultKind> {
        let hits = |fault: &Fault| {
            fault.kind.moment() == Moment::Answer
                && fault.kind.fits(provider)
                && fault.concerns(instance, number)
        };
        self.faults.first(hits).map(|fault| fault.kind)
    }

    /// What follows a send, and whether the customer's window is held to be closed.
    pub fn aftermath(&self, provider: Provider, instance: &str, numbers: &[&str]) -> (Aftermath, bool) {
        let hits = |fault: &Fault| {
            fault.kind.moment() == Moment::Receipts
                && fault.kind.fits(provider)
                && numbers.iter().any(|number| fault.concerns(instance, number))
        };
        let faults = self.faults.all(hits);
        let closed = faults.iter().any(|fault| fault.kind == FaultKind::WindowClosed {});
        (Aftermath::plan(&self.options.receipts, &faults), closed)
    }

    /// Puts a fault in force.
    pub fn fault(&self, fault: Fault, trigger: Trigger) -> u64 {
        let id = self.faults.add(fault, trigger);
        evolution::settle_sessions(self);
        id
    }

    /// Refuses a fault that no account here could have.
    pub fn check_fault(&self, fault: &Fault) -> Result<(), String> {
        let known = self.accounts();
        let concerned =
            |account: &&Account| fault.concerns(account.name(), fault.number.as_deref().unwrap_or(""));
        let mut concerned = known.iter().filter(concerned).peekable();
        if concerned.peek().is_none() || concerned.any(|account| fault.kind.fits(account.provider())) {
            return Ok(());
        }
        Err(format!("`{}` cannot happen to any of the accounts concerned", fault.kind.word()))
    }

    /// Removes one fault, or all.
    pub fn forgive(&self, id: Option<u64>) -> bool {
        let found = match id {
            Some(id) => self.faults.remove(id),
            None => {
                self.faults.clear();
                true
            }
        };
        evolution::settle_sessions(self);
        found
    }
}
