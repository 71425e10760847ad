//! The text of one reminder.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::wording::{
    Language, LocalTime, ReminderText, TemplateError, Templates, Variables, first_name, time_until,
};

/// What a reminder is about, in full. How much of it is said is decided here.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// The customer's name as it was given.
    pub customer_name: &'a str,
    /// The business.
    pub business_name: &'a str,
    /// What the visit is for.
    pub service_name: &'a str,
    /// With whom.
    pub staff_name: Option<&'a str>,
    /// Whether the two above may be said to whoever holds the phone.
    pub disclose_service: bool,
    /// When the visit begins.
    pub starts_at: Timestamp,
    /// Where that is told as local time.
    pub zone: &'a TimeZone,
    /// In which language.
    pub language: Language,
    /// What cancels on the customer's channel.
    pub cancel_word: &'a str,
}

/// What the customer reads at `now`: as free text, and as the variables of a template that says the same.
pub fn text(
    templates: &Templates,
    words: &Words<'_>,
    now: Timestamp,
) -> Result<(String, Variables), TemplateError> {
    let Words { starts_at, language, .. } = *words;
    let reminder = ReminderText {
        customer_name: first_name(words.customer_name),
        business_name: words.business_name,
        service_name: words.disclose_service.then_some(words.service_name),
        barber_name: words.staff_name.filter(|_| words.disclose_service),
        formatted_date_time: &LocalTime::new(starts_at, words.zone, language).text,
        time_until: &time_until(starts_at.duration_since(now), language),
        cancel_word: words.cancel_word,
    };
    Ok((templates.reminder(language, &reminder)?, Variables::of_reminder(&reminder, language)))
}
