/// What became of a template of a business account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateNews {
    /// Its name.
    pub name: String,
    /// Its language in the provider's spelling.
    pub language: String,
    /// What changed.
    pub change: TemplateChange,
    /// The provider's words for why.
    pub reason: Option<String>,
}

/// What changed of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateChange {
    /// Whether it may be sent: one of delivery's words.
    Status(&'static str),
    /// What WhatsApp makes of it: green, yellow, red or unknown.
    Quality(&'static str),
    /// utility, marketing or authentication.
    Category(String),
}

impl TemplateChange {
    /// What changed, and what it became, in delivery's words.
    #[must_use]
    pub fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Status(status) => ("status", status),
            Self::Quality(quality) => ("quality", quality),
            Self::Category(category) => ("category", category),
        }
    }
}
