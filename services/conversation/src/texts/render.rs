use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use serde::Deserialize;
use thiserror::Error;

use super::{Calendar, Claims, Message, SlotLine, VisitLine, when};
use crate::domain::{Language, Slot, TenantProfile, Visit};

/// Why the texts cannot be used.
#[derive(Debug, Error)]
pub enum TextsError {
    /// The file is not what a file of texts looks like.
    #[error(
        "the texts in \"{language}\" cannot be read; correct services/conversation/src/texts/{language}.toml"
    )]
    Unreadable {
        /// Which file.
        language: &'static str,
        /// What is wrong and where.
        source: Box<toml::de::Error>,
    },
    /// The way templates are written cannot be set up.
    #[error("templates cannot be read")]
    Syntax(#[from] minijinja::Error),
    /// A template is not one.
    #[error(
        "the text \"{name}\" in \"{language}\" is not a template; correct services/conversation/src/texts/{language}.toml"
    )]
    Template {
        /// Which file.
        language: &'static str,
        /// Which text.
        name: String,
        /// What is wrong and where.
        source: minijinja::Error,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    calendar: Calendar,
    texts: BTreeMap<String, String>,
    claims: Claims,
}

/// All texts in all languages, ready to be filled in.
#[derive(Debug)]
pub struct Texts {
    templates: Environment<'static>,
    calendars: BTreeMap<Language, Calendar>,
    claims: Vec<Claims>,
}

impl Texts {
    /// Reads the built-in texts. Call it once, at start.
    pub fn load() -> Result<Self, TextsError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        let (mut calendars, mut claims) = (BTreeMap::new(), Vec::new());
        for language in Language::ALL {
            let tag = language.tag();
            let file: File = toml::from_str(source(language))
                .map_err(|source| TextsError::Unreadable { language: tag, source: Box::new(source) })?;
            let calendar = file.calendar.templates().map(|(name, text)| (name.to_owned(), text.to_owned()));
            for (name, text) in file.texts.into_iter().chain(calendar) {
                templates
                    .add_template_owned(format!("{tag}/{name}"), text)
                    .map_err(|source| TextsError::Template { language: tag, name, source })?;
            }
            calendars.insert(language, file.calendar);
            claims.push(file.claims);
        }
        Ok(Self { templates, calendars, claims })
    }

    /// The text of one message. Paragraphs are joined with a blank line by [`Self::join`].
    ///
    /// A template that cannot be filled in is a bug which the tests look for; the customer then reads a plain apology, never
    /// half a sentence.
    pub fn say(&self, language: Language, tenant: &TenantProfile, message: &Message) -> String {
        let values = context! { t => facts(tenant), ..Value::from(Serde(message)) };
        self.fill_in(language, message.name(), values).unwrap_or_else(|| apology(language).to_owned())
    }

    /// Paragraphs as one message.
    pub fn join(&self, language: Language, tenant: &TenantProfile, messages: &[Message]) -> String {
        messages.iter().map(|message| self.say(language, tenant, message)).collect::<Vec<_>>().join("\n\n")
    }

    /// A visit as texts say it.
    pub fn visit(&self, language: Language, tenant: &TenantProfile, visit: &Visit) -> VisitLine {
        VisitLine {
            service: visit.service.clone(),
            staff: visit.staff.clone(),
            when: self.when(language, tenant, visit.starts_at),
            when_long: self.when_long(language, tenant, visit.starts_at),
        }
    }

    /// A free time as a list says it.
    pub fn slot(&self, language: Language, tenant: &TenantProfile, slot: &Slot) -> SlotLine {
        SlotLine { when: self.when(language, tenant, slot.visit.starts_at), staff: slot.visit.staff.clone() }
    }

    /// "Thu 5 March 10:00", in the tenant's zone.
    pub fn when(&self, language: Language, tenant: &TenantProfile, at: Timestamp) -> String {
        self.date(language, when::SHORT, tenant.time_zone.to_datetime(at))
    }

    /// "Thursday 5 March 2026 at 10:00", in the tenant's zone.
    pub fn when_long(&self, language: Language, tenant: &TenantProfile, at: Timestamp) -> String {
        self.date(language, when::LONG, tenant.time_zone.to_datetime(at))
    }

    /// "Thu 5 March".
    pub fn day(&self, language: Language, day: Date) -> String {
        self.date(language, when::DATE, day.at(0, 0, 0, 0))
    }

    /// ISO 8601 is the way out if a template fails: unlovely, but true.
    fn date(&self, language: Language, template: &str, at: DateTime) -> String {
        let parts = self.calendars.get(&language).map(|calendar| Value::from(Serde(calendar.parts(at))));
        parts.and_then(|parts| self.fill_in(language, template, parts)).unwrap_or_else(|| at.to_string())
    }

    fn fill_in(&self, language: Language, template: &str, values: Value) -> Option<String> {
        let name = format!("{}/{template}", language.tag());
        match self.templates.get_template(&name).and_then(|template| template.render(values)) {
            Ok(text) => Some(text.trim().to_owned()),
            Err(error) => {
                tracing::error!(text = name, error = ?error.kind(), "text cannot be rendered");
                None
            }
        }
    }

    /// Every language's way to write days and times.
    pub fn calendars(&self) -> impl Iterator<Item = &Calendar> {
        self.calendars.values()
    }

    /// Every language's words for claims: a model may slip into any of them.
    pub fn claims(&self) -> &[Claims] {
        &self.claims
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("en.toml"),
        Language::Es => include_str!("es.toml"),
        Language::Pt => include_str!("pt.toml"),
    }
}

fn facts(tenant: &TenantProfile) -> Value {
    context! {
        business => &tenant.name,
        phone => &tenant.phone,
        hours => &tenant.opening_hours,
        emergency_number => &tenant.emergency_number,
        cancel_word => &tenant.cancel_word,
    }
}

fn apology(language: Language) -> &'static str {
    match language {
        Language::En => "Sorry, something went wrong on our side. Please try again, or write PERSON.",
        Language::Es => "Lo siento, algo ha fallado por nuestra parte. Inténtelo de nuevo o escriba PERSONA.",
        Language::Pt => "Desculpe, algo falhou do nosso lado. Tente de novo ou escreva PESSOA.",
    }
}

#[cfg(test)]
mod tests;
