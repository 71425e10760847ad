//! What one channel knows of its templates, and the choice among them at send time.

use std::collections::BTreeMap;

use super::parts::{distance, usual_order};
use super::{Part, Registered, Status, Variant, check, gaps};
use crate::domain::causes::Cause;
use crate::domain::content::{Template, Variables};
use crate::domain::provider::ProviderKind;

/// What is known of a provider's list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Listed {
    /// All of it was read: what is not there does not exist.
    Whole,
    /// It was never read, or cannot be: what is not there may exist all the same.
    #[default]
    Never,
}

/// One channel's templates.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// Which template plays which part.
    pub parts: BTreeMap<String, Part>,
    /// What the provider holds.
    pub registered: Vec<Registered>,
    /// Whether that is everything.
    pub listed: Listed,
}

/// Why a template cannot be sent now. The cause says whether waiting helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// What stands in the way.
    pub cause: Cause,
    /// Which template, and what is the matter with it. Never a customer's words.
    pub words: String,
}

impl Unusable {
    fn new(cause: Cause, words: impl Into<String>) -> Self {
        Self { cause, words: words.into() }
    }
}

/// A template that was chosen: as the channel names it, and as the provider holds it, if that is known.
#[derive(Clone, Debug)]
struct Choice<'a> {
    variant: Variant,
    registered: Option<&'a Registered>,
}

impl Choice<'_> {
    fn title(&self) -> String {
        match self.registered {
            Some(registered) => registered.title(),
            None if self.variant.name.is_empty() => self.variant.content_sid.clone().unwrap_or_default(),
            None => format!("{} ({})", self.variant.name, self.variant.language),
        }
    }
}

impl Book {
    /// The template as its provider takes it, or why it cannot be sent now. A provider without templates takes their words.
    ///
    /// # Errors
    /// [`Unusable`], with the template's name.
    pub fn resolve(&self, template: &Template, kind: ProviderKind) -> Result<Template, Unusable> {
        if kind == ProviderKind::Evolution {
            return Ok(template.clone());
        }
        match template.part.as_deref() {
            Some(part) => self.of_part(part, template, kind),
            None => self.as_named(template, kind),
        }
    }

    /// The template named in the message itself: it only has to be in force.
    fn as_named(&self, template: &Template, kind: ProviderKind) -> Result<Template, Unusable> {
        let variant = Variant {
            language: template.language.clone(),
            name: template.name.clone(),
            content_sid: template.content_sid.clone(),
        };
        if names_nothing(&variant, kind) {
            // What is missing is said by whoever writes the request.
            return Ok(template.clone());
        }
        self.in_force(&self.found(variant, kind)).map(|()| template.clone())
    }

    fn of_part(&self, name: &str, template: &Template, kind: ProviderKind) -> Result<Template, Unusable> {
        let (part, choice) = self.choose(name, &template.language, kind)?;
        self.in_force(&choice)?;
        let none = BTreeMap::new();
        let given = match &template.variables {
            Variables::Named(given) => given,
            Variables::Ordered(given) if given.is_empty() => &none,
            Variables::Ordered(_) => {
                return Err(Unusable::new(Cause::TemplateRefused, "a part's variables must have names"));
            }
        };
        let given: BTreeMap<&str, String> =
            given.iter().map(|(name, value)| (name.as_str(), gaps::tidy(value))).collect();
        let order = order(part, name);
        let variables = match choice.registered {
            Some(registered) => {
                let filled = check::fill(registered, &order, &given);
                if let Some(problem) = filled.problems.first() {
                    let words = format!("{}: {problem}", choice.title());
                    return Err(Unusable::new(Cause::TemplateRefused, words));
                }
                filled.variables
            }
            None => Variables::Ordered(
                order.iter().map(|name| given.get(name).cloned().unwrap_or_default()).collect(),
            ),
        };
        let header = choice.registered.and_then(|registered| header(registered, part, &given));
        let payloads = choice.registered.map_or(0, Registered::quick_replies);
        Ok(Template {
            part: None,
            language: match choice.variant.language.as_str() {
                "" => template.language.clone(),
                language => language.to_owned(),
            },
            name: choice.variant.name,
            content_sid: choice.variant.content_sid,
            variables,
            header,
            buttons: template.buttons.iter().take(payloads).cloned().collect(),
            text: template.text.clone(),
        })
    }

