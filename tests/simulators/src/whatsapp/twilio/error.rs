//! Twilio's errors: in answers, and in the callbacks of messages that failed.

use serde_json::json;

use crate::http::Reply;

/// Codes with the HTTP status they come with in answers, and their words. Those of callbacks only have 400, too.
const KNOWN: [(u32, u16, &str); 48] = [
    (20003, 401, "Authenticate"),
    (20404, 404, "The requested resource was not found"),
    (20429, 429, "Too Many Requests"),
    (20500, 500, "An internal server error has occurred"),
    (20503, 503, "Service Unavailable"),
    (21211, 400, "Invalid 'To' Phone Number"),
    (21603, 400, "A 'From' phone number is required."),
    (21604, 400, "A 'To' phone number is required."),
    (21608, 400, "The number is unverified. Trial accounts cannot send messages to unverified numbers"),
    (21609, 400, "The 'StatusCallback' URL is not a valid URL."),
    (21610, 400, "Attempt to send to unsubscribed recipient"),
    (21611, 400, "This 'From' number has exceeded the maximum number of queued messages"),
    (21617, 400, "The concatenated message body exceeds the 1600 character limit"),
    (21619, 400, "A text message body or media urls must be specified."),
    (21654, 400, "The ContentSid is required"),
    (21655, 400, "The ContentSid is invalid"),
    (21656, 400, "The Content Variables parameter is invalid"),
    (21658, 400, "The message body exceeds the character limit"),
    (30001, 400, "Queue overflow"),
    (30008, 400, "Unknown error"),
    (63001, 400, "Channel could not authenticate the request"),
    (63002, 400, "Channel could not find To address"),
    (63003, 400, "Channel could not find To address"),
    (63005, 400, "Channel did not accept given content"),
    (63006, 400, "Could not format given content for the channel"),
    (63007, 400, "Twilio could not find a Channel with the specified From address"),
    (63008, 400, "Could not execute the request because the channel module is misconfigured"),
    (63010, 400, "Channel internal error"),
    (63012, 400, "Channel provider returned an internal service error"),
    (63013, 400, "This message send failed because it violates Channel provider's policy"),
    (
        63016,
        400,
        "Failed to send freeform message because you are outside the allowed window. Please use a Message Template.",
    ),
    (63017, 400, "Rate limit exceeded for the account"),
    (63018, 400, "Rate limit exceeded for Channel"),
    (63019, 400, "Media failed to download"),
    (63020, 400, "Twilio encountered a Business Manager account error"),
    (63021, 400, "Channel invalid content error"),
    (63022, 400, "Invalid vname certificate"),
    (63023, 400, "Channel generic error"),
    (63024, 400, "Invalid message recipient"),
    (63027, 400, "Template does not exist for a language and locale"),
    (63028, 400, "Number of parameters provided does not match the expected number of parameters"),
    (63029, 400, "The receiver failed to download the template"),
    (63030, 400, "Unsupported parameter for type of channels message"),
    (63032, 400, "We cannot send this message to this user because of a WhatsApp limitation"),
    (63038, 400, "Account exceeded the daily messages limit"),
    (63049, 400, "Meta chose not to deliver this WhatsApp marketing message"),
    (63062, 400, "The terms of marketing messages were not accepted"),
    (63119, 400, "Rate limit hit at Meta"),
];

/// Failures that WhatsApp reported, after Twilio had handed the message over.
const REPORTED_BY_WHATSAPP: [u32; 5] = [30008, 63024, 63029, 63032, 63049];

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TwilioError {
    pub code: u32,
    status: u16,
    words: String,
}

impl TwilioError {
    /// The error of this code, with its usual status and words.
    pub fn of(code: u32) -> Self {
        let known = KNOWN.iter().find(|(known, _, _)| *known == code);
        let (status, words) = known.map_or((400, "Bad request"), |(_, status, words)| (*status, *words));
        Self { code, status, words: words.to_owned() }
    }

    /// In other words.
    #[must_use]
    pub fn because(mut self, words: impl Into<String>) -> Self {
        self.words = words.into();
        self
    }

    /// The words.
    pub fn message(&self) -> &str {
        &self.words
    }

    /// The status of a message that fails with this: handed over to WhatsApp or not.
    pub fn message_status(&self) -> &'static str {
        if REPORTED_BY_WHATSAPP.contains(&self.code) { "undelivered" } else { "failed" }
    }

    /// The answer to a call.
    pub fn reply(&self) -> Reply {
        Reply::json(
            self.status,
            &json!({
                "code": self.code,
                "message": self.words,
                "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
                "status": self.status,
            }),
        )
    }
}

/// Twilio's own trouble; what stands in front of its servers answers without JSON.
pub(super) fn server_error(status: u16) -> Reply {
    match status {
        500 => TwilioError::of(20500).reply(),
        503 => TwilioError::of(20503).reply(),
        _ => Reply::new(status, "text/html", "<html><body>upstream error</body></html>\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn errors_have_the_shape_of_real_ones() {
        let reply = TwilioError::of(63007).reply();
        assert_eq!(reply.status(), 400);
        assert_eq!(
            serde_json::from_slice::<Value>(reply.body()).unwrap(),
            json!({
                "code": 63007,
                "message": "Twilio could not find a Channel with the specified From address",
                "more_info": "https://www.twilio.com/docs/errors/63007",
                "status": 400,
            })
        );
        assert_eq!(TwilioError::of(20003).reply().status(), 401);
        assert_eq!(TwilioError::of(63024).message_status(), "undelivered");
        assert_eq!(TwilioError::of(63016).message_status(), "failed");
    }
}
