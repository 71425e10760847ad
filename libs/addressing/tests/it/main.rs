//! What every address type promises, on examples and on arbitrary input.

mod examples;
mod properties;
