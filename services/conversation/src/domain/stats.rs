use serde::{Deserialize, Serialize};

/// What a turn cost and what went wrong on the way. Holds no words of customers or models.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Answers asked of a model.
    pub model_calls: u32,
    /// Repeated requests, after failures that may pass.
    pub model_retries: u32,
    /// Tools run or refused.
    pub tool_calls: u32,
    /// Tokens read, as the model counts them.
    pub input_tokens: u64,
    /// Of those, read from its cache.
    pub cached_tokens: u64,
    /// Tokens written, as the model counts them.
    pub output_tokens: u64,
    /// Something was cut to keep the token budget.
    pub truncated: bool,
    /// Answers sent back because they could not be used.
    pub repairs: u32,
    /// Handles and references that were never offered.
    pub invalid_handles: u32,
    /// Texts held back because they claimed something no record shows.
    pub guard_blocks: u32,
    /// Why the answer is a lesser one, if it is.
    pub degraded: Option<Degraded>,
    /// What somebody should look at.
    pub flags: Vec<Flag>,
    /// The pieces of knowledge the answer may rest on.
    pub sources: Vec<String>,
}

/// Why an answer is a lesser one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degraded {
    /// The model could not be reached, or was too slow, too busy or broken.
    ModelUnavailable,
    /// The endpoint refuses us: key, model name or account. Somebody must change the configuration.
    Misconfigured,
    /// The model's answers could not be used.
    ModelError,
    /// The model did not come to an end.
    LoopLimit,
    /// The model, or a filter before it, refused.
    Refused,
    /// The model kept claiming what no record shows.
    ClaimGuard,
    /// The turn's time was up.
    Deadline,
    /// The calendar could not be reached.
    CalendarDown,
}

/// What somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "flag", rename_all = "snake_case")]
pub enum Flag {
    /// A customer tried to give the model orders.
    InjectionSuspected,
    /// A piece of knowledge links to a host the business has not allowed; the link was taken out.
    SnippetLink {
        /// Which piece.
        source: String,
    },
    /// Two machines talk to each other.
    TwoBots,
    /// A customer sent a card number; it was taken out.
    CardNumber,
}
