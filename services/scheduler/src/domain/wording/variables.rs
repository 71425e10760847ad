//! The variables of a text, by the names that authors of templates know: a provider's template says the same as our own text,
//! and no more.

use serde::Serialize;

use super::{ChangeText, Language, ReminderText};

/// Values for the gaps of a template. Each has something to say, since providers refuse an empty one: what must not be said
/// or is not known is a general word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Variables {
    /// First name of the customer.
    pub customer_name: String,
    /// The business.
    pub business_name: String,
    /// What the visit is for.
    pub service_name: String,
    /// With whom.
    pub barber_name: String,
    /// When, on the wall clock of the business.
    pub formatted_date_time: String,
    /// How long it still is; only a reminder says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_until: Option<String>,
    /// What cancels on the customer's channel; only a reminder says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_word: Option<String>,
    /// What a reminder's button for "I come" gives back, for templates whose buttons take it from a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_payload: Option<String>,
    /// What its button for "cancel" gives back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_payload: Option<String>,
}

impl Variables {
    /// Those of a reminder.
    pub fn of_reminder(words: &ReminderText<'_>, language: Language) -> Self {
        Self {
            time_until: Some(words.time_until.to_owned()),
            cancel_word: Some(words.cancel_word.to_owned()),
            ..Self::of_change(
                &ChangeText {
                    customer_name: words.customer_name,
                    business_name: words.business_name,
                    service_name: words.service_name,
                    barber_name: words.barber_name,
                    formatted_date_time: words.formatted_date_time,
                },
                language,
            )
        }
    }

    /// Those of a text about a booking that an operator changed.
    pub fn of_change(words: &ChangeText<'_>, language: Language) -> Self {
        let (customer, visit) = match language {
            Language::English => ("there", "appointment"),
            Language::Spanish => ("cliente", "cita"),
            Language::Portuguese => ("cliente", "horário"),
        };
        Self {
            customer_name: words.customer_name.unwrap_or(customer).to_owned(),
            business_name: words.business_name.to_owned(),
            service_name: words.service_name.unwrap_or(visit).to_owned(),
            barber_name: words.barber_name.unwrap_or(words.business_name).to_owned(),
            formatted_date_time: words.formatted_date_time.to_owned(),
            time_until: None,
            cancel_word: None,
            confirm_payload: None,
            cancel_payload: None,
        }
    }

    /// The same, with what a reminder's buttons give back.
    #[must_use]
    pub fn with_payloads(mut self, confirm: &str, cancel: &str) -> Self {
        self.confirm_payload = Some(confirm.to_owned());
        self.cancel_payload = Some(cancel.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_must_not_be_said_is_a_general_word_and_never_empty() {
        let words = ReminderText {
            customer_name: None,
            business_name: "Harbour Dental",
            service_name: None,
            barber_name: None,
            formatted_date_time: "Wednesday, March 4 at 15:30",
            time_until: "in 2 hours",
            cancel_word: "CANCEL VISIT",
        };
        assert_eq!(
            json!(Variables::of_reminder(&words, Language::English)),
            json!({
                "customerName": "there", "businessName": "Harbour Dental", "serviceName": "appointment",
                "barberName": "Harbour Dental", "formattedDateTime": "Wednesday, March 4 at 15:30",
                "timeUntil": "in 2 hours", "cancelWord": "CANCEL VISIT",
            })
        );
    }
}
