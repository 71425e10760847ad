use super::InboundEvent;

/// Which channel a piece of a request belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Route {
    /// The channel named by the URL.
    Addressed,
    /// The channel with this Meta phone number id.
    MetaNumber(String),
    /// Some channel of this Meta business account; the notice names no number.
    MetaAccount(String),
}

/// Something and the channel it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Routed<T> {
    /// Where it belongs.
    pub route: Route,
    /// What it is.
    pub event: T,
}

/// What a request says about the account it comes from, to be compared with the channel its URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Nothing to compare.
    None,
    /// The bridge's instance.
    EvolutionInstance(String),
    /// The account, and our own address in it if the request says which.
    TwilioAccount {
        /// `AC…`
        account_sid: String,
        /// `whatsapp:+…`
        own_address: Option<String>,
    },
}

/// Most pieces that are read out of one request, and out of one list in it. Meta sends 1,000 at most, the bridge a few;
/// beyond this the request is kept as it came, so that nobody can make a small body into much work.
pub const MOST_PIECES: usize = 2000;

/// A request, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// What the request says about its own account.
    pub claim: Claim,
    /// What was understood, in the order in which it stood.
    pub events: Vec<Routed<InboundEvent>>,
    /// What was not.
    pub rejected: Vec<Rejected>,
    /// It was fetched from the provider's list, long after it was written.
    pub late: bool,
}

impl Parsed {
    /// A request in which nothing has been found yet.
    #[must_use]
    pub const fn empty(claim: Claim) -> Self {
        Self { claim, events: Vec::new(), rejected: Vec::new(), late: false }
    }

    /// How many pieces were found.
    #[must_use]
    pub const fn pieces(&self) -> usize {
        self.events.len() + self.rejected.len()
    }
}

/// A piece of a request that was not understood. The pieces beside it go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where the piece belongs, if that much was clear.
    pub route: Route,
    /// Where it stands: `entry[0].changes[1].value.messages[2]`.
    pub at: String,
    /// What was wrong with it. Never quotes the piece.
    pub detail: String,
}

/// A request of which nothing could be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body could not be read: {detail}")]
pub struct Unparsable {
    /// What was wrong. Never quotes the body.
    pub detail: String,
}

impl Unparsable {
    /// Says what was wrong.
    #[must_use]
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into() }
    }

    /// What a JSON parser says about a body: kind and place, never the text around it.
    #[must_use]
    pub fn json(error: &serde_json::Error) -> Self {
        Self::new(describe(error))
    }
}

/// serde's messages can quote the offending value, and that is a customer's; category and position are not.
#[must_use]
pub(crate) fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "unreadable",
        serde_json::error::Category::Syntax => "not JSON",
        serde_json::error::Category::Data => "not the shape that was expected",
        serde_json::error::Category::Eof => "cut short",
    };
    format!("{what} at line {} column {}", error.line(), error.column())
}
