//! Channels as operators set them up: the same rules as for the bootstrap file, one use case a file.

mod create;
mod declaration;
mod desk;
mod follow;
mod made_up;
mod refused;
mod retire;
mod rotate;
mod setup;
mod switch;
mod update;
mod webhook;

pub use create::Created;
pub use desk::{By, Desk};
pub use follow::follow;
pub use made_up::MadeUp;
pub use refused::Refused;
pub use setup::{SecretState, Setup};
pub use switch::Off;
pub use webhook::Webhook;
