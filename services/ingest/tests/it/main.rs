//! The service as its callers see it: providers' bytes in, rows and answers out.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod catalogue;
mod never_panics;
mod shapes_of_evolution;
mod shapes_of_meta;
mod shapes_of_twilio;
mod support;
