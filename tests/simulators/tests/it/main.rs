//! The simulators from the outside: over HTTP, as the product and the tests meet them.

mod evolution_api;
mod evolution_faults;
mod evolution_webhooks;
mod hook;
