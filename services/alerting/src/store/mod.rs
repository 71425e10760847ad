//! Rows of the schema `alerting`.

pub mod dead_letters;