    /// The template for a part in the language that comes nearest, one that is in force before one that is not.
    fn choose(
        &self,
        name: &str,
        language: &str,
        kind: ProviderKind,
    ) -> Result<(&Part, Choice<'_>), Unusable> {
        let missing = || {
            let words = format!("the channel names no template for the part \"{name}\"");
            Unusable::new(Cause::PartMissing, words)
        };
        let part = self.parts.get(name).ok_or_else(missing)?;
        let choices = part.variants.iter().flat_map(|variant| self.variants(variant, kind));
        let choice = choices.min_by_key(|choice| {
            (self.in_force(choice).is_err(), distance(&choice.variant.language, language))
        });
        Ok((part, choice.ok_or_else(missing)?))
    }

    /// The choices behind a variant: where it names no language, one for each that the provider has.
    fn variants(&self, variant: &Variant, kind: ProviderKind) -> Vec<Choice<'_>> {
        if names_nothing(variant, kind) && !variant.name.is_empty() {
            let same = self.registered.iter().filter(|registered| registered.name == variant.name);
            let choices: Vec<_> = same
                .map(|registered| Choice {
                    variant: Variant { language: registered.language.clone(), ..variant.clone() },
                    registered: Some(registered),
                })
                .collect();
            if !choices.is_empty() {
                return choices;
            }
        }
        vec![self.found(variant.clone(), kind)]
    }

    fn found(&self, variant: Variant, kind: ProviderKind) -> Choice<'_> {
        let registered = self.registered.iter().find(|registered| match kind {
            ProviderKind::Twilio => Some(&registered.key) == variant.content_sid.as_ref(),
            _ => registered.name == variant.name && registered.language == variant.language,
        });
        Choice { variant, registered }
    }

    fn in_force(&self, choice: &Choice<'_>) -> Result<(), Unusable> {
        let Some(registered) = choice.registered else {
            return match self.listed {
                Listed::Never => Ok(()),
                Listed::Whole => Err(Unusable::new(
                    Cause::TemplateNotApproved,
                    format!("the provider has no template {}", choice.title()),
                )),
            };
        };
        let cause = match registered.status {
            Status::Approved => return Ok(()),
            Status::Paused | Status::Pending => Cause::TemplateResting,
            Status::Rejected | Status::Disabled | Status::Deleted | Status::Unsubmitted => {
                Cause::TemplateNotApproved
            }
        };
        let reason = registered.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let words = format!("the template {} is {}{reason}", registered.title(), registered.status);
        Err(Unusable::new(cause, words))
    }

    /// The template of a part as a person would see it, and what is wrong with the variables.
    ///
    /// # Errors
    /// [`Unusable`]: no template, or none whose text is known.
    pub fn preview(
        &self,
        part: &str,
        language: &str,
        kind: ProviderKind,
        given: &BTreeMap<String, String>,
    ) -> Result<check::Preview, Unusable> {
        let (declared, choice) = self.choose(part, language, kind)?;
        let Some(registered) = choice.registered else {
            let words = format!("the text of {} is not known; sync the channel's templates", choice.title());
            return Err(Unusable::new(Cause::TemplateNotApproved, words));
        };
        let given = given.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        Ok(check::preview(registered, &order(declared, part), &given))
    }

    /// One template as a person would see it, whatever part it plays. `None`: it is not known.
    pub fn preview_of(&self, key: &str, given: &BTreeMap<String, String>) -> Option<check::Preview> {
        let registered = self.registered.iter().find(|registered| registered.key == key)?;
        let given = given.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        Some(check::preview(registered, &[], &given))
    }

    /// The templates that play a part and cannot be sent now, with the reason of each.
    pub fn troubles(&self, kind: ProviderKind) -> Vec<(String, Unusable)> {
        let of_part = |(name, part): (&String, &Part)| {
            let choices: Vec<_> = part.variants.iter().flat_map(|one| self.variants(one, kind)).collect();
            let troubles = choices.iter().filter_map(|choice| self.in_force(choice).err());
            troubles.map(|trouble| (name.clone(), trouble)).collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(of_part).collect()
    }
}

fn order<'a>(part: &'a Part, name: &str) -> Vec<&'a str> {
    if part.parameters.is_empty() {
        usual_order(name).to_vec()
    } else {
        part.parameters.iter().map(String::as_str).collect()
    }
}

fn header(registered: &Registered, part: &Part, given: &BTreeMap<&str, String>) -> Option<String> {
    let header = registered.header.as_deref()?;
    let gap = gaps::names(header).first().copied()?;
    let name = if gaps::are_numbers(&[gap]) { part.header.as_deref()? } else { gap };
    given.get(name).cloned()
}

/// Whether a variant lacks what its provider knows templates by.
fn names_nothing(variant: &Variant, kind: ProviderKind) -> bool {
    match kind {
        ProviderKind::Twilio => variant.content_sid.is_none(),
        _ => variant.name.is_empty() || variant.language.is_empty(),
    }
}
