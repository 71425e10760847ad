//! Evolution's refusals, word for word.

use serde_json::{Value, json};

use crate::http::Reply;

fn envelope(status: u16, error: &str, message: Value) -> Reply {
    Reply::json(status, &json!({"status": status, "error": error, "response": {"message": message}}))
}

/// The instance does not exist: said before the key is looked at.
pub(super) fn unknown_instance(name: &str) -> Reply {
    envelope(404, "Not Found", json!([format!("The \"{name}\" instance does not exist")]))
}

/// Missing or wrong key.
pub(super) fn unauthorized() -> Reply {
    envelope(401, "Unauthorized", json!("Unauthorized"))
}

/// Another instance has the name.
pub(super) fn name_in_use(name: &str) -> Reply {
    envelope(403, "Forbidden", json!([format!("This name \"{name}\" is already in use.")]))
}

/// There is no session to end.
pub(super) fn not_connected(name: &str) -> Reply {
    envelope(400, "Bad Request", json!([format!("The \"{name}\" instance is not connected")]))
}

/// No such route.
pub(super) fn unknown_route(method: &str, path: &str) -> Reply {
    envelope(404, "Not Found", json!([format!("Cannot {method} {path}")]))
}

/// The body is no JSON: the framework's own error, which is why the name does not fit the status.
pub(super) fn not_json(problem: &str) -> Reply {
    envelope(400, "Internal Server Error", json!(problem))
}

/// A field is missing or of the wrong type.
pub(super) fn schema(problem: &str) -> Reply {
    envelope(400, "Bad Request", json!([[problem]]))
}

/// The text is empty or blank.
pub(super) fn text_required() -> Reply {
    envelope(400, "Bad Request", json!(["Text is required"]))
}

/// The message is not in the server's store.
pub(super) fn no_message() -> Reply {
    envelope(400, "Bad Request", json!(["Message not found"]))
}

/// The existence check found nobody.
pub(super) fn not_on_whatsapp(jid: &str, number: &str) -> Reply {
    envelope(400, "Bad Request", json!([{"jid": jid, "exists": false, "number": number}]))
}

/// The socket to WhatsApp is down.
pub(super) fn connection_closed() -> Reply {
    envelope(400, "Bad Request", json!(["Error: Connection Closed"]))
}

/// The instance is in the database but not loaded.
pub(super) fn not_loaded() -> Reply {
    envelope(
        500,
        "Internal Server Error",
        json!("Cannot read properties of undefined (reading 'textMessage')"),
    )
}

/// The check whether the number is on WhatsApp broke off, before anything was sent: a bare sentence.
pub(super) fn check_failed(status: u16) -> Reply {
    envelope(status, "Internal Server Error", json!("Timed Out"))
}

/// Something raised in the server after the message had left: the error with its name.
pub(super) fn server_error(status: u16) -> Reply {
    envelope(status, "Internal Server Error", json!(["Error: Timed Out"]))
}

/// The licence gate of 2.4.
pub(super) fn licence_required(server_url: &str, instance_id: &str) -> Reply {
    Reply::json(
        503,
        &json!({
            "error": "service not activated",
            "code": "LICENSE_REQUIRED",
            "register_url": format!("{server_url}/manager/register"),
            "instance_id": instance_id,
            "docs_url": "https://docs.example.test/license",
            "message": "This installation is not activated. Register it to use the API.",
        }),
    )
}

/// A proxy's limit; Evolution has none of its own, so the body is the proxy's.
pub(super) fn rate_limited(retry_after_s: Option<u64>) -> Reply {
    let page = "<html><head><title>429 Too Many Requests</title></head><body></body></html>\r\n";
    let reply = Reply::new(429, "text/html", page);
    match retry_after_s {
        Some(seconds) => reply.header("retry-after", seconds.to_string()),
        None => reply,
    }
}
