//! Whether a channel's own connection to WhatsApp stands.

use crate::domain::text::words;

words! {
    /// The state of a channel's session, from a webhook or from a question to the provider.
    pub enum ConnectionState as "connection state" {
        /// Ready, says the provider. Only a message that goes through proves it.
        Open = "open",
        /// Connecting again, or waiting for somebody to scan a code.
        Connecting = "connecting",
        /// The session is gone: the phone must be paired again.
        LoggedOut = "logged_out",
        /// WhatsApp refused the number.
        Banned = "banned",
        /// The provider knows the instance but has not started it.
        NotLoaded = "not_loaded",
    }
}
