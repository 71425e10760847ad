#![doc = include_str!("../README.md")]

mod control;
pub mod delay;
pub mod faults;
pub mod http;
pub mod journal;
mod lock;
pub mod model;
pub mod play;
pub mod receiver;
mod signal;
mod time;
pub mod whatsapp;

pub use signal::until_stopped;
