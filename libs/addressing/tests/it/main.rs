//! What every address type promises, on examples and on arbitrary input.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod examples;
mod properties;
