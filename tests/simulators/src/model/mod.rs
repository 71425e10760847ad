//! model-sim: a chat-completions API with a brain that can be chosen and faults that can be switched on.

mod answer;
mod brain;
pub mod clerk;
mod completions;
mod control;
mod fault;
mod journal;
mod request;
mod saboteur;
mod script;
mod transcriptions;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;

pub use answer::{Answer, Call};
pub use brain::Brain;
pub use clerk::Clerk;
pub use fault::ModelFault;
pub use journal::Exchange;
pub use request::{CalledFunction, ChatRequest, Message, OfferedFunction, Role, Tool, ToolCall};
pub use saboteur::{HARMS, Harm, Saboteur};
pub use script::{Script, Step};

use crate::faults::{Rule, Rules, Trigger};
use crate::http::{Method, Reply, Request, Server, Service};
use crate::journal::Journal;
use crate::lock::lock;

/// Settings of a simulated model.
#[derive(Debug, Clone)]
pub struct ModelOptions {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The bearer token callers must show; any will do without it.
    pub api_key: Option<String>,
    /// Exchanges kept in the journal; 0 counts only.
    pub journal: usize,
    /// Decides which calls a fault with a probability hits.
    pub seed: u64,
}

impl Default for ModelOptions {
    /// Any free port of the loopback, any key.
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), api_key: None, journal: 2_000, seed: 1 }
    }
}

/// A running simulated model; it stops when this is dropped.
pub struct ModelSim {
    mind: Arc<Mind>,
    server: Server,
}

/// What the routes share.
struct Mind {
    api_key: Option<String>,
    brain: Mutex<Arc<dyn Brain>>,
    faults: Rules<ModelFault>,
    journal: Journal<Exchange>,
}

impl ModelSim {
    /// Starts one with the clerk.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn start(options: ModelOptions) -> anyhow::Result<Self> {
        Self::with_brain(options, Clerk).await
    }

    /// Starts one with a brain chosen by its name: `clerk`, or `saboteur` with one harm or all.
    ///
    /// # Errors
    /// When there is no such brain or the address cannot be bound.
    pub async fn named(options: ModelOptions, brain: &str, harm: Option<Harm>) -> anyhow::Result<Self> {
        let brain = control::brain(brain, harm, options.seed).map_err(anyhow::Error::msg)?;
        Self::serve(options, brain).await
    }

    /// Starts one with any brain.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn with_brain(options: ModelOptions, brain: impl Brain) -> anyhow::Result<Self> {
        Self::serve(options, Arc::new(brain)).await
    }

    async fn serve(options: ModelOptions, brain: Arc<dyn Brain>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(|error| anyhow::anyhow!("cannot listen on {}: {error}", options.listen))?;
        let mind = Arc::new(Mind {
            api_key: options.api_key,
            brain: Mutex::new(brain),
            faults: Rules::new(options.seed),
            journal: Journal::new(options.journal),
        });
        let server = Server::serve(listener, Arc::new(Routes(mind.clone())))?;
        Ok(Self { mind, server })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// The base address to give to a client: completions are at `/chat/completions` below it.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.server.addr())
    }

    /// Exchanges the brain.
    pub fn think_with(&self, brain: impl Brain) {
        *lock(&self.mind.brain) = Arc::new(brain);
    }

    /// Every exchange.
    pub fn journal(&self) -> &Journal<Exchange> {
        &self.mind.journal
    }

    /// Puts a fault in force; the id removes it again.
    pub fn fault(&self, fault: ModelFault, trigger: Trigger) -> u64 {
        self.mind.faults.add(fault, trigger)
    }

    /// Removes one fault; false when there is none of that id.
    pub fn forgive(&self, id: u64) -> bool {
        self.mind.faults.remove(id)
    }

    /// Removes all faults.
    pub fn forgive_all(&self) {
        self.mind.faults.clear();
    }

    /// The faults in force, with how often each one hit.
    pub fn faults(&self) -> Vec<Rule<ModelFault>> {
        self.mind.faults.list()
    }

    /// Stops; connections are cut.
    pub fn stop(&self) {
        self.server.stop();
    }
}

struct Routes(Arc<Mind>);

impl Service for Routes {
    async fn answer(self: Arc<Self>, request: Request) -> Reply {
        let mind = &self.0;
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method(), segments.as_slice()) {
            (Method::Post, ["v1", "chat", "completions"] | ["chat", "completions"]) => {
                completions::answer(mind, &request).await
            }
            (Method::Post, ["v1", "audio", "transcriptions"] | ["audio", "transcriptions"]) => {
                transcriptions::answer(mind, &request).await
            }
            (Method::Get, ["v1", "models"] | ["models"]) => completions::models(),
            (_, ["sim", rest @ ..]) => control::answer(mind, rest, &request).await,
            _ => fault::error(
                404,
                &format!("Invalid URL ({} {})", request.method().word(), request.path()),
                "invalid_request_error",
                "unknown_url",
            ),
        }
    }
}
