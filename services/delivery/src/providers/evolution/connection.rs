//! The state of an instance's session, asked for or announced.

use serde::Deserialize;

use crate::domain::connection::ConnectionState;
use crate::domain::outcome::Trouble;
use crate::providers::evolution::account::Account;
use crate::providers::evolution::classify::unanswered;
use crate::providers::exchange::Answer;

#[derive(Deserialize)]
struct Shown {
    instance: Instance,
}

#[derive(Deserialize)]
struct Instance {
    state: Option<String>,
}

/// Reads the answer to `connectionState`. `open` may be shown for a dead socket; only a message proves it.
pub(super) fn state(answer: &Answer, account: &Account) -> Result<ConnectionState, Trouble> {
    let shown = answer.body.as_deref().filter(|_| answer.status == 200);
    match shown.and_then(|body| serde_json::from_slice::<Shown>(body).ok()) {
        Some(shown) => Ok(session_state(shown.instance.state.as_deref(), None)),
        None => Err(unanswered(answer, &account.private(&[]))),
    }
}

/// The state from Evolution's word and, in events, its reason code.
///
/// `close` comes only when the session is gone for good: every other drop shows as `connecting` and then `open`.
/// A state that is missing means that the server knows the instance and has not started it.
pub fn session_state(state: Option<&str>, reason: Option<u16>) -> ConnectionState {
    match (state, reason) {
        (Some("open"), _) => ConnectionState::Open,
        (Some("close"), Some(403)) => ConnectionState::Banned,
        (Some("close" | "refused"), _) => ConnectionState::LoggedOut,
        (Some(_), _) => ConnectionState::Connecting,
        (None, _) => ConnectionState::NotLoaded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        for (state, reason, expected) in [
            (Some("open"), Some(200), ConnectionState::Open),
            (Some("connecting"), None, ConnectionState::Connecting),
            (Some("close"), Some(401), ConnectionState::LoggedOut),
            (Some("close"), Some(402), ConnectionState::LoggedOut),
            (Some("close"), Some(403), ConnectionState::Banned),
            (Some("close"), Some(406), ConnectionState::LoggedOut),
            (Some("close"), Some(408), ConnectionState::LoggedOut),
            (Some("close"), None, ConnectionState::LoggedOut),
            (Some("refused"), Some(428), ConnectionState::LoggedOut),
            (Some("something new"), None, ConnectionState::Connecting),
            (None, None, ConnectionState::NotLoaded),
        ] {
            assert_eq!(session_state(state, reason), expected, "{state:?} {reason:?}");
        }
    }
}
