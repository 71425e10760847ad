//! Meta's errors: in answers, and in the statuses of messages that failed.

use rand::Rng;
use serde_json::{Value, json};

use crate::http::Reply;

const HELP: &str = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/// Codes with the HTTP status they come with in answers, and their titles.
const KNOWN: [(u32, u16, &str); 54] = [
    (0, 401, "AuthException"),
    (1, 500, "An unknown error occurred"),
    (2, 503, "Service temporarily unavailable"),
    (3, 500, "Application does not have the capability to make this API call."),
    (4, 429, "Application request limit reached"),
    (10, 403, "Application does not have permission for this action"),
    (33, 400, "Parameter value is not valid"),
    (100, 400, "Invalid parameter"),
    (190, 401, "Error validating access token: Session has expired."),
    (200, 403, "Permissions error"),
    (368, 403, "Temporarily blocked for policies violations"),
    (80007, 429, "Rate limit issues"),
    (130429, 429, "Rate limit hit"),
    (130472, 400, "User's number is part of an experiment"),
    (130497, 403, "Business account is restricted from messaging users in this country."),
    (131000, 500, "Something went wrong"),
    (131005, 403, "Access denied"),
    (131008, 400, "Required parameter is missing"),
    (131009, 400, "Parameter value is not valid"),
    (131016, 503, "Service unavailable"),
    (131021, 400, "Recipient cannot be sender"),
    (131026, 400, "Message undeliverable"),
    (131030, 400, "Recipient phone number not in allowed list"),
    (131031, 403, "Business Account locked"),
    (131037, 400, "WhatsApp provided number needs display name approval before message can be sent."),
    (131042, 400, "Business eligibility payment issue"),
    (131043, 400, "Message expired"),
    (131044, 400, "Business eligibility payment issue"),
    (131045, 500, "Phone number registration error"),
    (131047, 400, "Re-engagement message"),
    (131048, 429, "Spam rate limit hit"),
    (131049, 400, "Message not delivered to maintain healthy ecosystem engagement"),
    (131050, 400, "User has stopped marketing messages"),
    (131051, 400, "Unsupported message type"),
    (131052, 400, "Media download error"),
    (131053, 400, "Media upload error"),
    (131056, 429, "(Business Account, Consumer Account) pair rate limit hit"),
    (131057, 500, "Business Account is in maintenance mode"),
    (131062, 400, "Business-scoped user id is not supported for this message"),
    (131063, 400, "Marketing templates are disabled"),
    (132000, 400, "Number of parameters does not match the expected number of params"),
    (132001, 404, "Template name does not exist in the translation"),
    (132005, 400, "Translated text too long"),
    (132007, 400, "Template format character policy violated"),
    (132008, 400, "Template parameter value is not valid"),
    (132012, 400, "Parameter format does not match format in the created template"),
    (132015, 400, "Template is paused"),
    (132016, 400, "Template is disabled"),
    (132018, 400, "There is an issue with the parameters in your template"),
    (133004, 503, "Server temporarily unavailable"),
    (133010, 400, "Phone number not registered"),
    (133016, 400, "Account register/deregister rate limit exceeded"),
    (135000, 400, "Generic user error"),
    (137000, 400, "Recipient identity key hash mismatch"),
];

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GraphError {
    pub code: u32,
    status: u16,
    title: String,
    subcode: Option<u32>,
    kind: &'static str,
    details: Option<String>,
}

impl GraphError {
    /// The error of this code, with its usual status and title.
    pub fn of(code: u32) -> Self {
        let known = KNOWN.iter().find(|(known, _, _)| *known == code);
        let (status, title) =
            known.map_or((400, "Something went wrong"), |(_, status, title)| (*status, *title));
        let subcode = (code == 190).then_some(463);
        Self { code, status, title: title.to_owned(), subcode, kind: "OAuthException", details: None }
    }

    /// Says more.
    #[must_use]
    pub fn because(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// There is no such node, or the token may not see it: the real one does not tell which.
    pub fn no_such_object(id: &str) -> Self {
        let title = format!(
            "Unsupported post request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation"
        );
        Self { title, subcode: Some(33), kind: "GraphMethodException", ..Self::of(100) }
    }

    /// There is no such route.
    pub fn unknown_route(method: &str, path: &str) -> Self {
        let title = format!("Unknown path components: {method} {path}");
        Self { title, code: 2500, ..Self::of(100) }
    }

    /// The answer to a call.
    pub fn reply(&self) -> Reply {
        let plain = self.subcode.is_some() || self.code == 2500;
        let message = if plain { self.title.clone() } else { format!("(#{}) {}", self.code, self.title) };
        let mut error = json!({
            "message": message,
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": trace_id(),
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        } else {
            let details = self.details.as_deref().unwrap_or(&self.title);
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        Reply::json(self.status, &json!({"error": error}))
    }

    /// Its form in the status of a message that failed.
    pub fn in_status(&self) -> Value {
        let details = self.details.as_deref().unwrap_or(&self.title);
        json!({
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": details},
            "href": HELP,
        })
    }
}

/// Meta's own trouble; what stands in front of its servers answers without JSON.
pub(super) fn server_error(status: u16) -> Reply {
    match status {
        500 => GraphError::of(131000).reply(),
        503 => GraphError::of(2).reply(),
        _ => Reply::new(status, "text/html", "<html><body>Sorry, something went wrong.</body></html>\r\n"),
    }
}

fn trace_id() -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    let tail = (0..22).map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]));
    "A".chars().chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_shape_and_the_words_of_real_ones() {
        let body = |error: GraphError| {
            let reply = error.reply();
            (reply.status(), serde_json::from_slice::<Value>(reply.body()).unwrap()["error"].take())
        };
        let (status, error) =
            body(GraphError::of(130429).because("Cloud API message throughput has been reached."));
        assert_eq!((status, &error["message"]), (429, &json!("(#130429) Rate limit hit")));
        assert_eq!(error["error_data"]["details"], "Cloud API message throughput has been reached.");
        let (status, error) = body(GraphError::of(190));
        assert_eq!((status, &error["error_subcode"]), (401, &json!(463)));
        assert_eq!(error["message"], "Error validating access token: Session has expired.");
        let (status, error) = body(GraphError::no_such_object("7"));
        assert_eq!(
            (status, &error["code"], &error["type"]),
            (400, &json!(100), &json!("GraphMethodException"))
        );
        assert_eq!(GraphError::of(999_999).reply().status(), 400);
    }
}
