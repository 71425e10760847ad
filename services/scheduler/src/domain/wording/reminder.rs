use minijinja::{Environment, UndefinedBehavior, context};
use thiserror::Error;

use super::Language;

/// What a reminder may say.
#[derive(Debug, Clone, Copy)]
pub struct ReminderText<'a> {
    /// First name of the customer, if there is one to use.
    pub customer_name: Option<&'a str>,
    /// The business.
    pub business_name: &'a str,
    /// What the visit is for; only if the business lets a reminder say it.
    pub service_name: Option<&'a str>,
    /// With whom; only together with the service.
    pub barber_name: Option<&'a str>,
    /// When, on the wall clock of the business.
    pub formatted_date_time: &'a str,
    /// How long it still is.
    pub time_until: &'a str,
    /// What cancels on the customer's channel.
    pub cancel_word: &'a str,
}

/// What a text about a booking that an operator changed may say.
#[derive(Debug, Clone, Copy)]
pub struct ChangeText<'a> {
    /// First name of the customer, if there is one to use.
    pub customer_name: Option<&'a str>,
    /// The business.
    pub business_name: &'a str,
    /// What the visit is for; only if the business lets a reminder say it.
    pub service_name: Option<&'a str>,
    /// With whom; only together with the service.
    pub barber_name: Option<&'a str>,
    /// When it is from now on, or when it would have been.
    pub formatted_date_time: &'a str,
}

/// What an operator did to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Its time, or who sees to it, is another one.
    Moved,
    /// The time was given back.
    Cancelled,
}

impl Changed {
    const ALL: [Self; 2] = [Self::Moved, Self::Cancelled];

    /// The word for it: the text's name, and the part of the template that says it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A template is wrong, or could not be filled in.
#[derive(Debug, Error)]
#[error("a template for {language:?} cannot be used")]
pub struct TemplateError {
    language: Language,
    source: minijinja::Error,
}

/// The templates of all languages, read once.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// Reads the templates; a mistake in one is found here, not when the first customer should be written to.
    pub fn try_new() -> Result<Self, TemplateError> {
        let mut templates = Environment::new();
        // A misspelt variable must not quietly become nothing in somebody's message.
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for language in Language::ALL {
            templates
                .add_template(language.tag(), source(language))
                .map_err(|source| TemplateError { language, source })?;
            for changed in Changed::ALL {
                templates
                    .add_template_owned(name(changed, language), source_of(changed, language))
                    .map_err(|source| TemplateError { language, source })?;
            }
        }
        Ok(Self(templates))
    }

    /// The reminder in one language.
    pub fn reminder(&self, language: Language, words: &ReminderText<'_>) -> Result<String, TemplateError> {
        // The names that template authors know from the system before this one.
        let values = context! {
            customerName => words.customer_name,
            businessName => words.business_name,
            serviceName => words.service_name,
            barberName => words.barber_name,
            formattedDateTime => words.formatted_date_time,
            timeUntil => words.time_until,
            cancelWord => words.cancel_word,
        };
        let render = || self.0.get_template(language.tag())?.render(values);
        render().map_err(|source| TemplateError { language, source })
    }

    /// What a customer reads when somebody at the business changed their booking.
    pub fn changed(
        &self,
        changed: Changed,
        language: Language,
        words: &ChangeText<'_>,
    ) -> Result<String, TemplateError> {
        let values = context! {
            customerName => words.customer_name,
            businessName => words.business_name,
            serviceName => words.service_name,
            barberName => words.barber_name,
            formattedDateTime => words.formatted_date_time,
        };
        let render = || self.0.get_template(&name(changed, language))?.render(values);
        render().map_err(|source| TemplateError { language, source })
    }
}

fn name(changed: Changed, language: Language) -> String {
    format!("{}.{}", changed.word(), language.tag())
}

fn source_of(changed: Changed, language: Language) -> &'static str {
    match (changed, language) {
        (Changed::Moved, Language::English) => include_str!("../../../templates/moved.en.txt"),
        (Changed::Moved, Language::Spanish) => include_str!("../../../templates/moved.es.txt"),
        (Changed::Moved, Language::Portuguese) => include_str!("../../../templates/moved.pt.txt"),
        (Changed::Cancelled, Language::English) => include_str!("../../../templates/cancelled.en.txt"),
        (Changed::Cancelled, Language::Spanish) => include_str!("../../../templates/cancelled.es.txt"),
        (Changed::Cancelled, Language::Portuguese) => include_str!("../../../templates/cancelled.pt.txt"),
    }
}

fn source(language: Language) -> &'static str {
    match language {
        Language::English => include_str!("../../../templates/reminder.en.txt"),
        Language::Spanish => include_str!("../../../templates/reminder.es.txt"),
        Language::Portuguese => include_str!("../../../templates/reminder.pt.txt"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: ReminderText<'_> = ReminderText {
        customer_name: Some("Ana"),
        business_name: "Harbour Dental",
        service_name: Some("Check-up"),
        barber_name: Some("Dr Silva"),
        formatted_date_time: "Wednesday, March 4 at 15:30",
        time_until: "in 2 hours",
        cancel_word: "CANCEL VISIT",
    };

    #[test]
    fn says_everything_that_is_allowed() {
        let text = Templates::try_new().unwrap().reminder(Language::English, &FULL).unwrap();
        assert_eq!(
            text,
            "Hi Ana, this is a reminder of your appointment (Check-up with Dr Silva) at Harbour Dental: \
             Wednesday, March 4 at 15:30, in 2 hours.\n\
             Please arrive 5-10 minutes early. Reply CANCEL VISIT to cancel."
        );
    }

    #[test]
    fn says_nothing_that_is_not_given() {
        let words = ReminderText { customer_name: None, service_name: None, barber_name: None, ..FULL };
        let templates = Templates::try_new().unwrap();
        for language in Language::ALL {
            let text = templates.reminder(language, &words).unwrap();
            assert!(!text.contains("Check-up") && !text.contains("Silva") && !text.contains("Ana"), "{text}");
            assert!(text.contains("Harbour Dental") && text.contains("in 2 hours"), "{text}");
            assert!(text.contains("CANCEL VISIT"), "{text}");
        }
    }

    #[test]
    fn a_change_says_what_is_true_now_and_no_more_than_is_allowed() {
        let templates = Templates::try_new().unwrap();
        let words = ChangeText {
            customer_name: Some("Ana"),
            business_name: "Harbour Dental",
            service_name: None,
            barber_name: None,
            formatted_date_time: "Wednesday, March 4 at 15:30",
        };
        for language in Language::ALL {
            for changed in Changed::ALL {
                let bare = templates.changed(changed, language, &words).unwrap();
                assert!(bare.contains("Harbour Dental") && bare.contains("March 4 at 15:30"), "{bare}");
                let full =
                    ChangeText { service_name: Some("Check-up"), barber_name: Some("Dr Silva"), ..words };
                let full = templates.changed(changed, language, &full).unwrap();
                assert!(full.contains("Check-up") && full.contains("Dr Silva"), "{full}");
            }
        }
        let moved = templates.changed(Changed::Moved, Language::English, &words).unwrap();
        assert_eq!(
            moved,
            "Hi Ana, your appointment at Harbour Dental was moved. It is now on Wednesday, March 4 at 15:30."
        );
    }

    #[test]
    fn a_name_is_text_and_never_a_template() {
        let words = ReminderText { business_name: "{{ 7 * 6 }} <b>", ..FULL };
        let text = Templates::try_new().unwrap().reminder(Language::English, &words).unwrap();
        assert!(text.contains("{{ 7 * 6 }} <b>"), "{text}");
    }
}
