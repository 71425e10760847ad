//! What all parts of the simulated WhatsApp share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use super::counts::Counts;
use super::entry::Entry;
use super::event::{self, ConnectionUpdate, InstanceClosed};
use super::fault::{Fault, FaultKind, Moment};
use super::instance::{Instance, InstanceSpec, Session};
use super::options::WhatsAppOptions;
use super::webhook::{About, Webhook};
use crate::faults::{Rules, Trigger};
use crate::http::Target;
use crate::journal::Journal;
use crate::lock::lock;
use crate::time;

/// Messages remembered per instance for look-ups, when the journal is kept as well.
const MESSAGES_KEPT: usize = 50_000;
/// And when nobody keeps anything.
const MESSAGES_KEPT_COUNTING: usize = 5_000;

pub(super) struct World {
    pub options: WhatsAppOptions,
    pub server_url: Arc<str>,
    pub faults: Rules<Fault>,
    pub journal: Arc<Journal<Entry>>,
    pub counts: Arc<Counts>,
    instances: Mutex<BTreeMap<String, Arc<Instance>>>,
    stop: CancellationToken,
}

impl World {
    pub fn new(options: WhatsAppOptions, server_url: String) -> Self {
        Self {
            faults: Rules::new(options.seed),
            journal: Arc::new(Journal::new(options.journal)),
            counts: Arc::default(),
            server_url: server_url.into(),
            instances: Mutex::default(),
            stop: CancellationToken::new(),
            options,
        }
    }

    /// Adds an instance, or replaces the one of that name.
    pub fn add_instance(&self, spec: InstanceSpec) -> Result<(), String> {
        let webhook = match &spec.webhook_url {
            None => None,
            Some(url) => Some(Arc::new(Webhook::new(
                &spec.name,
                Target::parse(url).map_err(|problem| format!("webhook_url: {problem}"))?,
                spec.webhook_token.as_deref(),
                self.options.webhook,
                (self.journal.clone(), self.counts.clone(), self.stop.clone()),
            ))),
        };
        let kept = if self.journal.keeps() { MESSAGES_KEPT } else { MESSAGES_KEPT_COUNTING };
        let instance = Instance::new(spec, webhook, kept);
        lock(&self.instances).insert(instance.name().to_owned(), Arc::new(instance));
        Ok(())
    }

    pub fn instance(&self, name: &str) -> Option<Arc<Instance>> {
        lock(&self.instances).get(name).cloned()
    }

    pub fn instances(&self) -> Vec<Arc<Instance>> {
        lock(&self.instances).values().cloned().collect()
    }

    /// The instance of that name; without a name the only one there is.
    pub fn named_or_only(&self, name: Option<&str>) -> Result<Arc<Instance>, String> {
        let known = self.instances();
        let names = || known.iter().map(|instance| instance.name()).collect::<Vec<_>>().join(", ");
        match (name, known.as_slice()) {
            (Some(name), _) => {
                self.instance(name).ok_or_else(|| format!("no instance `{name}`; there are: {}", names()))
            }
            (None, [only]) => Ok(only.clone()),
            (None, _) => Err(format!("say which `instance`; there are: {}", names())),
        }
    }

    /// Runs something until the simulator stops.
    pub fn spawn(
        &self,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::JoinHandle<Option<()>> {
        tokio::spawn(self.stop.clone().run_until_cancelled_owned(work))
    }

    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Puts a fault in force.
    pub fn fault(&self, fault: Fault, trigger: Trigger) -> u64 {
        let id = self.faults.add(fault, trigger);
        self.settle_sessions();
        id
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
        self.settle_sessions();
        found
    }

    /// Brings every instance's session to what the faults in force say, and tells its webhook of changes.
    fn settle_sessions(&self) {
        let rules = self.faults.list();
        for instance in self.instances() {
            let session = rules
                .iter()
                .filter(|rule| rule.fault.kind.moment() == Moment::Session)
                .filter(|rule| rule.fault.instance.as_deref().is_none_or(|name| name == instance.name()))
                .map(|rule| match rule.fault.kind {
                    FaultKind::LoggedOut { answer } => Session::LoggedOut(answer),
                    _ => Session::Connecting,
                })
                .next_back()
                .unwrap_or(Session::Open);
            if instance.enter(session) {
                let telling = tell_session(instance, session, self.server_url.clone(), self.journal.clone());
                self.spawn(telling);
            }
        }
    }
}

/// Tells the webhook; the end of a session comes as three events.
async fn tell_session(
    instance: Arc<Instance>,
    session: Session,
    server_url: Arc<str>,
    journal: Arc<Journal<Entry>>,
) {
    journal.note(Entry::Connection { instance: instance.name().to_owned(), state: session.word().into() });
    let Some(webhook) = &instance.webhook else { return };
    let open = session == Session::Open;
    let update = ConnectionUpdate {
        instance: instance.name(),
        wuid: open.then_some(instance.own_jid.as_str()),
        profile_name: open.then_some(instance.name()),
        state: session.word(),
        status_reason: if matches!(session, Session::LoggedOut(_)) { 401 } else { 200 },
    };
    let body = event::body(&instance, &server_url, "connection.update", update);
    webhook.call(About::instance("connection.update"), body).await;
    if !matches!(session, Session::LoggedOut(_)) {
        return;
    }
    let closed = InstanceClosed {
        instance: instance.name(),
        status: "closed",
        disconnection_at: time::now().to_string(),
        disconnection_reason_code: 401,
        disconnection_object: r#"{"error":{"data":null,"isBoom":true,"output":{"statusCode":401}}}"#,
    };
    let body = event::body(&instance, &server_url, "status.instance", closed);
    webhook.call(About::instance("status.instance"), body).await;
    let body = event::body(&instance, &server_url, "logout.instance", ());
    webhook.call(About::instance("logout.instance"), body).await;
}
