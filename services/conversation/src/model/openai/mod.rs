//! OpenAI's chat completions, and the many servers that speak them more or less.

mod client;
mod decode;
mod encode;
mod status;
mod written_calls;

#[cfg(test)]
mod tests;

pub use client::{ClientError, Endpoint, OpenAi};
pub use decode::decode;
pub use encode::{LimitField, Profile, encode};
pub use status::classify;
