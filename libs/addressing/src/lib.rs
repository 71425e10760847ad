#![doc = include_str!("../README.md")]

mod bsuid;
mod error;
mod fold;
mod jid;
mod lid;
mod mask;
mod phone;
mod wa_id;

pub use bsuid::Bsuid;
pub use error::{AddressKind, InvalidAddress};
pub use jid::{Domain, Jid};
pub use lid::Lid;
pub use phone::Phone;
pub use wa_id::WaId;
